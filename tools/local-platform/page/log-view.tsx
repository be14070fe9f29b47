import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Unreachable, type LogType, type Platform } from './platform.js';

const keptLines = 2000;
const againMs = 1500;
/** The close code of a log that is at its end. */
const endOfLog = 1000;

interface LogViewProps {
  platform: Platform;
  appId: string;
  deployment: string;
  type: LogType;
  /** A log that is not there yet may come. */
  underWay: boolean;
}

/** A log as it grows, by the WebSocket of the API. */
export function LogView(props: LogViewProps) {
  const { lines, state } = useLog(props);
  const view = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  // Whoever has scrolled up to read is not torn away.
  useLayoutEffect(() => {
    const { current } = view;
    if (current && atEnd.current) current.scrollTop = current.scrollHeight;
  }, [lines]);
  const onScroll = () => {
    const { current } = view;
    if (current) atEnd.current = current.scrollHeight - current.scrollTop - current.clientHeight < 20;
  };
  return (
    <>
      <pre
        ref={view}
        class="log"
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Log"
        onScroll={onScroll}
      >
        {lines.join('')}
      </pre>
      <p class="quiet">{state}</p>
    </>
  );
}

/** The last lines of a log, and how far it is. */
function useLog({ platform, appId, deployment, type, underWay }: LogViewProps) {
  const [lines, setLines] = useState<readonly string[]>([]);
  const [state, setState] = useState('');
  const [attempt, setAttempt] = useState(0);
  const mayCome = useRef(underWay);
  mayCome.current = underWay;
  useEffect(() => {
    const over = new AbortController();
    const { signal } = over;
    const tell = (text: string, isTriedAgain: boolean) => {
      if (signal.aborted) return;
      setState(text);
      if (isTriedAgain) setTimeout(() => signal.aborted || setAttempt(attempt + 1), againMs);
    };
    readLog(platform.liveLog(appId, deployment, type, signal), signal, {
      onOpen: () => tell('Follows the log.', false),
      onLines: setLines,
    }).then(
      (ended) => tell(ended ? 'The end of the log.' : 'The connection broke off; it is tried again.', !ended),
      (error: Error) => tell(error.message, mayCome.current || error instanceof Unreachable),
    );
    return () => over.abort();
  }, [attempt]);
  return { lines, state };
}

interface LogReader {
  onOpen(): void;
  /** Told all lines that are kept, when some have come. */
  onLines(lines: readonly string[]): void;
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
  const lines: string[] = [];
  let drawing = 0;
  const draw = () => {
    drawing = 0;
    onLines([...lines]);
  };
  socket.onopen = onOpen;
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    lines.push((JSON.parse(data) as { data: string }).data);
    if (lines.length > keptLines) lines.shift();
    // Many lines may come at once: they are drawn together.
    drawing ||= requestAnimationFrame(draw);
  };
  return new Promise((resolve) => {
    socket.onclose = ({ code }) => resolve(code === endOfLog);
  });
}
