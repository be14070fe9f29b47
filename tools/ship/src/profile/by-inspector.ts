import { setTimeout as delay } from 'node:timers/promises';
import { nodeProcesses } from './node-processes.js';
import { type Profile, profileSchema } from './profile.js';

/** Where Node opens its inspector after SIGUSR1: https://nodejs.org/api/process.html#signal-events */
const inspector = 'http://127.0.0.1:9229';
const openMs = 5_000;
const marginMs = 30_000;

/** What a skill made with @odoobo/skill-kit offers to whoever debugs it. */
const offered = `globalThis[Symbol.for('@odoobo/skill-kit/profile')]`;

/** Where the process keeps the timer that closes its inspector. */
const closes = `globalThis[Symbol.for('@odoobo/ship/inspector-closes')]`;

/** Closes the inspector; later than now, so that answers still arrive. */
const closeAfter = (ms: number) =>
  `void (clearTimeout(${closes}), ${closes} = setTimeout(() => process.getBuiltinModule('node:inspector').close(), ${ms}).unref())`;

/** How long the process waits for this one to take a profile, in milliseconds. Then it closes its inspector by itself. */
const abandonedMs = 5_000;

/**
 * Profiles a process of this machine, or the one that it has started, over Node's inspector: it is opened for that, and closed
 * afterwards, also if this process is ended meanwhile.
 * @throws Error when none of them is one of Node, the inspector cannot be opened, or the process offers no profiles
 */
export async function profileByInspector(pid: number, seconds: number): Promise<Profile> {
  const processes = await nodeProcesses(pid);
  if (processes.length === 0)
    throw new Error('It is not run by Node: only processes of Node can be profiled here.');
  for (const one of processes) {
    const profile = await profileOf(one, seconds);
    if (profile) return profile;
  }
  throw new Error('It is not made with @odoobo/skill-kit, so it offers no profiles.');
}

/** @returns undefined if it offers no profiles, such as `npm start` */
async function profileOf(pid: number, seconds: number): Promise<Profile | undefined> {
  process.kill(pid, 'SIGUSR1');
  const debuggee = await connect();
  try {
    const found = await debuggee.evaluate('process.pid', openMs);
    if (found !== pid)
      throw new Error(
        `Node's inspector at ${inspector} is that of process ${String(found)}, which someone debugs. End that, and try again.`,
      );
    const profile = await debuggee.evaluate(
      `(async () => {
        clearTimeout(${closes});
        try { return ${offered} ? await ${offered}(${seconds}) : 'none'; } finally { ${closeAfter(abandonedMs)} }
      })()`,
      seconds * 1_000 + marginMs,
    );
    await debuggee.evaluate(closeAfter(50), openMs);
    if (profile === 'none') return undefined;
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
