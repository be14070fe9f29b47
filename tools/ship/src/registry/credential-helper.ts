import { CommandError, type CommandResult, runCommand } from '@odoobo/machine/command';
import { homedir } from 'node:os';
import * as z from 'zod';

/** Longest time for a helper, in milliseconds. A key chain that a person must unlock would block. */
const helperMs = 15_000;
/** Its reply if it has no login: https://github.com/docker/docker-credential-helpers (credentials/error.go). */
const unknownPattern = /credentials not found/i;
/** In place of a user name: the secret is then a refresh token. */
const tokenUser = '<token>';

const answerSchema = z.object({ Username: z.string(), Secret: z.string() });

/** A login from a credential helper of docker. Never log it. */
export interface HelperLogin {
  user: string;
  password: string;
  identityToken?: true;
}

/** A failed helper. Its output is not shown: it may be a secret. */
export class HelperError extends Error {
  override readonly name = 'HelperError';
}

export interface HelperOptions {
  env: NodeJS.ProcessEnv;
  timeoutMs?: number;
}

/**
 * Asks a credential helper of docker, `docker-credential-<helper> get`, for the login of a server.
 * The protocol: https://github.com/docker/docker-credential-helpers#development
 * @returns undefined where it keeps none
 * @throws HelperError when there is no such program, it fails, or it does not answer in time
 */
export async function askHelper(
  helper: string,
  server: string,
  { env, timeoutMs = helperMs }: HelperOptions,
): Promise<HelperLogin | undefined> {
  const program = `docker-credential-${helper}`;
  const { exitCode, stdout, stderr } = await run(program, server, env, timeoutMs);
  if (exitCode === 0) return loginIn(stdout, program);
  if (unknownPattern.test(stdout) || unknownPattern.test(stderr)) return undefined;
  throw new HelperError(`${program} failed (exit code ${exitCode})`);
}

async function run(
  program: string,
  server: string,
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<CommandResult> {
  try {
    // Not run in the workspace: a relative folder in PATH would run a program of the branch.
    return await runCommand(program, ['get'], program, { cwd: homedir(), env, timeoutMs, input: server });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
    throw new HelperError(code === 'ENOENT' ? `${program} is not installed, or not in PATH` : error.message);
  }
}

function loginIn(stdout: string, program: string): HelperLogin | undefined {
  const { data } = answerSchema.safeParse(parseJson(stdout));
  if (!data) throw new HelperError(`${program} returned no login`);
  const { Username: user, Secret: password } = data;
  if (password === '') return undefined;
  return user === tokenUser ? { user, password, identityToken: true } : { user, password };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
