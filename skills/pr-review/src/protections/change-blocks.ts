import type { ChangedFile, Line } from '../diff/parse-diff.js';

/** Lines that a change takes away, and those that it puts in their place. */
export interface ChangeBlock {
  removed: Line[];
  added: Line[];
}

/** The runs of changed lines of a file, without context. */
export function changeBlocks({ hunks }: ChangedFile): ChangeBlock[] {
  const blocks: ChangeBlock[] = [];
  for (const { oldStart, newStart, lines } of hunks) {
    let oldLine = oldStart;
    let newLine = newStart;
    let block: ChangeBlock | undefined;
    for (const line of lines) {
      const text = line.slice(1);
      if (line.startsWith('\\')) continue;
      if (line.startsWith(' ')) {
        block = undefined;
        oldLine += 1;
        newLine += 1;
        continue;
      }
      if (!block) blocks.push((block = { removed: [], added: [] }));
      if (line.startsWith('-')) block.removed.push({ line: oldLine++, text });
      else block.added.push({ line: newLine++, text });
    }
  }
  return blocks;
}

const comment = /^\s*(?:\/\/|#(?!\[|\{)|\*|\/\*|<!--|--\s|;|"""|''')/;
const imported =
  /^\s*(?:import\b|from\s+\S+\s+import\b|use\s+[\w\\]+|using\s+[\w.]+;|#include|require_once\b|(?:const|let|var)\s.{1,200}=\s*require\(|"[\w./-]+"\s*$|package\s)/;

/** Packages that have a twin of the same names without protection: `text/template`, `math/rand`, `xml`. */
const protecting = /\b(?:html\/template|crypto\/rand|defusedxml)\b/;

/** Whether a line is code that does something when it runs. */
export function isActive({ text }: Line): boolean {
  return text.trim() !== '' && !comment.test(text) && (!imported.test(text) || protecting.test(text));
}

const header =
  /^\s*(?:(?:export|default|public|private|protected|static|final|async|abstract|override|synchronized|internal|virtual)\s+)*(?:(?:async\s+)?function\b\*?\s*[\w$]|def\s+\w|func\s+[\w(]|class\s+\w|interface\s+\w|fn\s+\w|[\w<>[\],.?]+\s+\w+\s*\([^;]*\)\s*(?:throws\s[\w.,\s]+)?\{\s*$|(?:const|let|var)\s+\w+\s*=\s*(?:async\s*)?(?:function\b|\([^)]*\)\s*=>|\w+\s*=>))/;

const indentOf = (text: string) => text.length - text.trimStart().length;

/** A function whose header and body are among the lines of one side. */
interface WholeFunction {
  name: string;
  lines: Line[];
}

/** The lines outside of the functions that start among them, and these functions. */
function split(lines: Line[]): { outside: Line[]; functions: WholeFunction[] } {
  const outside: Line[] = [];
  const functions: WholeFunction[] = [];
  let open: { indent: number; lines: Line[] } | undefined;
  for (const line of lines) {
    const indent = indentOf(line.text);
    const isEnd = open !== undefined && line.text.trim() !== '' && indent <= open.indent;
    if (isEnd) {
      open = undefined;
      if (/^\s*(?:[})\]]|end\b)/.test(line.text)) continue;
    }
    if (open) open.lines.push(line);
    else if (header.test(line.text)) {
      open = { indent, lines: [] };
      functions.push({ name: nameIn(line.text), lines: open.lines });
    } else outside.push(line);
  }
  return { outside, functions };
}

function nameIn(text: string): string {
  const [, name = ''] =
    /(?:function|def|class|fn|const|let|var)\b\*?\s*(?:self\.)?([\w$]+)|([\w$]+)\s*\(/
      .exec(text)
      ?.filter(Boolean) ?? [];
  return name;
}

/** Removed lines of a block but those of whole functions: what these protected is gone as well. */
export function outsideFunctions(lines: Line[]): Line[] {
  return split(lines).outside;
}

/** Functions that are removed as a whole. */
export function functionsIn(lines: Line[]): WholeFunction[] {
  return split(lines).functions.filter(({ name }) => name.length > 2);
}
