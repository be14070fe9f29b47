import type { LiveApp } from '@odoobo/app-platform';
import { suffixOf } from '../../runs/live-skills.js';
import { ask, type Finding, jsonObject, parseJson, type Stage, type Subject } from './stage.js';

/** The reply names the skill and version of the manifest, and the deployed artefact. */
export const metadata: Stage = { name: 'metadata', test: testMetadata };

async function testMetadata(subject: Subject): Promise<Finding> {
  const { manifest, live, options, command } = subject;
  const { asked, body } = await ask(subject, { path: manifest.healthPath });
  const reply = jsonObject.safeParse(parseJson(body)).data;
  if (!reply) return { detail: 'not JSON', problems: [`${asked}: expected a JSON object`] };
  const deploy = `${command('deploy')}${suffixOf(options)}`;
  const differences = [
    differs('skill', manifest.id, 'the id of its manifest', reply),
    differs('version', manifest.version, `the version of its manifest. Deploy it: ${deploy}`, reply),
    live.digest === undefined
      ? notShipped(live, deploy)
      : differs('digest', live.digest, 'the artefact that was deployed', reply),
  ].flat();
  return {
    detail: differences.length === 0 ? `${manifest.id} ${manifest.version}` : 'not what was deployed',
    problems: differences.map((difference) => `${asked}: ${difference}`),
  };
}

/** A version that the platform built from a push has a commit, but no artefact of ours. */
function notShipped({ commit }: LiveApp, deploy: string): string[] {
  if (commit !== undefined) return [];
  return [
    `the live deployment has no artefact digest, so it was not deployed from this repository. Deploy it: ${deploy}`,
  ];
}

function differs(field: string, expected: string, what: string, reply: Record<string, unknown>): string[] {
  if (reply[field] === expected) return [];
  const got = reply[field] === undefined ? 'nothing' : JSON.stringify(reply[field]);
  return [`${field}: got ${got}, expected ${JSON.stringify(expected)}, ${what}`];
}
