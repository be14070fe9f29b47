import { callSkill } from '@odoobo/skill-kit/testing';
import { describe, expect, it } from 'vitest';
import { odooSkill } from './skill.js';

/**
 * The same against a real Odoo, which nothing here can install: ODOO_TEST_URL, ODOO_TEST_DATABASE, ODOO_TEST_LOGIN and
 * ODOO_TEST_PASSWORD of an administrator of a database that may be written to, and from Odoo 19 on ODOO_TEST_KEY.
 */
const {
  ODOO_TEST_URL: url = '',
  ODOO_TEST_DATABASE: database = '',
  ODOO_TEST_LOGIN: login = '',
  ODOO_TEST_PASSWORD: password = '',
  ODOO_TEST_KEY: apiKey,
} = process.env;

const skill = odooSkill({ ODOO_ALLOWED_HOSTS: URL.canParse(url) ? new URL(url).host : '' });

const protocols = ['jsonrpc', 'xmlrpc', ...(apiKey ? ['json2'] : [])];

describe.skipIf(!url).each(protocols)('a real Odoo by %s (needs one, named by ODOO_TEST_URL)', (protocol) => {
  const who = protocol === 'json2' ? { key: apiKey } : { login, key: password };
  const account = { url, protocol, database, ...who };

  async function resultOf(operation: string, input: object = {}): Promise<unknown> {
    const { output, error } = await callSkill(skill, { operation, ...account, ...input });
    if (!output) throw new Error(`${error?.code}: ${error?.message}`);
    return output.result;
  }

  async function errorOf(operation: string, input: object = {}) {
    const { status, error } = await callSkill(skill, { operation, ...account, ...input });
    return [status, error?.code];
  }

  const partner = { model: 'res.partner' };

  it('says its version and its databases', async () => {
    const ask = async (operation: string) =>
      (await callSkill(skill, { operation, url, protocol })).output?.result;
    expect(await ask('version')).toMatchObject({ series: expect.stringMatching(/^\S+\.\d+$/) as string });
    expect(await ask('databases')).toContain(database);
  });

  it('authenticates, and refuses a wrong key', async () => {
    expect(await resultOf('authenticate')).toBeGreaterThan(0);
    expect(await errorOf('authenticate', { key: 'wrong' })).toEqual([401, 'access_denied']);
    expect(await errorOf('search_count', { ...partner, key: 'wrong' })).toEqual([401, 'access_denied']);
  });

  it('creates, reads, writes and deletes', async () => {
    const values = [{ name: 'One <&> "\u202e' }, { name: 'Two' }];
    const [one = 0] = (await resultOf('create', { ...partner, values: values.slice(0, 1) })) as number[];
    const ids = [one, ...((await resultOf('create', { ...partner, values })) as number[])];
    expect(ids).toHaveLength(3);
    expect(await resultOf('read', { ...partner, ids: [one], fields: ['name'] })).toEqual([
      { id: one, name: values[0]?.name },
    ]);
    expect(await resultOf('write', { ...partner, ids, values: { comment: 'x' } })).toBe(true);
    expect(await resultOf('search', { ...partner, domain: [['id', 'in', ids]], order: 'id' })).toEqual(ids);
    expect(await resultOf('unlink', { ...partner, ids })).toBe(true);
    expect(await resultOf('read', { ...partner, ids, fields: ['name'] })).toEqual([]);
    // With XML-RPC a missing record is one of the warnings.
    const gone = protocol === 'xmlrpc' ? [422, 'user_error'] : [404, 'missing_record'];
    expect(await errorOf('write', { ...partner, ids: [one], values: { name: 'Gone' } })).toEqual(gone);
  });

  it('stores a file of 7 MB', async () => {
    const datas = Buffer.alloc(7_000_000, 'binary').toString('base64');
    const attachment = { model: 'ir.attachment' };
    const ids = (await resultOf('create', {
      ...attachment,
      values: [{ name: 'scan.bin', datas }],
    })) as number[];
    const [record] = (await resultOf('read', { ...attachment, ids, fields: ['datas'] })) as {
      datas: string;
    }[];
    expect(record?.datas === datas).toBe(true);
    await resultOf('unlink', { ...attachment, ids });
  });

  it('knows external ids, modules, fields and rights', async () => {
    const xml_ids = ['base.main_partner', 'base.nothing_has_this_name'];
    const [known, unknown] = (await resultOf('resolve_xml_ids', { xml_ids })) as { id: number }[];
    expect(known).toMatchObject({ model: 'res.partner' });
    expect(unknown).toEqual({ xml_id: xml_ids[1], model: null, id: null });
    expect(await resultOf('resolve_xml_ids', { xml_ids: xml_ids.slice(0, 1) })).toEqual([known]);
    expect(await resultOf('resolve_xml_ids', { xml_ids: xml_ids.slice(1) })).toEqual([unknown]);
    const ids = [known?.id ?? 0];
    expect(await resultOf('get_xml_ids', { ...partner, ids })).toEqual([{ id: ids[0], xml_id: xml_ids[0] }]);
    expect(await resultOf('modules', { names: ['base'] })).toMatchObject([
      { name: 'base', state: 'installed' },
    ]);
    expect(
      await resultOf('fields_get', { ...partner, fields: ['name'], attributes: ['type'] }),
    ).toMatchObject({
      name: { type: 'char' },
    });
    expect(await resultOf('check_access', { ...partner, access: 'write', ids })).toBe(true);
    expect(await resultOf('check_access', { ...partner, access: 'create' })).toBe(true);
  });

  it('imports rows, all or none', async () => {
    const rows = [
      ['odoo_rpc_test.one', 'One'],
      ['odoo_rpc_test.two', 'Two'],
    ];
    const load = { ...partner, fields: ['id', 'name'], rows };
    const { ids } = (await resultOf('load', load)) as { ids: number[] };
    expect(ids).toHaveLength(2);
    expect(await resultOf('load', load)).toMatchObject({ ids });
    expect(
      await errorOf('load', { ...partner, fields: ['id', 'color'], rows: [['x', 'no number']] }),
    ).toEqual([422, 'load_refused']);
    await resultOf('unlink', { ...partner, ids });
  });

  it('makes a batch', async () => {
    const calls = [
      { operation: 'search_count', ...partner },
      { operation: 'read', ...partner, ids: [1], fields: ['no_such_field_x'] },
      { operation: 'search', ...partner, limit: 1 },
    ];
    const items = (await resultOf('batch', { calls, on_error: 'continue' })) as object[];
    expect(items.map((item) => Object.keys(item))).toEqual([
      ['result'],
      ['error'],
      ['result', 'next_offset'],
    ]);
  });

  it('types its faults', async () => {
    expect(await errorOf('search_count', { model: 'no.such.model' })).toEqual([
      422,
      expect.stringMatching(/user_error|invalid_call/),
    ]);
    expect(await errorOf('execute', { ...partner, method: 'no_such_method' })).toEqual([422, 'invalid_call']);
    expect(await errorOf('create', { ...partner, values: [{ no_such_field: 1 }] })).toEqual([
      422,
      'invalid_call',
    ]);
    expect((await errorOf('search_count', { ...partner, database: 'no_such_database' }))[0]).toBeGreaterThan(
      400,
    );
  });

  if (protocol !== 'json2') {
    it('prints a report', async () => {
      const [module] = (await resultOf('search', {
        model: 'ir.module.module',
        domain: [['name', '=', 'base_setup']],
      })) as number[];
      const report = { report: 'base.report_irmodulereference', ids: [module] };
      expect(await resultOf('report', report)).toMatchObject({ content_type: 'application/pdf' });
      expect(await errorOf('report', { ...report, report: 'base.no_such_report' })).toEqual([
        502,
        'odoo_error',
      ]);
      expect(await errorOf('report', { ...report, key: 'wrong' })).toEqual([401, 'access_denied']);
    }, 60_000);
  }
});
