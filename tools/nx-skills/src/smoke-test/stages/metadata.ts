import type { LiveApp } from '@odoobo/app-platform';
import { suffixOf } from '../../runs/live-skills.js';
import { ask, type Finding, jsonObject, parseJson, type Stage, type Subject } from './stage.js';

/** The reply names the skill and version of the manifest, and the deployed artefact. */
export const metadata: Stage = { name: 'metadata', test: testMetadata };

async function testMetadata(subject: Subject): Promise<Finding> {
  const { manifest, live, options } = subject;
  const { asked, body } = await ask(subject, { path: manifest.healthPath });
  const told = jsonObject.safeParse(parseJson(body)).data;
  if (!told) return { detail: 'not JSON', problems: [`${asked}: expected a JSON object`] };
  const deploy = `npx nx deploy ${manifest.id}${suffixOf(options)}`;
  const differences = [
    differs('skill', manifest.id, 'the id in skill.json', told),
    differs('version', manifest.version, `the version in skill.json. Deploy it: ${deploy}`, told),
    live.digest === undefined
      ? notShipped(live, deploy)
      : differs('digest', live.digest, 'the artefact that was deployed', told),
  ].flat();
  return {
    detail: differences.length === 0 ? `${manifest.id} ${manifest.version}` : 'not what was deployed',
    problems: differences.map((difference) => `${asked}: ${difference}`),
  };
}

/** A version that the platform built from a push has a commit, but no artefact of ours. */
function notShipped({ commit }: LiveApp, deploy: string): string[] {
  if (commit !== undefined) return [];
  return [`the live deployment names no artefact, so it was not shipped from here. Ship it: ${deploy}`];
}

function differs(field: string, expected: string, what: string, told: Record<string, unknown>): string[] {
  if (told[field] === expected) return [];
  const got = told[field] === undefined ? 'nothing' : JSON.stringify(told[field]);
  return [`${field}: got ${got}, expected ${JSON.stringify(expected)}, ${what}`];
}
