import { setTimeout as delay } from 'node:timers/promises';
import { type Profile, profileSchema } from './profile.js';

/** Where Node opens its inspector after SIGUSR1: https://nodejs.org/api/process.html#signal-events */
const inspector = 'http://127.0.0.1:9229';
const openMs = 5_000;
const marginMs = 30_000;

/** What a skill made with @odoobo/skill-kit offers to whoever debugs it. */
const offered = `globalThis[Symbol.for('@odoobo/skill-kit/profile')]`;

/**
 * Profiles a process of this machine over Node's inspector, which is opened for it and closed afterwards. The process must be one of
 * Node: another one would be ended by the signal.
 * @throws Error when the inspector cannot be opened, or the process offers no profiles
 */
export async function profileByInspector(pid: number, seconds: number): Promise<Profile> {
  process.kill(pid, 'SIGUSR1');
  const debuggee = await connect();
  try {
    const found = await debuggee.evaluate('process.pid', openMs);
    if (found !== pid)
      throw new Error(
        `Node's inspector at ${inspector} is that of process ${String(found)}, which someone debugs. End that, and try again.`,
      );
    const profile = await debuggee.evaluate(
      `${offered} ? ${offered}(${seconds}) : { error: 'It is not made with @odoobo/skill-kit, so it offers no profiles.' }`,
      seconds * 1_000 + marginMs,
    );
    // After the answer, so that it still arrives.
    await debuggee.evaluate(
      `void setTimeout(() => process.getBuiltinModule('node:inspector').close(), 50)`,
      openMs,
    );
    const { error } = profile as { error?: string };
    if (error !== undefined) throw new Error(error);
    return profileSchema.parse(profile);
  } finally {
    debuggee.close();
  }
}

interface Debuggee {
  /** @returns the value of an expression, or of its promise */
  evaluate(expression: string, timeoutMs: number): Promise<unknown>;
  close(): void;
}

async function connect(): Promise<Debuggee> {
  const { WebSocket } = await import('undici');
  const url = await backoffUntil(openMs, addressOfInspector);
  if (url === undefined)
    throw new Error(
      `Node's inspector did not open at ${inspector} within ${openMs / 1000} s. Is the port in use?`,
    );
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () =>
      reject(new Error(`Node's inspector at ${inspector} refuses a connection.`)),
    );
  });
  let last = 0;
  return {
    evaluate: (expression, timeoutMs) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        const late = setTimeout(() => reject(new Error('The process did not answer in time.')), timeoutMs);
        const end = (act: () => void) => {
          clearTimeout(late);
          socket.removeEventListener('message', listen);
          act();
        };
        const listen = ({ data }: { data: unknown }) => {
          const message = JSON.parse(String(data)) as Answer;
          if (message.id !== id) return;
          const { result, exceptionDetails } = message.result ?? {};
          if (exceptionDetails) end(() => reject(new Error(exceptionDetails.text)));
          else end(() => resolve(result?.value));
        };
        socket.addEventListener('message', listen);
        socket.addEventListener('close', () =>
          end(() => reject(new Error('The process has ended meanwhile.'))),
        );
        const params = { expression, awaitPromise: true, returnByValue: true };
        socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }));
      }),
    close: () => socket.close(),
  };
}

interface Answer {
  id?: number;
  result?: { result?: { value?: unknown }; exceptionDetails?: { text: string } };
}

async function addressOfInspector(): Promise<string | undefined> {
  try {
    const response = await fetch(`${inspector}/json/list`, { signal: AbortSignal.timeout(openMs) });
    const [first] = (await response.json()) as { webSocketDebuggerUrl?: string }[];
    return first?.webSocketDebuggerUrl;
  } catch {
    return undefined;
  }
}

const pauseMs = 50;

/** Tries until there is a result. @returns undefined after the deadline, in milliseconds */
async function backoffUntil<T>(
  deadlineMs: number,
  attempt: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const since = performance.now(); performance.now() - since < deadlineMs; await delay(pauseMs)) {
    const found = await attempt();
    if (found !== undefined) return found;
  }
  return undefined;
}
