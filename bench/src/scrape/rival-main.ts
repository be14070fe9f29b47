import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Gauge, Registry } from 'prom-client';

/*
 * prom-client with the series of a scrape, each as a gauge, behind node:http: node rival-main.js <file of the scrape>
 * Sends its parent its address, and ends when the parent disconnects.
 */

const [file = ''] = process.argv.slice(2);
const registry = new Registry();
const gauges = new Map<string, Gauge>();

for (const line of readFileSync(file, 'utf8').split('\n')) {
  const [, name = '', text = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === '') continue;
  const labels = Object.fromEntries(
    [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', content = '']) => [label, content]),
  );
  gaugeOf(name, Object.keys(labels)).set(labels, Number(value));
}

function gaugeOf(name: string, labelNames: string[]): Gauge {
  const known = gauges.get(name);
  if (known) return known;
  const gauge = new Gauge({ name, help: name, labelNames, registers: [registry] });
  gauges.set(name, gauge);
  return gauge;
}

const server = createServer(async (_, response) => {
  response.setHeader('content-type', registry.contentType).end(await registry.metrics());
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}` });
});
process.once('disconnect', () => process.exit());
