import type { ParsedFile } from '../code/parse.js';
import { complexityLimits } from '../rules/complexity.js';
import { quoted } from '../rules/quoted.js';
import type { Issue } from '../schema.js';
import { type FunctionComplexity, measure } from './functions.js';

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
  return {
    functions: functions.flatMap(({ changedLine, ...found }) =>
      changedLine === undefined
        ? []
        : [{ ...found, changedLine, before: complexityBefore(found.name, old, functions) }],
    ),
    addedBranches: measured.reduce((sum, { changedBranches }) => sum + changedBranches, 0),
  };
}

/** A function is identified only by a name that one function has on each side. */
function complexityBefore(
  name: string,
  old: FunctionComplexity[],
  now: FunctionComplexity[],
): number | undefined {
  const [first, ...others] = old.filter((found) => found.name === name);
  const isOne = others.length === 0 && now.filter((found) => found.name === name).length === 1;
  return isOne ? first?.complexity : undefined;
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
