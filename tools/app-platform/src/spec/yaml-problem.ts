import type { YAMLError } from 'yaml';

/** What the reader of YAML finds, in words for who wrote the file; its own words name parts of its grammar. */
const problems: Partial<Record<string, (found: string) => string>> = {
  BAD_ALIAS: () => 'a "*" that begins a text names an alias. Put the text in quotes',
  BAD_INDENT: () =>
    'this line does not begin in the same column as its neighbours, or a bracket before it is not closed',
  BAD_SCALAR_START: (found) => `a text cannot begin with "${found}". Put it in quotes`,
  BLOCK_AS_IMPLICIT_KEY: () =>
    'a second ":" on one line, or a line that is indented too far. Put a text with ": " in quotes',
  DUPLICATE_KEY: (found) => `"${found}" is set twice. Delete one of them`,
  MISSING_CHAR: () => 'a quote, comma or ":" is missing here',
  MULTIPLE_DOCS: () => 'a second document begins here. Keep one, and delete the "---" between them',
  MULTILINE_IMPLICIT_KEY: () =>
    'this line has no ": " of its own, and the next one is not part of it. Write "key: value", or correct the indentation',
  TAB_AS_INDENT: () => 'a tab before the text. Indent with spaces',
  UNEXPECTED_TOKEN: () => 'a bracket, brace or quote too many. Put a text that has one in quotes',
};

/**
 * What is wrong, as a sentence without its end.
 * @param text that was read, in which the error has its place
 */
export function yamlProblem({ code, message, pos }: YAMLError, text: string): string {
  const found = /^[^\s:]+/.exec(text.slice(pos[0]))?.[0] ?? '';
  return problems[code]?.(code === 'BAD_SCALAR_START' ? found.slice(0, 1) : found) ?? message;
}
