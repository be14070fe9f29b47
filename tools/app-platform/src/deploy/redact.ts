import {
  type AppSpec,
  cloneCredentialsOf,
  isEncrypted,
  type Redactor,
  redactor,
  secretsOf,
} from '../spec/index.js';

/** Shorter ones would blot out half of every line, and are guessed anyway. */
const shortest = 4;

/** Takes the secrets of some specs out of a text, in whatever form a program prints them. */
export function redactSecrets(specs: readonly AppSpec[]): Redactor {
  const values = specs
    .flatMap((spec) => [...secretsOf(spec).map(({ value }) => value), ...cloneCredentialsOf(spec)])
    .filter((value) => !isEncrypted(value) && value.length >= shortest);
  return redactor(values, '[secret]');
}

/**
 * What names things or comes from a closed set: ids, names, codes. No free text gets there, and a secret that happens to
 * read `deployed`, or like the name of a skill, must not change who or what a result is about.
 */
const identifiers: ReadonlySet<string> = new Set([
  ...['type', 'at', 'skill', 'action', 'outcome', 'phase', 'code', 'state'],
  ...['appId', 'deploymentId', 'previousDeploymentId', 'rollbackDeploymentId', 'digest', 'commit'],
  ...['from', 'to', 'pinned'],
]);

/** The value with every text in it redacted, but for identifiers. */
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

/** Such as the tail of a log: a secret may go over several of them. */
function isLines(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one) => typeof one === 'string' && !one.includes('\n'))
  );
}
