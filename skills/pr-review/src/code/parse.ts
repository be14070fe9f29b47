import type { Tree } from '@lezer/common';
import type { LRParser } from '@lezer/lr';
import { posix } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Chunk, Sides } from '../diff/chunk.js';
import { type Language, languageOf } from './language.js';

/** A chunk with its syntax tree. Half a statement at its edges is an error node in the tree, not a failure. */
export interface ParsedChunk extends Chunk {
  tree: Tree;
}

export interface ParsedFile {
  path: string;
  language: Language;
  before: ParsedChunk[];
  after: ParsedChunk[];
  whole: boolean;
}

/** Minified and generated code is larger than what people review. */
const maxFileCharacters = 256 * 1024;

/** What one review parses, in characters. Real code takes a second at the most; text that is all errors takes 20 times that. */
const maxCharacters = 600 * 1024;

/** How long parsing may keep the only thread, in milliseconds: a health check waits meanwhile. */
const sliceMs = 20;

/** Parses the files of one review, within a limit for all of them together. */
export class CodeReader {
  private left = maxCharacters;

  constructor(private readonly signal: AbortSignal) {}

  /** @returns nothing for a file in no language that is known here, or one that is too large */
  async read(path: string, sides: Sides): Promise<ParsedFile | undefined> {
    const language = languageOf(path);
    const characters = [...sides.before, ...sides.after].reduce((sum, { text }) => sum + text.length, 0);
    if (!language || characters > 2 * maxFileCharacters || characters > this.left) return undefined;
    this.left -= characters;
    const parser = await parserOf(path, language);
    const before = await this.parseAll(parser, sides.before);
    return { path, language, before, after: await this.parseAll(parser, sides.after), whole: sides.whole };
  }

  private async parseAll(parser: LRParser, chunks: Chunk[]): Promise<ParsedChunk[]> {
    const parsed: ParsedChunk[] = [];
    for (const chunk of chunks) {
      const fitting = parser.topNode.name === 'Template' ? phpParser(parser, chunk.text) : parser;
      parsed.push({ ...chunk, tree: await this.parse(fitting, chunk.text) });
    }
    return parsed;
  }

  private async parse(parser: LRParser, text: string): Promise<Tree> {
    const parse = parser.startParse(text);
    let until = performance.now() + sliceMs;
    for (;;) {
      const tree = parse.advance();
      if (tree) return tree;
      if (performance.now() < until) continue;
      await setImmediate();
      this.signal.throwIfAborted();
      until = performance.now() + sliceMs;
    }
  }
}

/** The grammars are loaded at first use: a start needs none of them. */
async function parserOf(path: string, language: Language): Promise<LRParser> {
  if (language === 'python') return (await import('@lezer/python')).parser;
  if (language === 'php') return (await import('@lezer/php')).parser;
  const { parser } = await import('@lezer/javascript');
  const extension = posix.extname(path).toLowerCase();
  if (/^\.[cm]?ts$/.test(extension)) return parser.configure({ dialect: 'ts' });
  return parser.configure({ dialect: extension === '.tsx' ? 'ts jsx' : 'jsx' });
}

/** A page with PHP in it opens that with a tag; a hunk that shows none is inside. */
function phpParser(parser: LRParser, text: string): LRParser {
  return /<\?(?:php|=)/.test(text) ? parser : parser.configure({ top: 'Program' });
}
