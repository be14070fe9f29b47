import { Validator } from '@seriousme/openapi-schema-validator';
import type * as z from 'zod';
import { detailsOf, type ErrorBody } from './error.js';
import { createSkillServer, type SkillServer } from './server.js';
import type { Skill, SkillManifest } from './skill.js';

export { bundleSkill, type LiveAnswer, type LiveSkill, type SkillBundle, startSkill } from './start-skill.js';
export { closedHost, startTestServer, type TestServer } from './test-server.js';

const testManifest: SkillManifest = {
  id: 'under-test',
  version: '0.0.0',
  description: 'A skill under test.',
};

/** A server that never listens keeps nothing open, so it is kept for the next call. */
const servers = new WeakMap<Skill, SkillServer>();

/** The reply of `POST /invoke`: `output` on success, `error` otherwise. */
export interface CallResult<Output> {
  status: number;
  output: Output | undefined;
  error: ErrorBody['error'] | undefined;
}

/** Calls a skill through its server, without a port. */
export async function callSkill<S extends Skill>(
  skill: S,
  input: unknown,
): Promise<CallResult<z.output<S['output']>>> {
  const server =
    servers.get(skill) ?? createSkillServer(testManifest, skill, { env: { LOG_LEVEL: 'silent' } });
  servers.set(skill, server);
  const response = await server.inject({ method: 'POST', url: '/invoke', payload: { input } });
  const { output, error } = response.json();
  return { status: response.statusCode, output, error };
}

/** All ways in which a skill breaks its contract: an example that does not match its schema, an invalid OpenAPI document. */
export async function contractProblems(manifest: SkillManifest, skill: Skill): Promise<string[]> {
  const server = createSkillServer(manifest, skill, { env: { LOG_LEVEL: 'silent' } });
  const document = await server.inject('/openapi.json');
  const { valid, errors } = await new Validator().validate(document.json());
  const paths = ['/health', '/docs', '/openapi.json'];
  const statuses = await Promise.all(paths.map(async (path) => (await server.inject(path)).statusCode));
  return [
    ...(valid ? [] : [`/openapi.json is not OpenAPI 3.1: ${JSON.stringify(errors)}`]),
    ...paths.filter((_, i) => statuses[i] !== 200).map((path) => `GET ${path} does not answer 200`),
    ...(skill.examples.length > 0 ? [] : ['there is no example']),
    ...skill.examples.flatMap((example) => exampleProblems(skill, example)),
  ];
}

function exampleProblems(skill: Skill, { title, input, output }: Skill['examples'][number]): string[] {
  const parts = [
    ['input', skill.input.safeParse(input)],
    ['output', skill.output.safeParse(output)],
  ] as const;
  return parts.flatMap(([part, { error }]) =>
    error
      ? detailsOf(error, [part]).map(({ path, message }) => `example "${title}": ${path}: ${message}`)
      : [],
  );
}
