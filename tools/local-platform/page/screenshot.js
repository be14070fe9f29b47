/*
 * Draws the pictures of the page that the documentation shows, after `npm run compile`:
 * node tools/local-platform/page/screenshot.js docs/images/page.png pr-review 840
 * Five apps that really run, one of them with a history, one that crashes once, and traffic for the charts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { imageStoreOf, startPlatform } from '../dist/index.js';
import { writeImage } from '../dist/testing/image.test.helper.js';

const [file = 'page.png', app = 'pr-review', trafficSeconds = '60'] = process.argv.slice(2);
const names = ['design-tokens', 'nl-sql', 'odoo-rpc', 'pr-review', 'visual-diff'];

/** Answers after a few milliseconds, now and then later. */
const service = (version) => `
  import { createServer } from 'node:http';
  createServer((request, response) => {
    if (request.url === '/crash') throw new Error('no table "orders"');
    const ms = Math.random() < 0.1 ? 20 + 30 * Math.random() : 2 + 3 * Math.random();
    setTimeout(() => response.end(JSON.stringify({ status: 'healthy', version: '${version}' })), ms);
  }).listen(process.env.PORT, process.env.HOST, () => {
    console.log('\\u001b[32m${version}\\u001b[0m listens on', process.env.PORT);
    console.log('\\u001b[33mwarning\\u001b[0m the cache is empty');
  });
  process.on('SIGTERM', () => process.exit(0));
`;

const directory = await mkdtemp(join(tmpdir(), 'local-platform-page-'));
const platform = await startPlatform({ directory, port: 4100 }).catch(async (error) => {
  await rm(directory, { recursive: true });
  throw error;
});
try {
  for (const name of names) await deploy(name, await image('0.1.0'));
  await deploy(app, await image('0.2.0'));
  await deploy(app, await importImage('console.error("no database"); process.exit(7);', '0.2.1'));
  await deploy(app, await image('0.3.0'));
  await crash(names.find((name) => name !== app));
  await traffic(Number(trafficSeconds));
  await draw();
} finally {
  await platform.close();
  await rm(directory, { recursive: true, force: true });
}

async function draw() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 }, colorScheme: 'light' });
    await page.goto(`${platform.url}/#token=${platform.token}`);
    await page
      .getByText('HEALTHY')
      .nth(names.length - 1)
      .waitFor();
    await page.screenshot({ path: file });
    await page.getByRole('link', { name: app }).first().click();
    await page.getByRole('log').getByText('listens on').waitFor();
    await page.screenshot({ path: file.replace(/(\.png)?$/, '-of-an-app.png'), fullPage: true });
    await page.getByRole('link', { name: 'Metrics' }).click();
    await page.getByRole('img', { name: /^Chart of response times/ }).waitFor();
    await page.screenshot({ path: file.replace(/(\.png)?$/, '-metrics.png'), fullPage: true });
  } finally {
    await browser.close();
  }
}

function image(version) {
  return importImage(service(version), version);
}

async function importImage(source, version) {
  const annotations = { 'org.opencontainers.image.version': version };
  const layout = await writeImage(source, undefined, annotations);
  const digest = await imageStoreOf(directory).import(layout);
  await rm(layout, { recursive: true });
  return digest;
}

async function call(method, path, body) {
  const headers = { authorization: `Bearer ${platform.token}`, 'content-type': 'application/json' };
  const response = await fetch(`${platform.url}${path}`, { method, headers, body: JSON.stringify(body) });
  return response.json();
}

async function deploy(name, digest) {
  const web = {
    name,
    image: { registry_type: 'DOCR', repository: name, digest },
    health_check: { http_path: '/health', period_seconds: 1, failure_threshold: 5 },
    termination: { drain_seconds: 1, grace_period_seconds: 1 },
  };
  // As a deploy marks what it writes.
  const mark = { write: digest, skill: name, artefact: digest, commit: digest.slice(7, 47), dirty: false };
  const envs = [{ key: 'SKILLS_MARK', value: JSON.stringify(mark), scope: 'BUILD_TIME' }];
  const spec = { name, envs, services: [web] };
  const { apps } = await call('GET', '/v2/apps');
  const before = apps.find((one) => one.spec.name === name);
  const { app: after } = await call(before ? 'PUT' : 'POST', `/v2/apps${before ? `/${before.id}` : ''}`, {
    spec,
  });
  const path = `/v2/apps/${after.id}/deployments/${after.pending_deployment.id}`;
  for (;;) {
    const { deployment } = await call('GET', path);
    if (['ACTIVE', 'ERROR'].includes(deployment.phase)) return;
  }
}

async function crash(name) {
  const { apps } = await call('GET', '/v2/apps');
  await fetch(`${apps.find(({ spec }) => spec.name === name).live_url}/crash`).catch(() => undefined);
}

async function traffic(seconds) {
  const { apps } = await call('GET', '/v2/apps');
  const until = Date.now() + seconds * 1000;
  while (Date.now() < until) {
    await Promise.all(
      apps.map(({ live_url: url }) => fetch(`${url}/health`).then((answer) => answer.text())),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
