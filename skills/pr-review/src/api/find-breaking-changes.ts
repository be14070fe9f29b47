import type { ParsedFile } from '../code/parse.js';
import type { ChangedFile } from '../diff/parse-diff.js';
import { groupBy } from '../group-by.js';
import { type BreakingChange, breakingChanges, notAnApi } from '../rules/breaking-changes.js';
import { quoted } from '../rules/quoted.js';
import type { Issue } from '../schema.js';
import { compareSignatures, type Difference } from './compare.js';
import { pythonExports } from './python-exports.js';
import { scriptExports } from './script-exports.js';
import { changedLineOf, normalised, type Signature } from './signature.js';

/** Every change of what a module exports that breaks its users, on the changed line that says it. */
export function findBreakingChanges(file: ChangedFile, parsed: ParsedFile): Issue[] {
  if (notAnApi.test(file.path) || parsed.language === 'php') return [];
  const exportsOf = parsed.language === 'python' ? pythonExports : scriptExports;
  const before = grouped(parsed.before.flatMap(exportsOf));
  if (file.status === 'deleted') return removedModule(file.path, before);
  const after = grouped(parsed.after.flatMap(exportsOf));
  const found = [...before].flatMap(([name, old]) => {
    const now = after.get(name);
    if (now) return changed(file.path, old, now, parsed.language === 'python');
    // Removing a class removes its members.
    return after.has(ownerOf(name)) || !isMember(name) ? removed(file.path, old) : [];
  });
  return [...found, ...newMembers(file.path, before, after)];
}

type Exports = Map<string, Signature[]>;

function grouped(signatures: Signature[]): Exports {
  return groupBy(signatures, ({ name }) => name);
}

/** `Cart.total` is one; `* from './cart.js'` is not. */
function isMember(name: string): boolean {
  return /^[\w$]+\./.test(name);
}

function ownerOf(name: string): string {
  return name.split('.', 1)[0] ?? name;
}

function removedModule(path: string, before: Exports): Issue[] {
  const names = [...before.keys()].filter((name) => !isMember(name));
  const [first] = [...before.values()].flat();
  if (!first) return [];
  const shown =
    names.slice(0, 10).map(quoted).join(', ') + (names.length > 10 ? ` and ${names.length - 10} more` : '');
  return issue(path, 'module-removed', shown, { LEFT: changedLineOf(first) });
}

function removed(path: string, [old]: Signature[]): Issue[] {
  return old ? issue(path, 'export-removed', quoted(old.name), { LEFT: changedLineOf(old) }) : [];
}

function changed(path: string, before: Signature[], after: Signature[], named: boolean): Issue[] {
  const [old] = before;
  const [now] = after;
  if (!old || !now) return [];
  const differences =
    before.length === 1 && after.length === 1
      ? compareSignatures(old, now, named)
      : lostOverloads(before, after);
  return differences.flatMap(({ change, parameter }) => {
    const subject = quoted(old.name) + (parameter ? `, parameter ${quoted(parameter)},` : '');
    return issue(path, change, subject, { RIGHT: lineOf(after), LEFT: lineOf(before) });
  });
}

/** Callers see the overloads and not the implementation behind them. */
function lostOverloads(before: Signature[], after: Signature[]): Difference[] {
  const texts = (all: Signature[]) => all.filter(({ body }) => !body || all.length === 1).map(textOf);
  const now = texts(after);
  return texts(before).every((text) => now.includes(text)) ? [] : [{ change: 'type-changed' }];
}

function textOf({ parameters, type }: Signature): string {
  return normalised(`${JSON.stringify(parameters)}${type}`);
}

function newMembers(path: string, before: Exports, after: Exports): Issue[] {
  return [...after].flatMap(([name, [now]]) => {
    const isNew = now?.ofType && !now.optional && !before.has(name) && before.has(ownerOf(name));
    return isNew ? issue(path, 'member-required', quoted(name), { RIGHT: changedLineOf(now) }) : [];
  });
}

function lineOf(signatures: Signature[]): number | undefined {
  return signatures.map(changedLineOf).find((line) => line !== undefined);
}

/** Nothing when neither side has a changed line: then the code did not change, and only more of it came into sight. */
function issue(
  file: string,
  change: BreakingChange,
  subject: string,
  lines: { RIGHT?: number | undefined; LEFT?: number | undefined },
): Issue[] {
  const side = lines.RIGHT === undefined ? 'LEFT' : 'RIGHT';
  const line = lines[side];
  if (line === undefined) return [];
  const { severity, message, suggestion } = breakingChanges[change];
  return [
    {
      type: 'breaking_change',
      severity,
      file,
      line,
      side,
      message: `${subject} ${message}`,
      suggestion,
      rule: change,
    },
  ];
}
