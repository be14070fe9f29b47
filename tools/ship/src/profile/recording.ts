import * as z from 'zod';
import type { CalledFunction } from './functions.js';

const frameSchema = z.looseObject({
  name: z.string(),
  file: z.string().nullish(),
  line: z.number().nullish(),
});

/** Samples of a process, as py-spy writes them for speedscope: https://www.speedscope.app/file-format-schema.json */
export const recordingSchema = z.looseObject({
  shared: z.looseObject({ frames: z.array(frameSchema) }),
  /** One for each thread. A sample is a stack of frames, the outermost first; its weight is in seconds. */
  profiles: z.array(z.looseObject({ samples: z.array(z.array(z.number())), weights: z.array(z.number()) })),
});

export type Recording = z.infer<typeof recordingSchema>;

type Frame = z.infer<typeof frameSchema>;

/** Where threads of Python wait for work. py-spy means to leave them out, and does not know their names since Python 3.11. */
const waits: readonly [file: RegExp, name: RegExp][] = [
  [/threading\.py$/, /\b(wait|_wait_for_tstate_lock|join)$/],
  [/selectors\.py$/, /\bselect$/],
  [/queue\.py$/, /\bget$/],
  [/concurrent\/futures\/thread\.py$/, /^_worker$/],
];

function isWaiting({ name, file }: Frame = { name: '' }): boolean {
  return waits.some(([files, names]) => files.test(file ?? '') && names.test(name));
}

interface Growing extends CalledFunction {
  byFrame: Map<number, Growing>;
}

/** The tree of calls of all threads. Without the time in which they waited. */
export function recordedTree({ shared: { frames }, profiles }: Recording): CalledFunction {
  const root = grown('all', '');
  for (const { samples, weights } of profiles)
    samples.forEach((stack, index) => {
      if (!isWaiting(frames[stack.at(-1) ?? -1])) add(root, stack, (weights[index] ?? 0) * 1_000, frames);
    });
  return sorted(root);
}

function add(root: Growing, stack: readonly number[], ms: number, frames: Frame[]): void {
  let node = root;
  node.total += ms;
  for (const id of stack) {
    const { name, file, line } = frames[id] ?? { name: '(unknown)' };
    const next = node.byFrame.get(id) ?? grown(name, file ? `${file}:${line ?? 1}` : '');
    node.byFrame.set(id, next);
    next.total += ms;
    node = next;
  }
  node.self += ms;
}

function grown(name: string, place: string): Growing {
  return { name, place, self: 0, total: 0, calls: [], byFrame: new Map() };
}

function sorted({ byFrame, ...node }: Growing): CalledFunction {
  return { ...node, calls: [...byFrame.values()].map(sorted).sort((a, b) => b.total - a.total) };
}
