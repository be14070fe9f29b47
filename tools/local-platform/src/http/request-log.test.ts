import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually, temporaryFolder, testPlatform } from '../testing/platform.test.helper.js';

interface Line {
  at: string;
  method: string;
  path: string;
  status: number | null;
  milliseconds: number;
}

async function linesOf(file: string): Promise<Line[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

it('has one line per call with its status, or null; it continues after a restart', async () => {
  const directory = await temporaryFolder();
  const requestLog = join(await temporaryFolder(), 'requests.jsonl');
  const fault = ({ method }: { method: string }) =>
    method === 'PUT' ? ({ drop: 'before' } as const) : undefined;
  const test = await testPlatform({ directory, progression: 'manual', requestLog, fault });
  await test.call('GET', '/v2/apps?page=1');
  await test.call('GET', '/v2/apps/none');
  expect((await fetch(`${test.platform.url}/v2/apps`)).status).toBe(401);
  await expect(test.call('PUT', '/v2/apps/none', { spec: {} })).rejects.toThrow('fetch failed');
  await test.platform.close();
  const again = await testPlatform({ directory, progression: 'manual', requestLog });
  await again.call('GET', '/v2/apps/regions');
  const lines = await eventually(async () => {
    const lines = await linesOf(requestLog);
    return lines.length === 5 ? lines : undefined;
  });
  expect(lines.map(({ method, path, status }) => [method, path, status])).toEqual([
    ['GET', '/v2/apps', 200],
    ['GET', '/v2/apps/none', 404],
    ['GET', '/v2/apps', 401],
    ['PUT', '/v2/apps/none', null],
    ['GET', '/v2/apps/regions', 200],
  ]);
  for (const { at, milliseconds } of lines) {
    expect(Date.parse(at)).not.toBeNaN();
    expect(milliseconds).toBeGreaterThanOrEqual(0);
  }
  expect((await stat(requestLog)).mode & 0o077).toBe(0);
});

it('is reported once if it cannot be written, and the platform keeps serving', async () => {
  const warnings: string[] = [];
  const requestLog = join(await temporaryFolder(), 'missing', 'requests.jsonl');
  const test = await testPlatform({
    progression: 'manual',
    requestLog,
    warn: (message) => warnings.push(message),
  });
  await eventually(() => (warnings.length > 0 ? true : undefined));
  expect((await test.call('GET', '/v2/apps')).status).toBe(200);
  await test.platform.close();
  expect(warnings).toEqual([expect.stringContaining(requestLog)]);
});
