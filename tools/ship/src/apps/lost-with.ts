import { type AppSpec, secretsOf } from '@odoobo/app-platform/spec';
import { printable } from '../terminal/printable.js';

/** What is lost permanently when an app is deleted, in words: such as `domain shop.example.com`. */
export function lostWith(spec: AppSpec): string[] {
  const { domains = [], databases = [] } = spec;
  return [
    ...domains.map(({ domain }) => `domain ${domain}`),
    ...databases.map(({ name }) => `database ${name}`),
    ...new Set(secretsOf(spec).map(({ key }) => `secret ${key}`)),
  ].map(printable);
}
