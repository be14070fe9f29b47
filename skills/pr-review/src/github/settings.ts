import { SkillError } from '@odoobo/skill-kit';

export interface GitHubSettings {
  /** Base of the REST API, without a slash at its end. */
  apiUrl: string;
  /** Only for repositories that the operator named; nothing for others. */
  token: string | undefined;
}

const repositoryPattern = /^[\w-]{1,100}\/(?:\*|[\w.-]{1,100})$/;

/**
 * Reads GITHUB_API_URL (GitHub Actions and GitHub Enterprise Server name it so), GITHUB_TOKEN and GITHUB_REPOSITORIES.
 * Every caller of the skill chooses the repository, so the operator's token serves only those that the operator named.
 * @throws SkillError 503 when one of them is malformed
 */
export function gitHubSettings(env: NodeJS.ProcessEnv, repository: string): GitHubSettings {
  const apiUrl = apiUrlOf(env['GITHUB_API_URL'] || 'https://api.github.com');
  return {
    apiUrl,
    token: isNamed(repository, env['GITHUB_REPOSITORIES']) ? env['GITHUB_TOKEN'] || undefined : undefined,
  };
}

function apiUrlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLoopback =
    url?.hostname === '127.0.0.1' || url?.hostname === 'localhost' || url?.hostname === '[::1]';
  if (url && url.username === '' && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback))) {
    return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  }
  throw misconfigured(
    'GITHUB_API_URL is not an https URL. Set it to one such as https://github.example.com/api/v3.',
  );
}

function isNamed(repository: string, list = ''): boolean {
  const patterns = list.split(',').map((pattern) => pattern.trim());
  const broken = patterns.find((pattern) => pattern !== '' && !repositoryPattern.test(pattern));
  if (broken !== undefined) {
    throw misconfigured(
      `GITHUB_REPOSITORIES contains "${broken}". Use owner/name or owner/*, separated by commas.`,
    );
  }
  // GitHub's names have no case.
  const name = repository.toLowerCase();
  return patterns
    .map((pattern) => pattern.toLowerCase())
    .some((pattern) => (pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
}

export function misconfigured(message: string): SkillError {
  return new SkillError(503, 'misconfigured', message);
}
