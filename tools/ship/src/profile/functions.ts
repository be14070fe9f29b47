import type { CpuProfile } from './profile.js';

/** A function in the tree of calls, with those that it called. Times are in milliseconds. */
export interface CalledFunction {
  name: string;
  /** The file and the line of the source; empty for functions of V8. */
  place: string;
  self: number;
  total: number;
  calls: CalledFunction[];
}

type Node = CpuProfile['nodes'][number];

/** The tree of calls. Without the time in which the process did nothing. */
export function callTree({ nodes, samples = [], timeDeltas = [] }: CpuProfile): CalledFunction {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const selfTimes = new Map<number, number>();
  samples.forEach((id, index) => {
    selfTimes.set(id, (selfTimes.get(id) ?? 0) + Math.max(0, timeDeltas[index] ?? 0) / 1_000);
  });
  const [root] = nodes;
  if (!root) return { name: 'all', place: '', self: 0, total: 0, calls: [] };
  return { ...treeOf(root, byId, selfTimes), name: 'all', place: '' };
}

function treeOf(
  { id, callFrame, children = [] }: Node,
  byId: ReadonlyMap<number, Node>,
  selfTimes: ReadonlyMap<number, number>,
): CalledFunction {
  const calls = children
    .flatMap((child) => byId.get(child) ?? [])
    .filter((child) => child.callFrame.functionName !== '(idle)')
    .map((child) => treeOf(child, byId, selfTimes))
    .sort((a, b) => b.total - a.total);
  const self = selfTimes.get(id) ?? 0;
  const { functionName, url, lineNumber } = callFrame;
  return {
    name: functionName || '(anonymous)',
    place: url === '' ? '' : `${url}:${lineNumber + 1}`,
    self,
    total: self + calls.reduce((sum, { total }) => sum + total, 0),
    calls,
  };
}

/** A function, wherever it was called. */
export interface HotFunction {
  name: string;
  place: string;
  /** Milliseconds in it, and in functions of V8 and Node that it called. */
  self: number;
}

/** The functions that took most of the time. That of V8's and Node's own functions is their callers': who calls them can do something. */
export function hotFunctions(tree: CalledFunction, count: number): HotFunction[] {
  const found = new Map<string, HotFunction>();
  const visit = (node: CalledFunction, owner: CalledFunction | undefined): void => {
    const isOwn = node.place !== '' && !node.place.startsWith('node:');
    const charged = isOwn ? node : owner;
    if (charged) {
      const key = `${charged.name}\n${charged.place}`;
      const known = found.get(key) ?? { name: charged.name, place: charged.place, self: 0 };
      known.self += node.self;
      found.set(key, known);
    }
    for (const call of node.calls) visit(call, charged);
  };
  visit(tree, undefined);
  return [...found.values()].sort((a, b) => b.self - a.self).slice(0, count);
}
