import type { Page } from '@odoobo/ship/test-support/pages';

/** A command on a page: its words, without quotes, comments and redirections. */
export interface PageCommand {
  /** `docs/plan.md:12` */
  at: string;
  words: string[];
}

/** Languages of fenced blocks with commands to type. */
const typed = new Set(['sh', 'bash', 'shell']);

/** The commands in the blocks of a page, and those that its prose names in `code`. */
export function commandsOf({ path, prose, blocks }: Page): PageCommand[] {
  const inBlocks = blocks.flatMap(({ language, lines }) => (typed.has(language) ? joined(lines) : []));
  const inProse = prose.flatMap((line, index) =>
    [...line.matchAll(/`([^`]+)`/g)].map(([, text = '']) => ({ number: index + 1, text })),
  );
  return [...inBlocks, ...inProse].flatMap(({ number, text }) =>
    split(text).map((words) => ({ at: `${path}:${number}`, words })),
  );
}

/** Joins a line that ends with a backslash with the next one. */
function joined(lines: readonly { number: number; text: string }[]): { number: number; text: string }[] {
  const whole: { number: number; text: string }[] = [];
  let goesOn = false;
  for (const { number, text } of lines) {
    const last = whole.at(-1);
    if (goesOn && last) last.text = `${last.text.slice(0, -1)} ${text}`;
    else whole.push({ number, text });
    goesOn = text.endsWith('\\');
  }
  return whole;
}

/** A comment, an operator that ends or redirects a command, or a word: quoted or not, with placeholders such as <skill>. */
const token =
  /(#.*)|(\$\(|\)|[|;&(]+|(?!<[\w.-]+>)\d?[<>]+)|((?:'[^']*'|"(?:\\.|[^"\\])*"|<[\w.-]+>|\$(?!\()|[^\s'"|;&()<>$])+)/g;

/** The commands of a line, each as its words. A substitution is a separate command; later words belong to the outer one. */
function split(text: string): string[][] {
  let current: string[] = [];
  const commands = [current];
  const around: string[][] = [];
  for (const [, comment, end, word] of text.matchAll(token)) {
    if (comment !== undefined) break;
    if (word !== undefined) current.push(word.replaceAll(/(?<!\\)['"]/g, ''));
    if (end === undefined) continue;
    const outer = end === ')' ? around.pop() : undefined;
    if (end === '$(') around.push(current);
    current = outer ?? [];
    if (!outer) commands.push(current);
  }
  return commands.map(withoutAssignments).filter((words) => words.length > 0);
}

function withoutAssignments(words: string[]): string[] {
  const first = words.findIndex((word) => !/^\w+=/.test(word));
  return first < 0 ? [] : words.slice(first);
}
