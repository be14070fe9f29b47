import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createSkillServer, defineSkill } from './index.js';
import { contractProblems } from './testing.js';

const manifest = { id: 'trees', version: '0.1.0', description: 'Counts the leaves of a tree.' };

const treeSchema = z.strictObject({
  name: z.string(),
  get children(): z.ZodOptional<z.ZodArray<typeof treeSchema>> {
    return z.array(treeSchema).optional();
  },
});

const skill = defineSkill({
  input: treeSchema,
  output: z.object({ leaves: z.int() }),
  examples: [
    { title: 'One leaf', input: { name: 'root', children: [{ name: 'leaf' }] }, output: { leaves: 1 } },
    { title: 'A stump', input: { name: 'root' }, output: { leaves: 0 } },
  ],
  invoke: async ({ children }) => ({ leaves: children?.length ?? 0 }),
});

async function documentOf() {
  return (
    await createSkillServer(manifest, skill, { env: { LOG_LEVEL: 'silent' } }).inject('/openapi.json')
  ).json();
}

describe('GET /openapi.json', () => {
  it('is a valid OpenAPI 3.1 document, also for a recursive input', async () => {
    expect(await contractProblems(manifest, skill)).toEqual([]);
  });

  it('describes requests as the server checks them', async () => {
    const document = await documentOf();
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema(document, 'document');
    const accepts = ajv.compile({ $ref: 'document#/components/schemas/InvokeRequest' });
    expect(accepts({ input: { name: 'a', children: [{ name: 'b' }] } })).toBe(true);
    expect(accepts({ input: { name: 'a', children: [{ name: 1 }] } })).toBe(false);
    expect(accepts({ input: { name: 'a', colour: 'green' } })).toBe(false);
  });

  it('shows every example and the one shape of errors', async () => {
    const { paths, info } = await documentOf();
    expect(info).toEqual({ title: 'trees', version: '0.1.0', description: 'Counts the leaves of a tree.' });
    const { requestBody, responses } = paths['/invoke'].post;
    expect(requestBody.content['application/json'].examples).toEqual({
      'one-leaf': { summary: 'One leaf', value: { input: { name: 'root', children: [{ name: 'leaf' }] } } },
      'a-stump': { summary: 'A stump', value: { input: { name: 'root' } } },
    });
    expect(Object.keys(responses)).toEqual(['200', '400', '408', '413', '415', '500', '503', 'default']);
    expect(responses['400'].content['application/json'].schema.$ref).toBe('#/components/schemas/Error');
  });
});

describe('contractProblems', () => {
  it('finds an example that breaks the schema', async () => {
    const examples = [{ title: 'Wrong', input: { name: 'a' }, output: { leaves: 1.5 } }];
    expect(await contractProblems(manifest, { ...skill, examples })).toEqual([
      expect.stringContaining('example "Wrong": output/leaves'),
    ]);
  });
});
