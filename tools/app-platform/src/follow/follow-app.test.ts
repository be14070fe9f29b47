import { expect, it } from 'vitest';
import { hastyClock } from '../clocks.test.helper.js';
import { followApp, type LogFrame, type LogSource, type LogStart, NoSuchLog, type Said } from './index.js';

type Part = LogFrame | Error;

/** The log that each opening of a deployment's log gives, in turn; the last one ends when `over` is called. */
function sourceOf(logs: Record<string, (Part | 'stay')[][]>) {
  const opened: [string, LogStart][] = [];
  const state = { app: { live: Object.keys(logs)[0] } as { live?: string } | undefined, down: false };
  const source: LogSource = {
    look: async () => {
      if (state.down) throw new Error('connection refused');
      return state.app;
    },
    async *open(deployment, from, signal) {
      opened.push([deployment, from]);
      if (state.down) throw new Error('connection refused');
      for (const part of logs[deployment]?.shift() ?? [new NoSuchLog('no such log')]) {
        if (part === 'stay') await untilOver(() => state.app?.live !== deployment, signal);
        else if (part instanceof Error) throw part;
        else yield part;
      }
    },
  };
  return { source, opened, state };
}

async function untilOver(isOver: () => boolean, signal: AbortSignal): Promise<void> {
  while (!isOver()) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const line = (n: number): LogFrame => ({ text: `web 2026-01-31T12:00:00.${n}Z tick\n` });
const brokenOff = new Error('ended unexpectedly (close code 1006)');

function follow(source: LogSource, more: Partial<Parameters<typeof followApp>[1]> = {}) {
  const { signal } = new AbortController();
  const options = { app: 'shop', deployment: 'd-1', goesOn: true, signal, clock: hastyClock(100), ...more };
  return followApp(source, options);
}

async function all(
  said: AsyncIterable<Said>,
  onSaid: (text: string) => void = () => undefined,
): Promise<string> {
  let text = '';
  for await (const one of said) {
    const shown = 'text' in one ? one.text : `${one.notice}\n`;
    text += shown;
    onSaid(shown);
  }
  return text;
}

it('goes on with the deployment that takes over, reads the one before to its end, and ends with the app', async () => {
  const { source, state, opened } = sourceOf({
    'd-1': [[line(1), 'stay', line(2)]],
    'd-2': [[line(3), 'stay']],
  });
  const text = await all(follow(source, { tailLines: 7 }), (shown) => {
    if (shown === line(1).text) state.app = { live: 'd-2' };
    if (shown === line(3).text) state.app = undefined;
  });
  expect(text.split('\n').filter((shown) => shown.startsWith('—'))).toEqual([
    '— deployment d-1 was replaced by d-2; following d-2',
    '— shop was deleted',
  ]);
  for (const n of [1, 2, 3]) expect(text.split(line(n).text)).toHaveLength(2);
  expect(opened).toEqual([
    ['d-1', { tailLines: 7 }],
    ['d-2', {}],
  ]);
});

it('takes a log up again that broke off, and leaves out what comes twice of a platform without positions', async () => {
  const { source, state } = sourceOf({
    'd-1': [
      [line(1), line(2), brokenOff],
      [line(1), line(2), line(3), brokenOff],
      [line(2), line(3), line(4), 'stay'],
    ],
  });
  const text = await all(follow(source), (shown) => {
    if (shown === line(4).text) state.app = undefined;
  });
  expect(
    text
      .split('\n')
      .filter((shown) => shown.startsWith('web'))
      .join('\n'),
  ).toBe([1, 2, 3, 4].map((n) => line(n).text.trimEnd()).join('\n'));
  expect(text).toContain(
    '— connection lost; the log continues when the platform answers again (ended unexpectedly',
  );
});

it('goes on after the position that it has reached, where the platform gives one', async () => {
  const at = (n: number): LogFrame => ({ ...line(1), position: `web=${n}` });
  const { source, state, opened } = sourceOf({
    'd-1': [
      [at(1), at(2), brokenOff],
      [at(3), 'stay'],
    ],
  });
  let shown = 0;
  await all(follow(source), (text) => {
    if (text === line(1).text && ++shown === 3) state.app = undefined;
  });
  expect(shown).toBe(3);
  expect(opened[1]).toEqual(['d-1', { position: 'web=2' }]);
});

it('waits for a platform that is down, says so once, and gives up after five minutes', async () => {
  const { source, state } = sourceOf({ 'd-1': [[line(1), brokenOff]] });
  let text = '';
  const following = all(follow(source, { clock: hastyClock(2000) }), (shown) => {
    text += shown;
    state.down = true;
  });
  await expect(following).rejects.toThrow(
    'Stopped following the log of shop: the platform has not answered for 5 minutes.',
  );
  expect(text.split('—')).toHaveLength(2);
});

it('ends where nothing is live any more, and where only one deployment was asked for', async () => {
  const ended = sourceOf({ 'd-1': [[line(1)]] });
  ended.state.app = {};
  expect(await all(follow(ended.source))).toBe(
    `${line(1).text}— deployment d-1 ended; no version of shop is live\n`,
  );
  const one = sourceOf({ 'd-1': [[line(1)]] });
  one.state.app = { live: 'd-2' };
  expect(await all(follow(one.source, { goesOn: false }))).toBe(line(1).text);
});

it('says at once that there is no such log', async () => {
  const { source } = sourceOf({ 'd-1': [] });
  await expect(all(follow(source))).rejects.toThrow('no such log');
});

it('ends with the app that is deleted just before its log is opened again', async () => {
  const { source, state } = sourceOf({ 'd-1': [[line(1)], [new NoSuchLog('deployment was not found')]] });
  const open: LogSource['open'] = (...asked) => {
    if (opens++ > 0) state.app = undefined;
    return source.open(...asked);
  };
  let opens = 0;
  expect(await all(follow({ ...source, open }))).toBe(`${line(1).text}— shop was deleted\n`);
});

it('ends with the reason of its signal, and leaves nothing open', async () => {
  const stop = new AbortController();
  const { source } = sourceOf({ 'd-1': [[line(1), 'stay']] });
  const following = all(follow(source, { signal: stop.signal }), () => stop.abort(new Error('Ctrl-C')));
  await expect(following).rejects.toThrow('Ctrl-C');
});
