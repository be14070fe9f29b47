import { eventually, specOf, type TestPlatform } from '../testing/platform.test.helper.js';
import { crashingService, goodService, slowService } from '../testing/services.test.helper.js';

/** Answers 503 from `/sicken` on, and ends with a stack trace at `/crash`. */
const frailService = `
  import { createServer } from 'node:http';
  let status = 200;
  createServer(({ url }, response) => {
    if (url === '/crash') throw new TypeError('no table "orders"');
    if (url === '/sicken') status = 503;
    response.writeHead(status).end(JSON.stringify({ version: '1.2.3' }));
  }).listen(process.env.PORT, process.env.HOST, () => {
    console.log('\\u001b[32mready\\u001b[0m \\u001b[1;33mwarning\\u001b[0m <b>no cache</b>');
    console.error('\\u001b[31mERROR\\u001b[0m no \\u001b[44mmail\\u001b[0m');
  });
  process.on('SIGTERM', () => process.exit(0));
`;

/** One app with each problem, by the problem, and one that is healthy. */
export async function deployTroubles(test: TestPlatform): Promise<void> {
  const [good, better, frail, stuck, broken] = await Promise.all(
    [goodService('one'), goodService('two'), frailService, slowService, crashingService].map((source) =>
      test.image(source),
    ),
  );
  if (!good || !better || !frail || !stuck || !broken) throw new Error('An image is missing.');
  await Promise.all([
    deployWell(test),
    test.deploy(specOf('never-live', broken)),
    deployPinned(test, good, better),
    deployUnhealthy(test, frail),
    deployCrashing(test, frail),
    test.deploy(specOf('a-name-as-long-as-they-may-be-32', good)),
    test.deploy(specOf('failed', good)).then(({ id }) => test.redeploy(id, specOf('failed', broken))),
  ]);
  await test.create(
    specOf('building', stuck, { health_check: { http_path: '/', initial_delay_seconds: 600 } }),
  );
}

/** An app that is healthy, in its second version, with a secret and a variable that is empty. */
export async function deployWell(test: TestPlatform): Promise<void> {
  const [good, better] = [await test.image(goodService('one')), await test.image(goodService('two'))];
  const envs = [{ key: 'API_TOKEN', type: 'SECRET' as const, value: 'hush' }, { key: 'EMPTY' }];
  const { id } = await test.deploy({ ...specOf('well', good), envs });
  await test.redeploy(id, { ...specOf('well', better), envs });
}

async function deployPinned(test: TestPlatform, good: string, better: string): Promise<void> {
  const { id, active_deployment: first } = await test.deploy(specOf('pinned', good));
  await test.redeploy(id, specOf('pinned', better));
  await test.call('POST', `/v2/apps/${id}/rollback`, { deployment_id: first?.id });
  await test.settled(id);
}

async function deployUnhealthy(test: TestPlatform, frail: string): Promise<void> {
  const { live_url: url } = await test.deploy(specOf('unhealthy', frail));
  await fetch(`${url}/sicken`);
}

/** Crashes once, and is up again. */
async function deployCrashing(test: TestPlatform, frail: string): Promise<void> {
  const { live_url: url } = await test.deploy(specOf('crashing', frail));
  await fetch(`${url}/crash`).catch(() => undefined);
  await eventually(async () => (await fetch(`${url}`).catch(() => undefined))?.ok || undefined);
}
