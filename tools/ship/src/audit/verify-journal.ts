import { type JournalAnchor, readAnchors, readHead, RemoteError, remoteUrl } from '@odoobo/git-flow';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parsed } from '../records/chain.js';
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

/** How much younger than the entries before it the first one may be, where no anchor has their time: a weekend without deploys. */
const pauseMs = 2 * 24 * 3_600_000;

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
  /** What could not be checked, and why. */
  unchecked: string[];
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
 * Verifies a journal by its chain, and its end by the anchors in git. Those of `origin` are fetched; if it does not answer, the
 * result says so.
 * @throws when the journal or the repository cannot be read
 */
export async function verifyJournal(options: VerifyOptions): Promise<VerifiedJournal> {
  const { root, journal } = options;
  const chain = verifyChain(readLines(journal, root));
  const { anchors, unchecked } = await anchorsOf(chain, options);
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
      ...missingStart(chain, entries[0], anchors ?? [], options.now),
      ...(anchors ? missingEnd(chain, anchors, options.now) : []),
    ],
    unchecked,
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
        .map((line, index, all) => ({
          file: relative(root, file),
          number: index + 1,
          text: line,
          isLast: index === all.length - 2,
        }))
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

interface FoundAnchors {
  /** Oldest first; undefined where there is no repository that could have any. */
  anchors: JournalAnchor[] | undefined;
  unchecked: string[];
}

async function anchorsOf(
  chain: VerifiedChain,
  { root, journal, elsewhere }: VerifyOptions,
): Promise<FoundAnchors> {
  if (!(await readHead(root)))
    return {
      anchors: undefined,
      unchecked: ['Without git there are no anchors: the chain alone was checked.'],
    };
  const { clone: here, anchors, unchecked } = await readAnchorsOfAll(root);
  const own = elsewhere ? cloneOf(chain, anchors) : { clone: here, journal: relative(root, journal) };
  const runs = runsIn(chain);
  // Whoever rewrites a journal can give its clone another name. The runs in it are those that were anchored under the first.
  const isOwn = (one: JournalAnchor) =>
    (one.clone === own?.clone && one.journal === own.journal) || runs.has(one.run);
  const found = anchors.filter(isOwn);
  return { anchors: found, unchecked: [...unchecked, ...neverAnchored(chain, found)] };
}

/** The journal of another clone is recognised by any of its entries. */
function cloneOf(
  chain: VerifiedChain,
  anchors: readonly JournalAnchor[],
): Pick<JournalAnchor, 'clone' | 'journal'> | undefined {
  return anchors.find(({ tips }) => tips.some((tip) => chain.entries.has(tip)));
}

/** The names of the runs that have an entry. */
function runsIn({ entries }: VerifiedChain): ReadonlySet<string> {
  return new Set([...entries.values()].map(({ line }) => (parsed(line.text) as { run: string }).run));
}

/** An auditor may have a copy of the repository, and no login for its remote. */
async function readAnchorsOfAll(
  root: string,
): Promise<Awaited<ReturnType<typeof readAnchors>> & { unchecked: string[] }> {
  const git = { cwd: root };
  if ((await remoteUrl(remote, git)) === undefined)
    return { ...(await readAnchors(git)), unchecked: [`The repository has no ${remote}. ${onlyHere}`] };
  try {
    return { ...(await readAnchors({ ...git, remote })), unchecked: [] };
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return { ...(await readAnchors(git)), unchecked: [`${error.message} ${onlyHere}`] };
  }
}

const onlyHere =
  'Only the anchors of this clone were compared: whoever can write to this clone could have rewritten them with the journal.';

/** Only whole files are deleted, and only when their last entry is a month old. */
function missingStart(
  { continues }: VerifiedChain,
  first: Entry | undefined,
  anchors: readonly JournalAnchor[],
  now: number,
): Finding[] {
  if (!continues || !first) return [];
  const before = anchors.find(({ tips }) => tips.some((tip) => first.prev.includes(tip)));
  const newest = before ? Date.parse(before.at) : Date.parse(first.at ?? '') - pauseMs;
  if (!(newest > now - keptForMs)) return [];
  return [
    {
      problem: 'removed',
      message: `Entries before ${nameOf(first)} were removed, which is the first one that is left.`,
    },
  ];
}

function missingEnd(chain: VerifiedChain, anchors: readonly JournalAnchor[], now: number): Finding[] {
  if (anchors.length === 0) return runsToAnchor(chain).length > 0 ? [notAnchored] : [];
  const isHere = ({ tips }: JournalAnchor) =>
    tips.every((tip) => chain.entries.has(tip) || chain.changed.has(tip));
  const gone = anchors.filter((one) => !isHere(one) && Date.parse(one.at) > now - keptForMs);
  const [first] = gone;
  // An entry that is known to be missing may be one that was anchored.
  if (!first || chain.lost) return [];
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

/** The runs that had to anchor the journal when they ended: they have changed something, or merged. */
function runsToAnchor({ entries }: VerifiedChain): { run: string; hash: string }[] {
  const acting = new Set<string>();
  return [...entries.values()].flatMap(({ line, hash }) => {
    const record = parseRecord(line.text);
    if (record?.type === 'finished' && acts(record.result)) acting.add(record.run);
    const ends = record?.type === 'merged' || (record?.type === 'run-finished' && acting.has(record.run));
    return ends ? [{ run: record.run, hash }] : [];
  });
}

/** Whoever has begun a chain anew has the anchors of the runs after that, and none of those before it. */
function neverAnchored(chain: VerifiedChain, anchors: readonly JournalAnchor[]): string[] {
  const order = new Map([...chain.entries.keys()].map((hash, index) => [hash, index]));
  const placeOf = (tips: readonly string[]) => Math.max(-1, ...tips.map((tip) => order.get(tip) ?? -1));
  const first = Math.min(...anchors.map(({ tips }) => placeOf(tips)).filter((place) => place >= 0));
  const named = new Set(anchors.map(({ run }) => run));
  const without = runsToAnchor(chain).filter(
    ({ run, hash }) => !named.has(run) && (order.get(hash) ?? 0) <= first,
  );
  const runs = [...new Set(without.map(({ run }) => run))];
  if (runs.length === 0 || anchors.length === 0) return [];
  const more = runs.length > 1 ? `, and ${runs.length - 1} more` : '';
  return [
    `${runs[0]}${more} ended before the first anchor of this journal, and have no anchor of their own: nothing shows whether they were rewritten before it.`,
  ];
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
