import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../support/committed.js';
import { buildProgram, hasGo } from './go-tools.js';
import { documentedFor, operationsOf } from './operations.js';
import { type ClientTest, startClientTest, wideApp } from './wide-app.js';

/** What the program in `godo/main.go` prints of each method. */
interface Outcome {
  method: string;
  status: number;
  message?: string;
  /** The fields of the answer that godo does not give back. */
  lost?: string[];
}

/** What the local platform refuses, with a sentence that says why. */
const refused: Record<string, number> = {
  Detect: 501,
  ListBuildpacks: 501,
  UpgradeBuildpack: 501,
  GetAppDatabaseConnectionDetails: 501,
  ResetDatabasePassword: 501,
  ToggleDatabaseTrustedSource: 501,
  // The run has ended.
  CancelJobInvocation: 400,
  // godo asks for the logs of autoscaling only.
  GetEventLogs: 501,
};

describe.skipIf(!hasGo)("DigitalOcean's Go client, godo (needs Go, to build a program of it)", () => {
  let test: ClientTest;
  let outcomes: Outcome[];

  beforeAll(async () => {
    test = await startClientTest();
    const program = join(test.folder, 'every-method');
    await buildProgram(join(repository, 'tools/e2e/src/clients/godo'), program);
    const spec = join(test.folder, 'spec.json');
    await writeFile(spec, JSON.stringify(wideApp('wide', test.repository)));
    const { url, token } = test.platform;
    const { stdout } = await execa(program, [url, spec], { env: { DIGITALOCEAN_ACCESS_TOKEN: token } });
    outcomes = stdout.split('\n').map((line) => JSON.parse(line) as Outcome);
  }, 600_000);
  afterAll(() => test?.close());

  it('gets an answer to every method of its Apps service', () => {
    const other = outcomes.filter(({ method, status }) => status !== (refused[method] ?? 200));
    expect(other).toEqual([]);
    expect(outcomes).toHaveLength(36);
  });

  it('gives back every field that it was sent', () => {
    expect(outcomes.flatMap(({ lost = [] }) => lost)).toEqual([]);
  });

  it('was seen with the calls that the page lists', () => {
    expect(operationsOf(test.platform.requests)).toEqual(documentedFor('godo'));
  });
});
