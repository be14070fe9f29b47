import type { SkillManifest } from '../../manifest/manifest.js';
import {
  ask,
  type Finding,
  jsonObject,
  parseJson,
  type Stage,
  statusProblems,
  type Subject,
} from './stage.js';

type SmokeTest = SkillManifest['smokeTests'][number];

/** Distinguish these stages from those that every skill has. */
const prefixes = { invoke: 'invoke: ', request: 'request: ' } as const;

/** The skill's own stages: calls with the replies that its manifest expects. */
export function ownStages(manifest: SkillManifest): Stage[] {
  return manifest.smokeTests.map((test) => ({
    name: `${test.request ? prefixes.request : prefixes.invoke}${test.name}`,
    test: (subject) =>
      test.request ? testRequest(subject, test.request, test.response) : testInvoke(subject, test),
  }));
}

export function isOwn({ name }: { name: string }): boolean {
  return Object.values(prefixes).some((prefix) => name.startsWith(prefix));
}

async function testInvoke(subject: Subject, { invoke, expect, expectError }: SmokeTest): Promise<Finding> {
  const reply = await ask(subject, { method: 'POST', path: '/invoke', body: invoke });
  const unexpected = statusProblems(reply, expectError?.status ?? 200);
  if (unexpected.length > 0) return { detail: String(reply.status), problems: unexpected };
  const answer = jsonObject.safeParse(parseJson(reply.body)).data;
  const found = expectError
    ? differences({ code: expectError.code }, answer?.['error'], 'error')
    : differences(expect, answer?.['output'], 'output');
  return {
    detail: String(reply.status),
    problems: found.map((difference) => `${reply.asked}: ${difference}`),
  };
}

async function testRequest(
  subject: Subject,
  { method, path, headers, json }: NonNullable<SmokeTest['request']>,
  { status, json: expected, text }: NonNullable<SmokeTest['response']> = { status: 200 },
): Promise<Finding> {
  const reply = await ask(subject, { method, path, headers, ...(json !== undefined && { body: json }) });
  const unexpected = statusProblems(reply, status);
  if (unexpected.length > 0) return { detail: String(reply.status), problems: unexpected };
  const found = expected === undefined ? [] : differences(expected, parseJson(reply.body), 'body');
  const lacks =
    text !== undefined && !reply.body.includes(text) ? [`body: expected it to contain "${text}"`] : [];
  return {
    detail: String(reply.status),
    problems: [...found, ...lacks].map((difference) => `${reply.asked}: ${difference}`),
  };
}

const shownCharacters = 300;

/**
 * The differences between a JSON value and the expected one. An object may have more fields than expected; a list must
 * have the same length.
 * @param path of the value, for the messages
 */
export function differences(expected: unknown, actual: unknown, path: string): string[] {
  if (Array.isArray(expected)) return listDifferences(expected, actual, path);
  if (isObject(expected)) return objectDifferences(expected, actual, path);
  return expected === actual ? [] : [mismatch(expected, actual, path)];
}

function listDifferences(expected: readonly unknown[], actual: unknown, path: string): string[] {
  if (!Array.isArray(actual)) return [mismatch(expected, actual, path)];
  const items: readonly unknown[] = actual;
  if (items.length !== expected.length)
    return [`${path}: expected ${expected.length} items, got ${items.length}`];
  return expected.flatMap((item, index) => differences(item, items[index], `${path}/${index}`));
}

function objectDifferences(expected: Record<string, unknown>, actual: unknown, path: string): string[] {
  if (!isObject(actual)) return [mismatch(expected, actual, path)];
  return Object.entries(expected).flatMap(([key, value]) =>
    differences(value, Object.hasOwn(actual, key) ? actual[key] : undefined, `${path}/${key}`),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mismatch(expected: unknown, actual: unknown, path: string): string {
  return `${path}: expected ${show(expected)}, got ${show(actual)}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}...` : text;
}
