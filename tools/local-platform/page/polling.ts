import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

const pauseMs = 1500;
/** The pause grows with what a reading takes, so that a thousand apps do not keep browser and server busy. */
const pausePerReading = 3;

export interface Polled<T> {
  /** The last that was read. */
  value?: T;
  /** Why there is nothing newer. */
  trouble?: Error;
  /** Reads again at once. */
  again(): void;
}

/** Reads repeatedly, while the page is visible; starts over when `read` is another function. */
export function usePolled<T>(read: (signal: AbortSignal) => Promise<T>): Polled<T> {
  const [result, setResult] = useState<{ value?: T; trouble?: Error }>({});
  const wake = useRef<() => void>(() => undefined);
  useEffect(() => {
    const over = new AbortController();
    void poll(read, over.signal, setResult, wake);
    const onVisible = () => wake.current();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      document.removeEventListener('visibilitychange', onVisible);
      over.abort();
      wake.current();
    };
  }, [read]);
  const again = useCallback(() => wake.current(), []);
  return { ...result, again };
}

async function poll<T>(
  read: (signal: AbortSignal) => Promise<T>,
  over: AbortSignal,
  show: (change: (before: { value?: T }) => { value?: T; trouble?: Error }) => void,
  wake: { current: () => void },
): Promise<void> {
  while (!over.aborted) {
    const since = performance.now();
    try {
      const value = await read(over);
      show(() => ({ value }));
    } catch (error) {
      if (over.aborted) return;
      show((before) => ({ ...before, trouble: error as Error }));
    }
    const tookMs = performance.now() - since;
    do await pause(Math.max(pauseMs, tookMs * pausePerReading), wake);
    while (document.hidden && !over.aborted);
  }
}

/** Ends early when it is woken. */
function pause(ms: number, wake: { current: () => void }): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake.current = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
