import { isEncrypted, secretsOf, type AppSpec } from '../spec/index.js';

/** Shorter ones would blot out half of every line, and are guessed anyway. */
const SHORTEST = 4;

/** Replaces the secrets of some specs, whole or in the parts that a program prints, in a text. */
export function redactSecrets(specs: readonly AppSpec[]): (text: string) => string {
  const values = specs
    .flatMap(secretsOf)
    .map(({ value }) => value)
    .filter((value) => !isEncrypted(value));
  // A line of a key, the token of `user:token`.
  const parts = new Set(
    values.flatMap((value) => [value, ...value.split(/\r?\n/), value.slice(value.indexOf(':') + 1)]),
  );
  // Longest first: one secret may be part of another.
  const hidden = [...parts].filter((part) => part.length >= SHORTEST).sort((a, b) => b.length - a.length);
  return (text) => hidden.reduce((shown, secret) => shown.replaceAll(secret, '[secret]'), text);
}

/**
 * What names things or comes from a closed set: ids, names, codes. No free text gets there, and a secret that happens to
 * read `deployed`, or like the name of a skill, must not change who or what a result is about.
 */
const IDENTIFIERS: ReadonlySet<string> = new Set([
  ...['type', 'at', 'skill', 'action', 'outcome', 'phase', 'code', 'state'],
  ...['appId', 'deploymentId', 'previousDeploymentId', 'rollbackDeploymentId', 'digest', 'commit'],
  ...['from', 'to', 'pinned'],
]);

/** The value with every text in it redacted, but for identifiers. */
export function redactDeep<T>(value: T, redact: (text: string) => string): T;
export function redactDeep(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((element: unknown) => redactDeep(element, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      IDENTIFIERS.has(key) ? field : redactDeep<unknown>(field, redact),
    ]),
  );
}
