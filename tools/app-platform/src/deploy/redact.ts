import {
  type AppSpec,
  cloneCredentialsOf,
  isEncrypted,
  type Redactor,
  redactor,
  secretsOf,
} from '../spec/index.js';

/** Shorter secrets would hide half of every line, and are easy to guess anyway. */
const shortest = 4;

/** Removes the secrets of some specs from a text, in any form in which a program prints them. */
export function redactSecrets(specs: readonly AppSpec[]): Redactor {
  const values = specs
    .flatMap((spec) => [...secretsOf(spec).map(({ value }) => value), ...cloneCredentialsOf(spec)])
    .filter((value) => !isEncrypted(value) && value.length >= shortest);
  return redactor(values, '[secret]');
}

/**
 * Fields with names or fixed values: ids, names, codes. They contain no free text, and a secret that happens to
 * be `deployed`, or the name of a skill, must not change which skill or outcome a result reports.
 */
const identifiers: ReadonlySet<string> = new Set([
  ...['type', 'at', 'skill', 'action', 'outcome', 'phase', 'code', 'state'],
  ...['appId', 'deploymentId', 'previousDeploymentId', 'rollbackDeploymentId', 'digest', 'commit'],
  ...['from', 'to', 'pinned'],
]);

/** The value with every text in it redacted, except identifiers. */
export function redactDeep<T>(value: T, redact: (text: string) => string): T;
export function redactDeep(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (isLines(value)) return redact(value.join('\n')).split('\n');
  if (Array.isArray(value)) return value.map((element: unknown) => redactDeep(element, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      identifiers.has(key) ? field : redactDeep<unknown>(field, redact),
    ]),
  );
}

/** A list of lines such as the tail of a log: a secret may span several of them. */
function isLines(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one) => typeof one === 'string' && !one.includes('\n'))
  );
}
