import { createDigitalOceanClient, DigitalOceanApiKeyAuthenticationProvider } from '@digitalocean/dots';
import type { AppsRequestBuilder } from '@digitalocean/dots/src/dots/v2/apps/index.js';
import type { AppsRequestBuilder as AppMetricsRequestBuilder } from '@digitalocean/dots/src/dots/v2/monitoring/metrics/apps/index.js';
import { FetchRequestAdapter, HttpClient } from '@microsoft/kiota-http-fetchlibrary';

/** A call: the request as sent, and the reply as the client read it. */
export interface Call {
  /** For example `GET /v2/apps?page=1`. */
  request: string;
  ok: boolean;
  /** The JSON of the reply; undefined where it has no body. */
  reply: unknown;
  /** The model that the client read from it; undefined without a body, and after an error. */
  model?: unknown;
}

/** The parts of DigitalOcean's own client that are about apps. */
export interface TheirClient {
  apps: AppsRequestBuilder;
  metrics: AppMetricsRequestBuilder;
}

/** DigitalOcean's own client, pointed at a platform; adds each call to `calls`. One call at a time. */
export function recordedClient(platform: { url: string; token: string }, calls: Call[]): TheirClient {
  const http = new HttpClient(async (address, init) => {
    const response = await fetch(address, init);
    const request = `${init.method} ${address.slice(platform.url.length)}`;
    const text = await response.clone().text();
    calls.push({ request, ok: response.ok, reply: text === '' ? undefined : JSON.parse(text) });
    return response;
  });
  const authentication = new DigitalOceanApiKeyAuthenticationProvider(platform.token);
  const adapter = new FetchRequestAdapter(authentication, undefined, undefined, http);
  adapter.baseUrl = platform.url;
  const send = adapter.send;
  adapter.send = async (request, factory, errors) => {
    const model = await send(request, factory, errors);
    Object.assign(calls.at(-1) ?? {}, { model });
    return model;
  };
  const { apps, monitoring } = createDigitalOceanClient(adapter).v2;
  return { apps, metrics: monitoring.metrics.apps };
}
