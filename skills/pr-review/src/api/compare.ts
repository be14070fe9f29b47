import type { BreakingChange } from '../rules/breaking-changes.js';
import type { Parameter, Signature } from './signature.js';

export interface Difference {
  change: BreakingChange;
  /** The parameter that it is about, where it is about one. */
  parameter?: string;
}

/** How users of `before` break when it becomes `after`. `named` means that arguments may be given by name, as in Python. */
export function compareSignatures(before: Signature, after: Signature, named: boolean): Difference[] {
  if (before.kind === 'unknown' || after.kind === 'unknown') return [];
  if (before.kind !== after.kind) return [{ change: 'kind-changed' }];
  const found: Difference[] = [];
  if (before.parameters && after.parameters) {
    const { parameters } = before;
    found.push(...(named ? byName : byPosition)(parameters, after.parameters));
  }
  if (before.type !== '' && after.type !== '' && before.type !== after.type)
    found.push({ change: 'type-changed' });
  else if (before.async !== after.async && before.type === after.type) found.push({ change: 'became-async' });
  if (before.optional && !after.optional && after.ofType) found.push({ change: 'member-required' });
  return found;
}

/** In JavaScript the position is all that a caller sees of a parameter. */
function byPosition(before: Parameter[], after: Parameter[]): Difference[] {
  if (isReordered(before, after)) return [{ change: 'parameters-reordered' }];
  const rest = after.some(({ kind }) => kind === 'rest');
  const required = after.filter(
    ({ optional, kind }, index) =>
      !optional && kind !== 'rest' && (before[index]?.optional ?? !hasRest(before)),
  );
  const counted = [
    ...required.map(({ name }) => ({ change: 'parameter-required' as const, parameter: name })),
    ...(rest ? [] : before.slice(after.length)).map(({ name }) => removed(name)),
  ];
  // After a parameter more or less the others stand elsewhere, and comparing them says nothing.
  if (before.length !== after.length && counted.length > 0) return counted;
  return [...counted, ...retyped(before, after)];
}

function retyped(before: Parameter[], after: Parameter[]): Difference[] {
  return after.flatMap(({ type, name, kind }, index) => {
    const old = before[index]?.kind === kind ? before[index].type : '';
    return old !== '' && type !== '' && old !== type ? [{ change: 'type-changed', parameter: name }] : [];
  });
}

/** In Python an argument may be given by name or, before the `*`, by position. */
function byName(before: Parameter[], after: Parameter[]): Difference[] {
  const positions = (all: Parameter[]) => all.filter(({ kind }) => kind === 'positional');
  if (isReordered(positions(before), positions(after))) return [{ change: 'parameters-reordered' }];
  const renamed = renamedPairs(positions(before), positions(after));
  const gone = before.filter(
    (old) => !find(after, old.name) && !renamed.has(old.name) && old.kind !== 'rest',
  );
  const found: Difference[] = [...renamed.keys()].map((name) => ({
    change: 'parameter-renamed',
    parameter: name,
  }));
  if (!hasRest(after)) found.push(...gone.map(({ name }) => removed(name)));
  for (const parameter of after) {
    const old = find(before, parameter.name);
    if ([...renamed.values()].includes(parameter.name)) continue;
    found.push(...comparedByName(old, parameter));
  }
  return found;
}

function comparedByName(old: Parameter | undefined, { name, kind, optional, type }: Parameter): Difference[] {
  if (kind === 'rest') return [];
  const found: Difference[] = [];
  if (!optional && (old?.optional ?? true)) found.push({ change: 'parameter-required', parameter: name });
  if (old?.kind === 'positional' && kind === 'keyword')
    found.push({ change: 'parameter-keyword-only', parameter: name });
  if (old && old.type !== '' && type !== '' && old.type !== type)
    found.push({ change: 'type-changed', parameter: name });
  return found;
}

/** Old names to new ones: the same place, and both names on one side only. */
function renamedPairs(before: Parameter[], after: Parameter[]): Map<string, string> {
  if (before.length !== after.length) return new Map();
  return new Map(
    before.flatMap((old, index) => {
      const now = after[index];
      return now && !find(before, now.name) && !find(after, old.name) ? [[old.name, now.name] as const] : [];
    }),
  );
}

/** Two parameters that there were and are have changed places. */
function isReordered(before: Parameter[], after: Parameter[]): boolean {
  const kept = before.filter(({ name }) => find(after, name)).map(({ name }) => name);
  const now = after.filter(({ name }) => find(before, name)).map(({ name }) => name);
  return kept.length === now.length && kept.some((name, index) => name !== now[index]);
}

function find(parameters: Parameter[], name: string): Parameter | undefined {
  return parameters.find((parameter) => parameter.name === name);
}

function hasRest(parameters: Parameter[]): boolean {
  return parameters.some(({ kind }) => kind === 'rest');
}

function removed(parameter: string): Difference {
  return { change: 'parameter-removed', parameter };
}
