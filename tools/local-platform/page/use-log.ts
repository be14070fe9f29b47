import { useEffect, useRef, useState } from 'preact/hooks';
import { Unreachable } from './connection.js';
import { LineReader, type LogLine } from './log-line.js';
import type { LogType, Platform } from './platform.js';

/** What is shown of a log at most. */
export const keptLines = 2000;
/** The most of a line; one may be a megabyte. */
const keptCharacters = 4_000;
const againMs = 1500;
/** In a burst of lines the browser keeps reading for three times as long as a drawing takes, so that it reaches the end. */
const pausePerDrawing = 3;
/** The close code of a log that is at its end. */
const endOfLog = 1000;

/** Which log. */
export interface LogPlace {
  platform: Platform;
  appId: string;
  deployment: string;
  type: LogType;
  /** A log that is not there yet may come. */
  underWay: boolean;
}

/** The last lines of a log as it grows, by the WebSocket of the API, and how far it is. */
export function useLog({ platform, appId, deployment, type, underWay }: LogPlace) {
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [state, setState] = useState('');
  const [attempt, setAttempt] = useState(0);
  const mayCome = useRef(underWay);
  mayCome.current = underWay;
  useEffect(() => {
    const over = new AbortController();
    const { signal } = over;
    const show = (text: string, isTriedAgain: boolean) => {
      if (signal.aborted) return;
      setState(text);
      if (isTriedAgain) setTimeout(() => signal.aborted || setAttempt(attempt + 1), againMs);
    };
    readLog(platform.liveLog(appId, deployment, type, signal), signal, {
      onOpen: () => show('Follows the log.', false),
      onLines: setLines,
    }).then(
      (ended) => show(ended ? 'End of the log.' : 'Connection lost; reconnecting.', !ended),
      (error: Error) => show(error.message, mayCome.current || error instanceof Unreachable),
    );
    return () => over.abort();
  }, [attempt]);
  return { lines, state };
}

interface LogReader {
  onOpen(): void;
  /** Called with all kept lines when new ones have come. */
  onLines(lines: readonly LogLine[]): void;
}

/** Resolves when the connection is closed: with true when that is the end of the log. */
async function readLog(
  address: Promise<URL>,
  signal: AbortSignal,
  { onOpen, onLines }: LogReader,
): Promise<boolean> {
  const socket = new WebSocket(await address);
  signal.addEventListener('abort', () => socket.close());
  if (signal.aborted) socket.close();
  const reader = new LineReader();
  const lines: LogLine[] = [];
  const draw = inPace(() => signal.aborted || onLines([...lines]));
  socket.onopen = onOpen;
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    const { data: line } = JSON.parse(data) as { data: string };
    lines.push(reader.read(shortened(line)));
    if (lines.length > keptLines) lines.shift();
    draw();
  };
  return new Promise((resolve) => {
    socket.onclose = ({ code }) => resolve(code === endOfLog);
  });
}

/** What is asked for while it draws or pauses is drawn together afterwards. */
function inPace(draw: () => void): () => void {
  let isAsked = false;
  let isBusy = false;
  const next = () => {
    isBusy = isAsked;
    if (!isAsked) return;
    isAsked = false;
    requestAnimationFrame(() => {
      const since = performance.now();
      draw();
      // When the browser gets to it, it has drawn.
      setTimeout(() => setTimeout(next, (performance.now() - since) * pausePerDrawing));
    });
  };
  return () => {
    isAsked = true;
    if (!isBusy) next();
  };
}

function shortened(line: string): string {
  if (line.length <= keptCharacters) return line;
  return `${line.slice(0, keptCharacters)}… (${line.length - keptCharacters} more characters)`;
}
