import type { SkillExample } from '@odoobo/skill-kit';
import type * as z from 'zod';
import type { inputSchema, outputSchema } from './schema.js';

const account = { url: 'https://example.odoo.com', database: 'example', key: 'an-API-key-of-that-user' };

export const examples: SkillExample<z.input<typeof inputSchema>, z.input<typeof outputSchema>>[] = [
  {
    title: 'The first two companies by name',
    input: {
      operation: 'search_read',
      ...account,
      login: 'integration',
      model: 'res.partner',
      domain: [['is_company', '=', true]],
      fields: ['name'],
      limit: 2,
      order: 'name, id',
    },
    output: {
      uid: 7,
      result: [
        { id: 14, name: 'Azure Interior' },
        { id: 10, name: 'Deco Addict' },
      ],
      next_offset: 2,
    },
  },
  {
    title: 'Set the telephone number of a contact, with JSON-2',
    input: {
      operation: 'write',
      protocol: 'json2',
      ...account,
      model: 'res.partner',
      ids: [14],
      values: { phone: '+32 2 290 34 90' },
    },
    output: { result: true },
  },
  {
    title: 'Confirm a sales order, with XML-RPC',
    input: {
      operation: 'execute',
      protocol: 'xmlrpc',
      ...account,
      login: 'integration',
      model: 'sale.order',
      method: 'action_confirm',
      ids: [42],
    },
    output: { uid: 7, result: true },
  },
  {
    title: 'The record of an external id, and its rights, in one request',
    input: {
      operation: 'batch',
      ...account,
      login: 'integration',
      calls: [
        { operation: 'resolve_xml_ids', xml_ids: ['base.main_company'] },
        { operation: 'check_access', model: 'res.company', access: 'write', ids: [1] },
      ],
    },
    output: {
      uid: 7,
      result: [{ result: [{ xml_id: 'base.main_company', model: 'res.company', id: 1 }] }, { result: false }],
    },
  },
  {
    title: 'Print two orders as a PDF',
    input: {
      operation: 'report',
      ...account,
      login: 'integration',
      key: 'the-password-of-that-user',
      report: 'sale.report_saleorder',
      ids: [42, 43],
    },
    output: { result: { content_type: 'application/pdf', size: 9, base64: 'JVBERi0xLjQK' } },
  },
  {
    title: 'The version of a server',
    input: { operation: 'version', url: account.url },
    output: { result: { version: '18.0', series: '18.0', version_info: [18, 0, 0, 'final', 0, ''] } },
  },
];
