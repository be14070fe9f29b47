import {
  AppsRequestBuilderNavigationMetadata,
  AppsRequestBuilderRequestsMetadata,
} from '@digitalocean/dots/src/dots/v2/apps/index.js';
import { AppsRequestBuilderNavigationMetadata as AppMetricsNavigationMetadata } from '@digitalocean/dots/src/dots/v2/monitoring/metrics/apps/index.js';
import type { NavigationMetadata, RequestsMetadata } from '@microsoft/kiota-abstractions';

export interface Operation {
  /** For example `GET /v2/apps/{app_id}`. */
  id: string;
  /** Names of the parameters in its query. */
  query: string[];
}

/** Every operation on apps that DigitalOcean's client has. */
export const operations = [
  ...operationsOf(AppsRequestBuilderRequestsMetadata, AppsRequestBuilderNavigationMetadata),
  ...operationsOf(undefined, AppMetricsNavigationMetadata),
];

/** The operation that a request such as `GET /v2/apps/regions` belongs to. A path without parameters wins over one with. */
export function operationOf(request: string): Operation | undefined {
  const [call = ''] = request.split('?');
  return operations
    .filter(({ id }) => new RegExp(`^${id.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(call))
    .sort((a, b) => a.id.split('{').length - b.id.split('{').length)[0];
}

function operationsOf(
  own: RequestsMetadata | undefined,
  inner: Record<string, NavigationMetadata> | undefined,
): Operation[] {
  const nested = Object.values(inner ?? {}).flatMap(({ requestsMetadata, navigationMetadata }) =>
    operationsOf(requestsMetadata, navigationMetadata),
  );
  const mine = Object.entries(own ?? {}).flatMap(([method, request]) =>
    request ? operation(method, request.uriTemplate) : [],
  );
  return [...mine, ...nested];
}

/** Templates look like `{+baseurl}/v2/apps/{app_%2Did}/logs?type={type}{&follow*}`, where `app_%2Did` is `app_-id`. */
function operation(method: string, template: string): Operation {
  const text = template.replace('{+baseurl}', '').replaceAll('%2D', '');
  const start = text.search(/\?|\{\?/);
  const [path, query] = start === -1 ? [text, ''] : [text.slice(0, start), text.slice(start)];
  const names = query.replaceAll(/=\{\w+\}/g, '').match(/\w+/g) ?? [];
  return { id: `${method.toUpperCase()} ${path}`, query: [...names] };
}
