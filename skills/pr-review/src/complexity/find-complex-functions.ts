import type { ParsedFile } from '../code/parse.js';
import { groupBy } from '../group-by.js';
import { complexityLimits } from '../rules/complexity.js';
import { quoted } from '../rules/quoted.js';
import type { Issue } from '../schema.js';
import { measure } from './functions.js';

export interface ChangedFunction {
  name: string;
  line: number;
  changedLine: number;
  complexity: number;
  /** What it was before the change; nothing when it is new, or when only a part of the file is known. */
  before: number | undefined;
}

export interface FileComplexity {
  functions: ChangedFunction[];
  addedBranches: number;
}

/** The functions that a change touches, and how many branches its new lines hold. */
export function complexityOf({ before, after, language }: ParsedFile): FileComplexity {
  const old = before.flatMap((chunk) => measure(chunk, language).functions);
  const measured = after.map((chunk) => measure(chunk, language));
  const functions = measured.flatMap((chunk) => chunk.functions);
  const named = groupBy(functions, ({ name }) => name);
  const oldNamed = groupBy(old, ({ name }) => name);
  // A function is identified only by a name that one function has on each side.
  const complexityBefore = (name: string) =>
    named.get(name)?.length === 1 && oldNamed.get(name)?.length === 1
      ? oldNamed.get(name)?.[0]?.complexity
      : undefined;
  return {
    functions: functions.flatMap(({ changedLine, ...found }) =>
      changedLine === undefined ? [] : [{ ...found, changedLine, before: complexityBefore(found.name) }],
    ),
    addedBranches: measured.reduce((sum, { changedBranches }) => sum + changedBranches, 0),
  };
}

/** Functions that the change makes complex, or more so. One that was as complex before is not a finding about this change. */
export function findComplexFunctions(path: string, { functions }: FileComplexity): Issue[] {
  return functions.flatMap(({ name, complexity, before = 0, changedLine }): Issue[] => {
    const limit = complexityLimits.find(({ above }) => complexity > above);
    if (!limit || complexity <= before) return [];
    const { severity, suggestion, name: rule } = limit;
    const message = `${quoted(name)} ${limit.message}: its cyclomatic complexity is ${complexity}, above ${limit.above}.`;
    return [
      {
        type: 'complexity',
        severity,
        file: path,
        line: changedLine,
        side: 'RIGHT',
        message,
        suggestion,
        rule,
      },
    ];
  });
}
