import { systemClock } from '@odoobo/machine/time';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppList } from './app-list.js';
import { FleetTest, specOf, until } from './fleet.test.helper.js';
import { PendingWrites } from './pending-writes.js';

let test: FleetTest;
const ended = new AbortController();
const { signal } = ended;

beforeEach(async () => {
  test = await FleetTest.start();
});

afterEach(() => test.close());

function listFor(skills: number): AppList {
  const writes = new PendingWrites(systemClock);
  return new AppList({
    client: test.client,
    clock: systemClock,
    skills,
    pollIntervalMs: 5,
    writes,
    ended: signal,
  });
}

/** Delays the answers of the platform until the returned function is called. */
function holdBack(): () => void {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  test.platform.fault = async () => {
    await held;
    return undefined;
  };
  return release;
}

describe('the list of apps', () => {
  it('is read once more for all who ask while it is being read: that read began before they asked', async () => {
    const list = listFor(10);
    const release = holdBack();
    const first = list.read(signal);
    await until(() => test.platform.requests.length === 1);
    const others = Promise.all([list.read(signal), list.read(signal), list.read(signal)]);
    await test.platform.seed(specOf('late'));
    release();
    await first;
    for (const apps of await others) expect(apps.named('late')).toBeDefined();
    expect(test.platform.requests).toHaveLength(2);
  });

  it('is read again by who asks after it was read', async () => {
    const list = listFor(10);
    expect((await list.read(signal)).named('late')).toBeUndefined();
    await test.platform.seed(specOf('late'));
    expect((await list.read(signal)).named('late')).toBeDefined();
  });

  it('is read again after a read that failed', async () => {
    const list = listFor(10);
    test.platform.fault = () => ({ status: 418 });
    await expect(list.read(signal)).rejects.toThrow('418');
    test.platform.fault = () => undefined;
    expect((await list.read(signal)).calls).toBe(1);
  });

  it('lets one who asks leave, and reads on for the others', async () => {
    const list = listFor(10);
    const release = holdBack();
    const leaving = new AbortController();
    const left = list.read(leaving.signal);
    const stays = list.read(signal);
    leaving.abort(new Error('stopped'));
    await expect(left).rejects.toThrow('stopped');
    release();
    expect((await stays).calls).toBe(1);
  });

  it('serves one app too where it takes fewer calls than reading each', async () => {
    const { id } = await test.platform.seed(specOf('app'));
    const again = async (skills: number) => {
      test.platform.requests.length = 0;
      const found = await listFor(skills).again({ id, spec: specOf('app') }, signal);
      expect(found?.id).toBe(id);
      return test.platform.requests;
    };
    expect(await again(1)).toEqual([`GET /v2/apps/${id}`]);
    expect(await again(2)).toEqual(['GET /v2/apps?page=1&per_page=200']);
  });

  it('is read once for all who ask at their end between two reads', async () => {
    const app = await test.platform.seed(specOf('app'));
    const list = listFor(10);
    const ends = (count: number) =>
      Promise.all(
        Array.from({ length: count }, () => list.afterwards({ id: app.id, spec: app.spec }, signal)),
      );
    expect((await ends(4)).map((one) => one?.id)).toEqual(Array(4).fill(app.id));
    expect(test.platform.requests).toEqual(['GET /v2/apps?page=1&per_page=200']);
    test.platform.apps.delete(app.id);
    expect(await ends(2)).toEqual([undefined, undefined]);
    expect(test.platform.requests).toHaveLength(2);
  });
});
