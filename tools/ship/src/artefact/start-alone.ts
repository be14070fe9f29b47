import { freePort } from '@odoobo/machine/network';
import { execa } from 'execa';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { BundledFile } from './bundle.js';
import { writeFiles } from './write-files.js';

const startMs = 15_000;
const lookAgainMs = 50;

/** The last lines of what a service prints are enough to say why it ended. */
const shownLines = 12;

/**
 * What Node and native packages say about a file or module that is not there. A service that ends by itself, because it
 * has no database here, says something else. https://nodejs.org/api/errors.html#nodejs-error-codes
 */
const missing =
  /\b(?:ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|ERR_DLOPEN_FAILED|ERR_PACKAGE_PATH_NOT_EXPORTED|ERR_UNSUPPORTED_DIR_IMPORT|ERR_UNKNOWN_FILE_EXTENSION)\b|Cannot find (?:module|package)|Dynamic require of|__(?:dir|file)name is not defined|(?:require|module|exports) is not defined|Could not locate the bindings file|No native build was found|Could not load the ".*" module|has not been found installed/;

/** An artefact lacks something that the service loads when it starts. */
export class NotAloneError extends Error {
  override readonly name = 'NotAloneError';
}

/**
 * Starts the files of an artefact in a folder that has nothing else, as production does, and stops it when it listens.
 *
 * @param command line that starts it, in the folder of the files
 * @returns undefined if it listened; otherwise the last lines of what it printed: it ended or waited for something that it
 *   needs, such as a database, so nothing is proven
 * @throws NotAloneError where a module, a file of its own or native code was missing
 */
export async function startAlone(
  files: readonly BundledFile[],
  [program = '', ...args]: readonly string[],
): Promise<string | undefined> {
  const folder = await realpath(await mkdtemp(`${tmpdir()}/artefact-`));
  const stop = new AbortController();
  try {
    await writeFiles(folder, files);
    const port = await freePort();
    const run = execa(program === 'node' ? process.execPath : program, args, {
      cwd: folder,
      env: { PATH: process.env['PATH'], PORT: String(port), HOST: '127.0.0.1' },
      extendEnv: false,
      all: true,
      stdin: 'ignore',
      reject: false,
      timeout: startMs,
      killSignal: 'SIGKILL',
      cancelSignal: stop.signal,
    });
    const isListening = await Promise.race([run.then(() => false), listens(port, stop.signal)]);
    stop.abort();
    const { all } = await run;
    return isListening ? undefined : whyNot(all, folder);
  } finally {
    stop.abort();
    await rm(folder, { recursive: true, force: true });
  }
}

function whyNot(printed: string, folder: string): string {
  const messages = withoutExcerpts(printed);
  const said = messages.replaceAll(`file://${folder}/`, '').replaceAll(`${folder}/`, '');
  const lines = said.split('\n').map((line) => (line.length > 300 ? `${line.slice(0, 300)}…` : line));
  const lacksFile = messages.split('\n').some((line) => line.includes('ENOENT') && line.includes(folder));
  const isMissing = missing.test(messages) || lacksFile;
  if (!isMissing) {
    const thrown = lines.findLastIndex((line) => /^\w*Error\b/.test(line));
    return (thrown < 0 ? lines.slice(-shownLines) : lines.slice(thrown, thrown + shownLines)).join('\n');
  }
  const from = Math.max(
    0,
    lines.findIndex((line) => missing.test(line) || line.includes('ENOENT')),
  );
  throw new NotAloneError(
    `The artefact does not start where there is nothing else:\n${lines.slice(from, from + shownLines).join('\n')}\n` +
      'Name the files that the service reads in "assets" of skill.json, and packages that it loads by a computed name in "external".',
  );
}

/** Node shows the line of code that threw above a mark: of a bundle that is all of it, with the messages of every package. */
function withoutExcerpts(printed: string): string {
  // Not by one expression: for it, a line of code may have other line ends, such as U+2028.
  const lines = printed.split('\n');
  const isMark = (line: string | undefined) => line !== undefined && /^\s*\^+\s*$/.test(line);
  return lines.filter((line, index) => !isMark(line) && !isMark(lines[index + 1])).join('\n');
}

/** @returns true when something listens; false when the signal is aborted */
async function listens(port: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await accepts(port)) return true;
    await delay(lookAgainMs);
  }
  return false;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
