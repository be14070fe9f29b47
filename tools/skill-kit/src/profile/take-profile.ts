import { readFile } from 'node:fs/promises';
import type { HeapProfiler, Profiler, Runtime } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { SourceMap } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SkillError } from '../error.js';

/** What a process did for some seconds. */
export interface SkillProfile {
  /** As a `.cpuprofile` has it; functions have the names, files and lines of the source. */
  cpu: Profiler.Profile;
  /** As a `.heapprofile` has it: where memory was allocated that is still used. */
  heap: HeapProfiler.SamplingHeapProfile;
  /** How long the event loop kept others waiting, in milliseconds. */
  eventLoopDelay: { mean: number; p50: number; p99: number; max: number };
}

export const maxSeconds = 60;

const samplingIntervalMicroseconds = 1_000;
const heapSamplingBytes = 32 * 1024;
const nanosecondsPerMs = 1e6;

let isUnderWay = false;

/**
 * Profiles this process under its real load; it keeps answering meanwhile.
 * @throws SkillError 409 while another profile is taken, 400 for a time that is none
 */
export async function takeProfile(seconds: number): Promise<SkillProfile> {
  if (!(seconds >= 1 && seconds <= maxSeconds)) {
    const message = `Expected a number of seconds from 1 to ${maxSeconds}.`;
    throw new SkillError(400, 'invalid_seconds', message);
  }
  if (isUnderWay) {
    const message = 'Another profile of this process is being taken. Ask again when it has ended.';
    throw new SkillError(409, 'profile_under_way', message);
  }
  isUnderWay = true;
  const session = new Session();
  const loop = monitorEventLoopDelay({ resolution: 10 });
  try {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: samplingIntervalMicroseconds });
    await session.post('HeapProfiler.startSampling', { samplingInterval: heapSamplingBytes });
    await session.post('Profiler.start');
    await forgetOptimized(session);
    loop.enable();
    await delay(seconds * 1_000);
    loop.disable();
    const { profile: cpu } = await session.post('Profiler.stop');
    const { profile: heap } = await session.post('HeapProfiler.stopSampling');
    return { ...(await withOwnNames({ cpu, heap })), eventLoopDelay: delaysOf(loop) };
  } finally {
    loop.disable();
    session.disconnect();
    isUnderWay = false;
  }
}

/**
 * Makes V8 optimize all functions again, now that it is profiled. In code that it has optimized before, it does not know which
 * function was inlined into which, so the time of a slow one would be its caller's. Precise coverage begins with it:
 * https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#method-startPreciseCoverage
 */
async function forgetOptimized(session: Session): Promise<void> {
  await session.post('Profiler.startPreciseCoverage', { callCount: true });
  await session.post('Profiler.stopPreciseCoverage');
}

function delaysOf(loop: ReturnType<typeof monitorEventLoopDelay>): SkillProfile['eventLoopDelay'] {
  const ms = (nanoseconds: number) => Math.round((nanoseconds / nanosecondsPerMs) * 100) / 100;
  return {
    mean: ms(loop.mean || 0),
    p50: ms(loop.percentile(50)),
    p99: ms(loop.percentile(99)),
    max: ms(loop.max),
  };
}

interface Profiles {
  cpu: Profiler.Profile;
  heap: HeapProfiler.SamplingHeapProfile;
}

/** The profiles with the names, files and lines of the source, where a bundle has its source map beside it. */
async function withOwnNames({ cpu, heap }: Profiles): Promise<Profiles> {
  const frames = [...cpu.nodes.map(({ callFrame }) => callFrame), ...framesIn(heap.head)];
  const maps = new Map<string, SourceMap | undefined>();
  for (const { url } of frames) if (!maps.has(url)) maps.set(url, await mapOf(url));
  for (const frame of frames) rename(frame, maps.get(frame.url));
  return { cpu, heap };
}

function framesIn(node: HeapProfiler.SamplingHeapProfileNode): Runtime.CallFrame[] {
  return [node.callFrame, ...node.children.flatMap(framesIn)];
}

/** Undefined for what is no bundle. */
async function mapOf(url: string): Promise<SourceMap | undefined> {
  if (!url.startsWith('file:')) return undefined;
  try {
    const text = await readFile(`${fileURLToPath(url)}.map`, 'utf8');
    return new SourceMap(JSON.parse(text) as ConstructorParameters<typeof SourceMap>[0]);
  } catch {
    return undefined;
  }
}

/** What the source map says of a place: it says more than its types. */
interface Entry {
  originalSource?: string;
  originalLine?: number;
  originalColumn?: number;
  name?: string;
}

function rename(frame: Runtime.CallFrame, map: SourceMap | undefined): void {
  if (!map) return;
  const entryAt = (column: number): Entry => map.findEntry(frame.lineNumber, Math.max(0, column));
  const { originalSource, originalLine, originalColumn } = entryAt(frame.columnNumber);
  if (originalSource === undefined || originalLine === undefined) return;
  frame.functionName = originalName(frame, entryAt) ?? frame.functionName;
  frame.url = originalSource;
  frame.lineNumber = originalLine;
  frame.columnNumber = originalColumn ?? 0;
}

/** A function is where its parameters begin; its name is shortly before: `function a(`, `a=(`, `a=async(`, `async a(`. */
function originalName(
  { functionName, columnNumber }: Runtime.CallFrame,
  entryAt: (column: number) => Entry,
): string | undefined {
  if (functionName === '') return undefined;
  const short = functionName.split(/[ .]/).at(-1) ?? functionName;
  const before = ['', '=', '=async', '=async '].map(({ length }) => columnNumber - short.length - length);
  return before.map((column) => entryAt(column).name).find((name) => name !== undefined);
}
