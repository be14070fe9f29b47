import type { AppSpec } from './app-spec.js';
import type { Issue } from './check-against.js';
import { type Env, isEncrypted } from './envs.js';
import type { LogDestination } from './log-destinations.js';
import { credentialsIn, passwordsOf } from './redaction/secret-parts.js';
import { componentLists, mapLogCredentials } from './secret-places.js';
import { escapedNames, isBindable, replaceReferences } from './variables.js';

/** A text in a spec, and the variable that could replace it. */
interface Written {
  path: string;
  text: string;
  variable: string;
}

/**
 * Errors of a spec in a committed file: a secret in clear text, and an escape that has no effect.
 * A spec that is sent has its secrets in clear text, so the schema does not check this. No message repeats a value.
 */
export function writtenSpecIssues(spec: AppSpec): Issue[] {
  const owners = [
    { path: '', owner: spec },
    ...componentLists.flatMap((list) =>
      (spec[list] ?? []).map((owner, index) => ({ path: `${list}/${index}/`, owner })),
    ),
  ];
  return owners.flatMap(({ path, owner }) => ownerIssues(path, owner));
}

/** The relevant parts of a component, or of the app itself. */
interface Owner {
  envs?: Env[] | undefined;
  image?: { registry_credentials?: string | undefined } | undefined;
  git?: { repo_clone_url?: string | undefined } | undefined;
  log_destinations?: LogDestination[] | undefined;
}

function ownerIssues(path: string, { envs = [], image, git, log_destinations: logs = [] }: Owner): Issue[] {
  const secrets = [
    ...secretVariables(path, envs),
    ...written(`${path}image/registry_credentials`, image?.registry_credentials, 'REGISTRY_CREDENTIALS'),
    ...logs.flatMap((destination, index) => logCredentials(`${path}log_destinations/${index}/`, destination)),
  ];
  const clone = written(`${path}git/repo_clone_url`, git?.repo_clone_url, 'GIT_TOKEN');
  return [
    ...[
      ...secrets.filter(({ text }) => isClear(text)),
      ...clone.filter(({ text }) => areClear(passwordsOf(marked(text)))),
    ].map(clearText),
    ...envs.flatMap((env, index) => escapedBindables(`${path}envs/${index}/value`, env)),
  ];
}

function secretVariables(path: string, envs: readonly Env[]): Written[] {
  return envs.flatMap(({ type, key, value }, index) =>
    type === 'SECRET' ? written(`${path}envs/${index}/value`, value, key) : [],
  );
}

function logCredentials(path: string, destination: LogDestination): Written[] {
  const found: Written[] = [];
  mapLogCredentials(destination, (key, text) => {
    const field = key.slice(`log_destinations/${destination.name}/`.length);
    found.push({ path: path + field, text, variable: 'LOG_TOKEN' });
    return text;
  });
  return found;
}

function written(path: string, text: string | undefined, variable: string): Written[] {
  return text ? [{ path, text, variable }] : [];
}

/** Stands for the value of an environment variable. */
const fromEnvironment = 'FROM_ENVIRONMENT';

function isClear(text: string): boolean {
  if (isEncrypted(text)) return false;
  return !marked(text).includes(fromEnvironment) || areClear(credentialsIn(marked(text)));
}

/** True even if other parts of the text come from the environment. */
function areClear(credentials: readonly string[]): boolean {
  return credentials.some((credential) => !credential.includes(fromEnvironment));
}

function marked(text: string): string {
  return replaceReferences(text, () => fromEnvironment);
}

function clearText({ path, variable }: Written): Issue {
  const message =
    'a secret in clear text, which everyone with access to the repository can read. ' +
    `Write \${${variable}} in its place, and set ${variable} in the environment of the deploy`;
  return { path, message };
}

/** Secrets are sent unchanged. In other variables the platform fills these names in, and no document says how to prevent it. */
function escapedBindables(path: string, { type, value = '' }: Env): Issue[] {
  if (type === 'SECRET') return [];
  return escapedNames(value)
    .filter(isBindable)
    .map((name) => ({
      path,
      message: `App Platform replaces \${${name}} in any case: it has no escape. Build this text in the service`,
    }));
}
