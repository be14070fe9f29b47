import type { HeapProfiler, Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { SkillError } from '../error.js';
import { withOwnNames } from './own-names.js';

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
