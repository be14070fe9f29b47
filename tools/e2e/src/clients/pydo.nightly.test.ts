import { execa, execaSync } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../support/committed.js';
import { documentedFor, operationsOf } from './operations.js';
import { type ClientTest, startClientTest, wideApp } from './wide-app.js';

const version = '0.44.0';
const hasPython = execaSync('python3', ['-c', 'import ensurepip'], { reject: false }).exitCode === 0;

/** What `pydo/every_method.py` prints of each operation. */
interface Outcome {
  method: string;
  status: number;
  message?: string;
}

/** What the local platform refuses, with a sentence that says why. */
const refused: Record<string, number> = {
  // Only what is live has a console.
  get_exec: 400,
  // The run has ended.
  cancel_job_invocation: 400,
};

describe.skipIf(!hasPython)("DigitalOcean's Python client, pydo (needs python3 with venv)", () => {
  let test: ClientTest;
  let outcomes: Outcome[];

  beforeAll(async () => {
    test = await startClientTest();
    const environment = join(test.folder, 'venv');
    const python = join(environment, 'bin/python');
    await execa('python3', ['-m', 'venv', environment]);
    await execa(python, ['-m', 'pip', 'install', '--quiet', `pydo==${version}`]);
    const spec = join(test.folder, 'spec.json');
    await writeFile(spec, JSON.stringify(wideApp('wide', test.repository)));
    const program = join(repository, 'tools/e2e/src/clients/pydo/every_method.py');
    const { url, token } = test.platform;
    const { stdout } = await execa(python, [program, url, spec], {
      env: { DIGITALOCEAN_ACCESS_TOKEN: token },
    });
    outcomes = stdout.split('\n').map((line) => JSON.parse(line) as Outcome);
  }, 600_000);
  afterAll(() => test?.close());

  it('gets an answer to every operation of its apps', () => {
    const other = outcomes.filter(({ method, status }) => status !== (refused[method] ?? 200));
    expect(other).toEqual([]);
    expect(outcomes.length).toBeGreaterThanOrEqual(38);
  });

  it('was seen with the calls that the page lists', () => {
    expect(operationsOf(test.platform.requests)).toEqual(documentedFor('pydo'));
  });
});
