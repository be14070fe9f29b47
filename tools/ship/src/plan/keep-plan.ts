import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Journal } from '../records/journal.js';
import { replaceFile } from '../records/replace-file.js';
import { joinParts, type Plan, type PlanPart, planPartSchema } from './plan.js';

/** How many plans are kept. */
const runsKept = 10;

/**
 * Merges the plan of some skills with those of other batches, or processes, of the same run of Nx.
 * @param json the file for the plan of the whole run
 * @returns the plan of the run so far
 * @throws when a file cannot be written
 */
export function keepPlan(part: PlanPart, workspaceRoot: string, json: string | undefined): Plan {
  const folder = join(workspaceRoot, '.nx/skills/plans');
  const journal = new Journal(join(folder, `${part.run}.jsonl`));
  journal.append(part);
  removeOld(folder);
  for (;;) {
    const size = journal.size();
    const plan = joinParts([part, ...readParts(journal)]);
    if (json !== undefined) writeJson(json, plan);
    // Another process may have added its part and written its file in the meantime.
    if (journal.size() === size) return plan;
  }
}

function readParts(journal: Journal): PlanPart[] {
  const parts: PlanPart[] = [];
  for (let offset = 0; ;) {
    const read = journal.readFrom(offset);
    if (read.offset === offset) return parts;
    parts.push(...read.lines.flatMap((line) => parsePart(line) ?? []));
    offset = read.offset;
  }
}

/** Undefined for an incomplete line, as after a crash. */
function parsePart(line: string): PlanPart | undefined {
  try {
    return planPartSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function writeJson(file: string, plan: Plan): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    replaceFile(file, `${JSON.stringify(plan, null, 2)}\n`);
  } catch (cause) {
    throw new Error(`The plan could not be written to ${file}. Name another file: --json=<file>`, { cause });
  }
}

/** The names of runs sort by time. */
function removeOld(folder: string): void {
  const old = readdirSync(folder).sort().slice(0, -runsKept);
  for (const name of old) rmSync(join(folder, name), { force: true });
}
