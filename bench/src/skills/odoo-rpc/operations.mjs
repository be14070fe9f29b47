// Times the same operations by odoo-await, odoo-xmlrpc or the skill.
// Usage: operations.mjs <tool> <URL> <database> <login> <password> <count> [<URL of the skill>], in the folder that has
// the tool. Prints {operation: [ms, ...]}.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [tool, url, database, login, password, count, skillUrl] = process.argv.slice(2);
const require = createRequire(join(process.cwd(), 'package.json'));
const partner = 'res.partner';

const account = { url, db: database, database, username: login, password };

const connections = {
  async 'odoo-await'() {
    const Odoo = require('odoo-await');
    const odoo = new Odoo({ baseUrl: url, ...account });
    await odoo.connect();
    return {
      search_read: () => odoo.searchRead(partner, [], ['name'], { limit: 20 }),
      create: (i) => odoo.create(partner, { name: `Bench ${i}` }),
      write: () => odoo.update(partner, 1, { comment: 'x' }),
      fields_get: () => odoo.execute_kw(partner, 'fields_get', [[], { attributes: ['type'] }]),
    };
  },
  async 'odoo-xmlrpc'() {
    const Odoo = require('odoo-xmlrpc');
    const odoo = new Odoo(account);
    const promised = (start) =>
      new Promise((resolve, reject) =>
        start((error, value) => (error ? reject(new Error(JSON.stringify(error))) : resolve(value))),
      );
    await promised((done) => odoo.connect(done));
    const call = (method, args, kwargs) =>
      promised((done) => odoo.execute_kw(partner, method, [args, kwargs], done));
    return {
      search_read: () => call('search_read', [[]], { fields: ['name'], limit: 20 }),
      create: (i) => call('create', [{ name: `Bench ${i}` }], {}),
      write: () => call('write', [[1], { comment: 'x' }], {}),
      fields_get: () => call('fields_get', [], { attributes: ['type'] }),
    };
  },
  async 'odoo-rpc'() {
    const call = async (operation, input) => {
      const shared = { operation, url, database, login, key: password };
      const response = await fetch(`${skillUrl}/invoke`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ input: { ...shared, ...input } }),
      });
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.error.message);
      return answer;
    };
    await call('authenticate', {});
    return {
      search_read: () => call('search_read', { model: partner, fields: ['name'], limit: 20 }),
      create: (i) => call('create', { model: partner, values: [{ name: `Bench ${i}` }] }),
      write: () => call('write', { model: partner, ids: [1], values: { comment: 'x' } }),
      fields_get: () => call('fields_get', { model: partner, attributes: ['type'] }),
    };
  },
};

const times = {};

async function timed(operation, repetitions, work) {
  await (await fetch(`${url}/__phase/${operation}`)).text();
  times[operation] = [];
  let result;
  for (let i = 0; i < repetitions; i++) {
    const start = performance.now();
    result = await work(i);
    times[operation].push(performance.now() - start);
  }
  return result;
}

const operations = await timed('connect', 1, connections[tool]);
for (const [name, work] of Object.entries(operations)) await timed(name, Number(count), work);
await (await fetch(`${url}/__phase/end`)).text();
console.log(JSON.stringify(times));
