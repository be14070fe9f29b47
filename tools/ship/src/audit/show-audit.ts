import type { CommitAbout } from '@odoobo/git-flow';
import { printable } from '../terminal/printable.js';
import type { Shipment, ShippedMerge, ShippedVersion } from './shipment.js';
import type { VerifiedJournal } from './verify-journal.js';
import type { VerifiedProvenance } from './verify-provenance.js';

/** What is known of one artefact. */
export interface Audit {
  digest: string;
  /** Oldest first. */
  shipments: Shipment[];
  merges: ShippedMerge[];
  /** The commits that were shipped or merged, as far as they are in this clone. */
  commits: CommitAbout[];
}

/** The result of a verification, with every finding. */
export function verificationText(journals: readonly VerifiedJournal[]): string {
  return journals.map((one) => `${linesOf(one).join('\n')}\n`).join('\n');
}

/** Whether the owner of a key says where an image comes from, and what it says. */
export function provenanceText(verified: VerifiedProvenance): string {
  const { image, key, problem, skill, commit, uncommitted = [], builder, invocation } = verified;
  const rows: [string, string | undefined][] = [
    ['signed by', `key ${key}`],
    ['skill', skill],
    ['from commit', commit ?? 'not recorded'],
    ['uncommitted', uncommitted.length > 0 ? uncommitted.join(', ') : undefined],
    ['built by', builder],
    ['pipeline', invocation],
  ];
  if (problem !== undefined) return `${image}: not proven\n  ${problem} (key ${key}).\n`;
  const shown = rows.flatMap(([title, value]) =>
    value === undefined ? [] : [`  ${title.padEnd(13)}${printable(value)}\n`],
  );
  return `${image}: proven\n${shown.join('')}`;
}

function linesOf(verified: VerifiedJournal): string[] {
  const { journal, entries, before, torn, since, continues, anchored, findings, unchecked } = verified;
  if (entries + before + torn + findings.length === 0) return [`${journal}: there is no entry yet.`];
  const intact = findings.length === 0;
  const begin = continues ? 'older ones were deleted after a month' : 'the first one';
  return [
    `${journal}: ${intact ? 'intact' : `${findings.length} ${findings.length === 1 ? 'problem' : 'problems'}`}`,
    ...findings.map(({ problem, message }) => `  ${problem}: ${printable(message)}`),
    `  ${entries} entries of the chain are as they were written${since === undefined ? '' : `, from ${since} on (${begin})`}.`,
    ...(before > 0
      ? [`  ${before} earlier entries are from before the chain: nothing shows whether they were changed.`]
      : []),
    ...(torn > 0 ? [`  ${torn} incomplete lines: a process was killed while it wrote.`] : []),
    anchored
      ? `  Anchored in git at ${anchored.at} by ${printable(anchored.run)}; ${anchored.since} entries were written since.`
      : '  No anchor in git.',
    ...unchecked.map((one) => `  Not checked: ${printable(one)}`),
  ];
}

/** The answer to: who shipped this, from which commit, who approved it, what did it replace, was it verified. */
export function auditText({ digest, shipments, merges, commits }: Audit): string {
  const about = new Map(commits.map((one) => [one.commit, one]));
  const lines = shipments.flatMap((one) => shipmentLines(one, merges, about));
  return `${[digest, ...lines].join('\n')}\n`;
}

function shipmentLines(
  shipment: Shipment,
  merges: readonly ShippedMerge[],
  about: ReadonlyMap<string, CommitAbout>,
): string[] {
  const { app, environment, deployment, at, result, by, run, pipeline, despiteFreeze, replaced } = shipment;
  const rows: [string, string[]][] = [
    ['shipped by', [[by ?? 'not recorded', run, pipeline].filter(Boolean).join(', ')]],
    ['from commit', [commitText(shipment, about)]],
    ['approved by', approvals(shipment, merges, about)],
    ['replaced', [replaced ? versionText(replaced) : 'nothing that is recorded']],
    ['verified', [verifiedText(shipment)]],
    ...(despiteFreeze === undefined ? [] : [['despite freeze', [despiteFreeze]] as [string, string[]]]),
  ];
  return [
    `  ${printable(`${app} in ${environment}: ${result.replaceAll('-', ' ')} at ${at}, deployment ${deployment ?? '-'}`)}`,
    ...rows.flatMap(([title, values]) =>
      values.map((value, index) => `    ${(index === 0 ? title : '').padEnd(15)}${printable(value)}`),
    ),
  ];
}

function commitText({ commit, dirty, branch }: Shipment, about: ReadonlyMap<string, CommitAbout>): string {
  if (commit === undefined) return 'not recorded';
  const { subject, author, at } = about.get(commit) ?? {};
  const known = subject === undefined ? ' (not in this clone)' : ` "${subject}" by ${author}, ${at}`;
  const on = branch === undefined ? '' : `, branch ${branch}`;
  return `${commit}${dirty ? ' with uncommitted changes' : ''}${known}${on}`;
}

function approvals(
  { commit = '', pipeline }: Shipment,
  merges: readonly ShippedMerge[],
  about: ReadonlyMap<string, CommitAbout>,
): string[] {
  const signed = [commit, ...merges.map((one) => one.commit)].flatMap(
    (one) => about.get(one)?.approvals.map((approval) => `${approval} (in ${one.slice(0, 12)})`) ?? [],
  );
  const merged = merges.map(({ branch, into, commit: merge, at }) => {
    const author = about.get(merge)?.author;
    return `merged ${branch} into ${into} by ${merge.slice(0, 12)}${author ? `, ${author}` : ''}, at ${at}`;
  });
  const atGitHub = pipeline === undefined ? [] : [`approvals of its environment: ${pipeline}`];
  const all = [...signed, ...merged, ...atGitHub];
  return all.length > 0 ? all : ['not recorded'];
}

function versionText({ deployment, digest, commit }: ShippedVersion): string {
  return [`deployment ${deployment ?? '-'}`, digest, commit && `commit ${commit}`].filter(Boolean).join(', ');
}

function verifiedText({ verifiedAt, smokeTestedAt }: Shipment): string {
  const health = verifiedAt === undefined ? 'not recorded' : `healthy at ${verifiedAt}`;
  return smokeTestedAt === undefined ? health : `${health}, smoke test passed at ${smokeTestedAt}`;
}
