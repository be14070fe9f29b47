import * as z from 'zod';
import type { ChangedFile } from '../diff/parse-diff.js';
import type { WholeFiles } from '../diff/whole-files.js';
import type { expression } from './gitleaks-rules.js';

const texts = z.array(z.string().max(2_000)).max(500).default([]);
const listSchema = z.object({
  paths: texts,
  regexes: texts,
  stopwords: texts,
  regexTarget: z.enum(['secret', 'match', 'line']).optional(),
  condition: z.enum(['OR', 'AND', 'or', 'and', '||', '&&']).optional(),
  targetRules: texts,
});
const configSchema = z.object({
  allowlist: listSchema.optional(),
  allowlists: z.array(listSchema).default([]),
  extend: z.object({ disabledRules: texts }).optional(),
  rules: z
    .array(
      z.object({
        id: z.string(),
        allowlist: listSchema.optional(),
        allowlists: z.array(listSchema).default([]),
      }),
    )
    .default([]),
});

type List = z.output<typeof listSchema>;
type Compile = typeof expression;

/** A secret that may be allowed. */
export interface Candidate {
  path: string;
  line: string;
  match: string;
  secret: string;
  rule: string;
}

/** What a repository says is no secret. */
export interface AllowList {
  allows(candidate: Candidate): boolean;
  /** What to tell of it. */
  note?: string;
}

export const nothingAllowed: AllowList = { allows: () => false };

const file = '.gitleaks.toml';

/**
 * The allow-list of a repository. A change that edits it must not decide what is found in the change: then it is not obeyed.
 */
export async function allowListOf(files: ChangedFile[], whole: WholeFiles | undefined): Promise<AllowList> {
  if (files.some(({ path }) => path === file))
    return { ...nothingAllowed, note: `The change edits ${file}, so its allow-lists were not obeyed.` };
  const isThere = whole && (await whole.list('.')).includes(file);
  const text = isThere ? await whole.read(file) : undefined;
  return text === undefined ? nothingAllowed : parseAllowList(text);
}

/** Reads a `.gitleaks.toml`; one that cannot be read allows nothing, and the note says so. */
async function parseAllowList(text: string): Promise<AllowList> {
  // Loaded where there is such a file: a start needs neither.
  const [{ parse }, { expression: compile }] = await Promise.all([
    import('smol-toml'),
    import('./gitleaks-rules.js'),
  ]);
  try {
    const config = configSchema.parse(parse(text));
    const general = [...(config.allowlist ? [config.allowlist] : []), ...config.allowlists];
    for (const list of [...general, ...config.rules.flatMap(listsOf)]) checkExpressions(list, compile);
    return { allows: (candidate) => isAllowed(candidate, config, general, compile) };
  } catch {
    return { ...nothingAllowed, note: `${file} cannot be read, so its allow-lists were not obeyed.` };
  }
}

type Config = z.output<typeof configSchema>;

function listsOf({ allowlist, allowlists }: Config['rules'][number]): List[] {
  return allowlist ? [allowlist, ...allowlists] : allowlists;
}

/** @throws when an expression is not one of RE2 */
function checkExpressions({ paths, regexes }: List, compile: Compile): void {
  for (const source of [...paths, ...regexes]) compile(source);
}

function isAllowed(candidate: Candidate, config: Config, general: List[], compile: Compile): boolean {
  if (config.extend?.disabledRules.includes(candidate.rule)) return true;
  const own = config.rules.filter(({ id }) => id === candidate.rule).flatMap(listsOf);
  return [...general, ...own].some((list) => fits(list, candidate, compile));
}

function fits(list: List, { path, line, match, secret, rule }: Candidate, compile: Compile): boolean {
  const { paths, regexes, stopwords, regexTarget = 'secret', condition = 'OR', targetRules } = list;
  if (targetRules.length > 0 && !targetRules.includes(rule)) return false;
  const target = { secret, match, line }[regexTarget];
  const lower = secret.toLowerCase();
  const checks = [
    { said: paths, holds: paths.some((each) => compile(each).matcher(path).find()) },
    { said: regexes, holds: regexes.some((each) => compile(each).matcher(target).find()) },
    { said: stopwords, holds: stopwords.some((each) => lower.includes(each.toLowerCase())) },
  ].filter(({ said }) => said.length > 0);
  if (checks.length === 0) return false;
  return /and|&&/i.test(condition) ? checks.every(({ holds }) => holds) : checks.some(({ holds }) => holds);
}
