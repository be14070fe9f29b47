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
];
