import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Each starts a thread or a process from a file. */
const starts = /\b(?:Worker|fork|Piscina|Tinypool)\b/;
const fileUrl = /(\bnew URL\(\s*)(['"`])(\.{1,2}\/[^'"`$]+)\.([cm]?)([jt])s\2(?=\s*,\s*import\.meta\.url\b)/g;

/** Whether a module starts threads or processes. */
export function startsThreads(text: string): boolean {
  return starts.test(text);
}

/**
 * Finds the threads in TypeScript that a module starts by `new URL('./thread.ts', import.meta.url)`. Each is bundled to a file of
 * its own, because Node loads no TypeScript.
 *
 * @returns the module, in which each is named by that file; and the absolute paths of their sources
 */
export function namedThreads(file: string, text: string): { text: string; threads: string[] } {
  const threads: string[] = [];
  if (!startsThreads(text)) return { text, threads };
  const named = text.replaceAll(
    fileUrl,
    (whole: string, before: string, quote: string, path: string, kind: string, language: string) => {
      const stem = resolve(dirname(file), path);
      // As in imports, the name of the file that it is compiled to may stand for it.
      const isJavaScript = language === 'j' && existsSync(`${stem}.${kind}js`);
      const source = `${stem}.${kind}ts`;
      if (isJavaScript || !existsSync(source)) return whole;
      threads.push(source);
      return `${before}${quote}${path}.mjs${quote}`;
    },
  );
  return { text: named, threads };
}
