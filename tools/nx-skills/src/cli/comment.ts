import { keepComment, type PullRequest } from '@odoobo/ship/ci/github';
import { readFile } from 'node:fs/promises';

export interface CommentOptions {
  pullRequest: number;
  file: string;
  about: string;
}

/**
 * Posts a Markdown file on a pull request as a comment; later comments about the same subject replace it.
 * @throws where a variable is missing, the file cannot be read, or GitHub refuses
 */
export async function commentCommand({ pullRequest: number, file, about }: CommentOptions): Promise<number> {
  const pullRequest = { ...readRepository(process.env), number };
  process.stdout.write(`${await keepComment(pullRequest, about, await readMarkdown(file, about))}\n`);
  return 0;
}

function readRepository(env: NodeJS.ProcessEnv): Omit<PullRequest, 'number'> {
  const { GITHUB_API_URL: apiUrl = 'https://api.github.com', GITHUB_REPOSITORY, GITHUB_TOKEN } = env;
  if (!GITHUB_REPOSITORY || !GITHUB_TOKEN) {
    throw new Error('Set GITHUB_REPOSITORY (owner/name) and GITHUB_TOKEN in the environment.');
  }
  return { apiUrl, repository: GITHUB_REPOSITORY, token: GITHUB_TOKEN };
}

async function readMarkdown(file: string, about: string): Promise<string> {
  const maker = makers.get(about);
  const makeIt = maker === undefined ? '' : ` Create it: ${maker} > ${file}`;
  const markdown = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`Cannot read ${file}.${makeIt}`, { cause });
  });
  if (markdown.trim() === '') throw new Error(`${file} is empty: there is no ${about}.${makeIt}`);
  return markdown;
}

/** The command that writes the Markdown. */
const makers = new Map([
  ['plan', 'npx nx-skills plan --affected --markdown'],
  ['preview', 'npx nx-skills previews --pull-request=<number> -c production --markdown'],
]);
