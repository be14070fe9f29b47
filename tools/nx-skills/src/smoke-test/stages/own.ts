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

/** Distinguishes these stages from those that every skill has. */
const prefix = 'invoke: ';

/** The skill's own stages: calls with the replies that its manifest expects. */
export function ownStages(manifest: SkillManifest): Stage[] {
  return manifest.smokeTests.map((test) => ({
    name: `${prefix}${test.name}`,
    test: (subject) => testInvoke(subject, test),
  }));
}

export function isOwn({ name }: { name: string }): boolean {
  return name.startsWith(prefix);
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
