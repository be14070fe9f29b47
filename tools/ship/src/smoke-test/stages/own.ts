import type { SkillManifest } from '../../manifest/manifest.js';
import { differences } from './differences.js';
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
