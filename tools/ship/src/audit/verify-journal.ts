import { type JournalAnchor, readAnchors, readHead, remoteUrl } from '@odoobo/git-flow';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { acts } from '../records/deployment-recorder.js';
import { Journal } from '../records/journal.js';
import { parseRecord } from '../records/record.js';
import { keptForMs } from '../records/tidy-records.js';
import {
  type Entry,
  type Finding,
  type JournalLine,
  nameOf,
  type VerifiedChain,
  verifyChain,
} from './verify-chain.js';

const remote = 'origin';

/** Files are deleted once a day, and their last entry is the newest. */
const slackMs = 2 * 24 * 3_600_000;

/** A journal that was compared with its chain and with git. */
export interface VerifiedJournal {
  /** Relative to the workspace. */
  journal: string;
  /** Entries of the chain that are as they were written. */
  entries: number;
  /** Entries of earlier versions, which nothing protects. */
  before: number;
  /** Lines that a crash has left incomplete. */
  torn: number;
  /** The time of the first entry of the chain. */
  since: string | undefined;
  /** Whether older entries were deleted, as they are after a month. */
  continues: boolean;
  anchors: number;
  /** The last anchor whose entries are here, and how many entries were written since. */
  anchored: { at: string; run: string; since: number } | undefined;
  findings: Finding[];
}

export interface VerifyOptions {
  /** The main checkout. */
  root: string;
  /** Absolute. */
  journal: string;
  /** Whether it was written in another clone, such as that of a pipeline. */
  elsewhere: boolean;
  now: number;
}

/**
 * Verifies a journal by its chain, and its end by the anchors in git; those of `origin` are fetched.
 * @throws GitError when `origin` does not answer; when the journal cannot be read
 */
export async function verifyJournal(options: VerifyOptions): Promise<VerifiedJournal> {
  const { root, journal } = options;
  const chain = verifyChain(readLines(journal, root));
  const anchors = await anchorsOf(chain, options);
  const entries = [...chain.entries.values()];
  return {
    journal: relative(root, journal),
    entries: entries.length,
    before: chain.before,
    torn: chain.torn,
    since: entries[0]?.at,
    continues: chain.continues,
    anchors: anchors?.length ?? 0,
    anchored: lastAnchored(entries, anchors ?? []),
    findings: [
      ...chain.findings,
      ...missingStart(chain, entries[0], options.now),
      ...(anchors ? missingEnd(chain, anchors, options.now) : []),
    ],
  };
}

/** All lines of all files of a journal, oldest first. */
function readLines(path: string, root: string): JournalLine[] {
  const journal = new Journal(path);
  // The current file is read first: if it is moved meanwhile, it is read twice, not missed.
  const present = textOf(path);
  const files = journal.archived().map((file) => ({ file, text: textOf(file) }));
  return [...files.filter(({ text }) => text !== present), { file: path, text: present }].flatMap(
    ({ file, text }) =>
      text
        .split('\n')
        .map((line, index) => ({ file: relative(root, file), number: index + 1, text: line }))
        .filter((line) => line.text !== ''),
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Oldest first; undefined where there is no repository that could have any. */
async function anchorsOf(
  chain: VerifiedChain,
  { root, journal, elsewhere }: VerifyOptions,
): Promise<JournalAnchor[] | undefined> {
  if (!(await readHead(root))) return undefined;
  const shared = (await remoteUrl(remote, { cwd: root })) !== undefined;
  const { clone: here, anchors } = await readAnchors({ cwd: root, ...(shared && { remote }) });
  if (!elsewhere)
    return anchors.filter(({ clone, journal: path }) => clone === here && path === relative(root, journal));
  // The journal of another clone is recognised by any of its entries.
  const known = anchors.find(({ tips }) => tips.some((tip) => chain.entries.has(tip)));
  return anchors.filter(({ clone, journal: path }) => clone === known?.clone && path === known.journal);
}

/** Only whole files are deleted, and only when their last entry is a month old. */
function missingStart({ continues }: VerifiedChain, first: Entry | undefined, now: number): Finding[] {
  if (!continues || !first || Date.parse(first.at ?? '') < now - keptForMs + slackMs) return [];
  return [
    {
      problem: 'removed',
      message: `Entries before ${nameOf(first)} were removed, which is the first one that is left.`,
    },
  ];
}

function missingEnd(chain: VerifiedChain, anchors: readonly JournalAnchor[], now: number): Finding[] {
  if (anchors.length === 0) return needsAnchor(chain) ? [notAnchored] : [];
  const isHere = ({ tips }: JournalAnchor) =>
    tips.every((tip) => chain.entries.has(tip) || chain.changed.has(tip));
  const gone = anchors.filter((one) => !isHere(one) && Date.parse(one.at) > now - keptForMs + slackMs);
  const [first] = gone;
  // An entry that is known to be missing may be one that was anchored.
  if (!first || chain.findings.some(({ problem }) => problem === 'removed')) return [];
  const last = [...chain.entries.values()].at(-1);
  const what = `The last entry of ${first.run}, which was anchored at ${first.at}, is not here`;
  const rest = gone.length > 1 ? `, nor are those of ${gone.length - 1} later anchors` : '';
  const kind = anchors.some(isHere)
    ? `the end was cut off, or replaced. The last entry that is here is ${last ? nameOf(last) : 'none'}`
    : 'the whole journal was rewritten, deleted or begun anew';
  return [{ problem: 'cut', message: `${what}${rest}: ${kind}.` }];
}

const notAnchored: Finding = {
  problem: 'not anchored',
  message:
    'No anchor of this clone is in refs/skills/journal, so nothing shows whether all of it was rewritten. If this is the first run of this version, the next deploy anchors it.',
};

/** A run that has changed something, or merged, anchors the journal when it ends. */
function needsAnchor({ entries }: VerifiedChain): boolean {
  let hasActed = false;
  for (const { line } of entries.values()) {
    const record = parseRecord(line.text);
    if (record?.type === 'merged') return true;
    if (record?.type === 'finished') hasActed ||= acts(record.result);
    if (record?.type === 'run-finished' && hasActed) return true;
  }
  return false;
}

function lastAnchored(
  entries: readonly Entry[],
  anchors: readonly JournalAnchor[],
): VerifiedJournal['anchored'] {
  const order = new Map(entries.map(({ hash }, index) => [hash, index]));
  const last = anchors.findLast(({ tips }) => tips.every((tip) => order.has(tip)));
  if (!last) return undefined;
  const newest = Math.max(...last.tips.map((tip) => order.get(tip) ?? 0));
  return { at: last.at, run: last.run, since: entries.length - 1 - newest };
}
