import { verifyChain } from '@odoobo/ship/audit/verify-chain';
import { chained } from '@odoobo/ship/records/chain';
import { createHash } from 'node:crypto';
import type { Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { median } from './support/statistics.js';

const entries = 10_000;
const rounds = 9;
const goalMs = 1_000;

/** How long it takes to verify a journal, compared with reading and hashing its lines. */
export async function measureAudit(signal: AbortSignal): Promise<Report> {
  const lines = journalOf(entries);
  const verify: number[] = [];
  const hash: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    signal.throwIfAborted();
    const verified = timed(() => requireIntact(lines));
    const hashed = timed(() => hashAll(lines));
    // The first round compiles.
    if (round > 0) verify.push(verified);
    if (round > 0) hash.push(hashed);
  }
  const ratio = median(verify.map((ms, round) => ms / (hash[round] ?? NaN)));
  const met = median(verify) < goalMs ? 'met' : 'NOT met';
  return {
    title: 'What it takes to verify a journal',
    body: `\`nx-skills audit verify\` of a journal of ${entries.toLocaleString('en')} entries, without the start of the program, compared with a
program that only parses each line and hashes it. Milliseconds, medians of ${rounds} alternating rounds in one process.

${table(
  ['', 'ms'],
  [
    ['verify the chain', median(verify).toFixed(0)],
    ['parse and hash each line', median(hash).toFixed(0)],
    ['ratio', ratio.toFixed(1)],
  ],
)}

Goal: less than ${goalMs / 1000} s: ${met}.`,
  };
}

/** Entries such as a deploy writes. */
function journalOf(count: number): string[] {
  const lines: string[] = [];
  let prev: string[] = [];
  for (let n = 1; n <= count; n += 1) {
    const at = new Date(n * 1000).toISOString();
    const skill = `skill-${n % 50}`;
    const entry = chained(
      {
        type: 'verified',
        url: `http://127.0.0.1:4101/health`,
        tries: 1,
        at,
        skill,
        run: `deploy-${n}`,
        environment: 'local',
      },
      prev,
    );
    prev = [entry.chain.hash];
    lines.push(JSON.stringify(entry));
  }
  return lines;
}

function requireIntact(lines: readonly string[]): void {
  const { entries: intact } = verifyChain(
    lines.map((text, index) => ({ file: 'journal', number: index + 1, text })),
  );
  if (intact.size !== lines.length)
    throw new Error(`Only ${intact.size} of ${lines.length} entries were found intact.`);
}

function hashAll(lines: readonly string[]): void {
  for (const line of lines)
    createHash('sha256')
      .update(JSON.stringify(JSON.parse(line)))
      .digest('hex');
}

function timed(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}
