import { posix } from 'node:path';
import type { ChangedFile } from '../diff/parse-diff.js';
import { skipReasonOf } from '../diff/skipped.js';
import type { Issue, NotRead } from '../schema.js';
import { maskedHunks } from './mask.js';

/** A changed line that the model was shown. */
export interface Place {
  file: string;
  line: number;
  side: 'RIGHT' | 'LEFT';
}

/** The part of a change that a model is shown. */
export interface Excerpt {
  text: string;
  /** By the id that stands before the line. */
  places: ReadonlyMap<string, Place>;
  notRead: NotRead[];
}

const maxLineLength = 400;
const maxNotRead = 100;

/** Files whose purpose is to hold credentials: they are not sent even without one that a rule knows. */
const credentialFile =
  /^(?:\.env(?:\..{1,40})?|\.npmrc|\.netrc|\.pypirc|\.pgpass|\.git-credentials|\.htpasswd|credentials|kubeconfig|id_(?:rsa|dsa|ecdsa|ed25519)|.{1,100}\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|tfstate))$/i;

/** No person wrote these by hand, and they would use up what a model can read. */
const generatedFile =
  /^(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|go\.sum|bun\.lockb?|.{1,100}\.(?:lock|map|svg|snap))$|-lock\.json$/i;

/** Bytes of one token. Code has 3 to 4; a low figure estimates high. */
const bytesPerToken = 3;

export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text, 'utf8') / bytesPerToken);
}

/**
 * The changed lines with their surroundings, each with an id such as F1R12, without secrets, up to a number of tokens. Small files
 * come first, so that most files fit; one that does not fit is cut, and named.
 */
export async function excerptOf(
  files: ChangedFile[],
  issues: Issue[],
  maxTokens: number,
  signal: AbortSignal,
): Promise<Excerpt> {
  const places = new Map<string, Place>();
  const notRead: NotRead[] = [];
  const parts: string[] = [];
  let left = maxTokens;
  for (const { file, number } of smallestFirst(files)) {
    const reason = whyNot(file);
    const lines = reason || left <= 0 ? [] : await linesOf(beginningOf(file, left), number, issues, signal);
    for (const { text, id, place } of lines) {
      left -= estimateTokens(`${text}\n`);
      if (left < 0) break;
      parts.push(text);
      if (id && place) places.set(id, place);
    }
    if (reason || left <= 0) notRead.push({ file: file.path, reason: reason ?? 'too_large' });
  }
  return { text: parts.join('\n'), places, notRead: notRead.slice(0, maxNotRead) };
}

/** The files that show lines, numbered as in the diff. */
function smallestFirst(files: ChangedFile[]): { file: ChangedFile; number: number }[] {
  const sizeOf = ({ hunks }: ChangedFile) => hunks.reduce((sum, { lines }) => sum + lines.length, 0);
  return files
    .map((file, index) => ({ file, number: index + 1, size: sizeOf(file) }))
    .filter(({ size }) => size > 0)
    .sort((a, b) => a.size - b.size);
}

/** At least as much of a file as fits: the rest need not be searched for secrets. */
function beginningOf(file: ChangedFile, maxTokens: number): ChangedFile {
  let left = maxTokens * bytesPerToken;
  const hunks = file.hunks.map((hunk) => {
    const lines = hunk.lines.filter((line) => {
      left -= Math.min(line.length, maxLineLength);
      return left > 0;
    });
    return { ...hunk, lines };
  });
  return { ...file, hunks };
}

function whyNot(file: ChangedFile): NotRead['reason'] | undefined {
  const name = posix.basename(file.path);
  if (credentialFile.test(name)) return 'credentials';
  return generatedFile.test(name) || skipReasonOf(file) ? 'generated' : undefined;
}

interface ShownLine {
  text: string;
  id?: string;
  place?: Place;
}

async function linesOf(
  file: ChangedFile,
  number: number,
  issues: Issue[],
  signal: AbortSignal,
): Promise<ShownLine[]> {
  const secrets = issues.filter(({ type, file: path }) => type === 'secret' && path === file.path);
  const hunks = await maskedHunks(file, new Set(secrets.map(({ line }) => line)), signal);
  const head = `File ${number}: ${JSON.stringify(file.path.slice(0, 300))} (${file.status})`;
  return [
    { text: head },
    ...file.hunks.flatMap(({ oldStart, newStart }, index) =>
      numbered(hunks[index] ?? [], { file: file.path, number, oldStart, newStart }),
    ),
  ];
}

interface Start {
  file: string;
  number: number;
  oldStart: number;
  newStart: number;
}

function numbered(lines: string[], { file, number, oldStart, newStart }: Start): ShownLine[] {
  let oldLine = oldStart;
  let newLine = newStart;
  const shown: ShownLine[] = [{ text: '...' }];
  for (const line of lines) {
    const text = line.slice(1, maxLineLength);
    if (line.startsWith('+')) {
      const id = `F${number}R${newLine}`;
      shown.push({ text: `${id} +${text}`, id, place: { file, line: newLine++, side: 'RIGHT' } });
    } else if (line.startsWith('-')) {
      const id = `F${number}L${oldLine}`;
      shown.push({ text: `${id} -${text}`, id, place: { file, line: oldLine++, side: 'LEFT' } });
    } else if (line.startsWith(' ')) {
      shown.push({ text: `  ${text}` });
      oldLine += 1;
      newLine += 1;
    }
  }
  return shown;
}
