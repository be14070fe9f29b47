import fc from 'fast-check';
import { getEventListeners } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { errorBodySchema } from './error.js';
import { createSkillServer, defineSkill, type Skill, SkillError } from './index.js';

const manifest = { id: 'adder', version: '1.2.3', description: 'Adds <numbers>.', tools: ['add'] };

const adder = defineSkill({
  input: z.strictObject({ numbers: z.array(z.number()), label: z.string().default('sum') }),
  output: z.object({ text: z.string() }),
  examples: [{ title: 'One & two', input: { numbers: [1, 2] }, output: { text: 'sum: 3' } }],
  invoke: async ({ numbers, label }) => ({ text: `${label}: ${numbers.reduce((sum, n) => sum + n, 0)}` }),
});

/** A skill that accepts any input and does what the test sets. */
function doing(invoke: Skill['invoke'], limits: Partial<Skill> = {}): Skill {
  return defineSkill({ input: z.unknown(), output: z.unknown(), examples: [], invoke, ...limits });
}

function serverOf(skill: Skill, env: NodeJS.ProcessEnv = {}) {
  const lines: string[] = [];
  const logStream = { write: (line: string) => lines.push(line) };
  const server = createSkillServer(manifest, skill, { env: { LOG_LEVEL: 'debug', ...env }, logStream });
  const invoke = async (payload: string | object) => {
    const headers = { 'content-type': 'application/json' };
    const response = await server.inject({ method: 'POST', url: '/invoke', payload, headers });
    return { status: response.statusCode, body: response.json() };
  };
  return { server, invoke, log: () => lines.join('') };
}

it('leaves no listener on the signal of a call, which would keep its output in memory', async () => {
  let signal: AbortSignal | undefined;
  const { invoke } = serverOf(
    doing(async (_input, context) => {
      signal = context.signal;
      return 'done';
    }),
  );
  expect((await invoke({ input: 1 })).status).toBe(200);
  expect(signal && getEventListeners(signal, 'abort')).toEqual([]);
});

it('starts without compilers of schemas, which it does not use', async () => {
  const { invoke, server } = serverOf(adder);
  expect((await invoke({ input: { numbers: [1, 2] } })).status).toBe(200);
  expect((await server.inject('/openapi.json')).statusCode).toBe(200);
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  expect(loaded.some((file) => file.includes('/fastify/'))).toBe(true);
  expect(loaded.filter((file) => /\/@fastify\/[\w-]*-compiler\//.test(file))).toEqual([]);
});

describe('GET /health', () => {
  it('says what is running', async () => {
    const { server } = serverOf(adder, { SKILL_DIGEST: 'sha256:abc' });
    const response = await server.inject('/health');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      status: 'healthy',
      skill: 'adder',
      version: '1.2.3',
      digest: 'sha256:abc',
      uptime_seconds: expect.any(Number),
    });
  });

  it('leaves the digest out when the artefact has none', async () => {
    const response = await serverOf(adder).server.inject('/health');
    expect(response.json()).not.toHaveProperty('digest');
  });

  it('answers HEAD without a body, as does every path of GET', async () => {
    for (const url of ['/health', '/docs', '/openapi.json']) {
      const response = await serverOf(adder).server.inject({ method: 'HEAD', url });
      expect([response.statusCode, response.body]).toEqual([200, '']);
    }
  });

  it('writes no log line, since probes come every other second', async () => {
    const { server, log } = serverOf(adder);
    await server.inject('/health');
    expect(log()).toBe('');
  });
});

describe('POST /invoke', () => {
  it('answers with the output and where it comes from', async () => {
    const { status, body } = await serverOf(adder).invoke({ input: { numbers: [1, 2] } });
    expect(status).toBe(200);
    expect(body).toEqual({
      output: { text: 'sum: 3' },
      metadata: {
        skill: 'adder',
        version: '1.2.3',
        request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        duration_ms: expect.any(Number),
      },
    });
  });

  it('hands the context along, and an empty one when there is none', async () => {
    const { invoke } = serverOf(doing(async (_input, { context }) => context));
    expect((await invoke({ input: 0, context: { user: 'ada' } })).body.output).toEqual({ user: 'ada' });
    expect((await invoke({ input: 0 })).body.output).toEqual({});
  });

  it('names every error of the input with its path', async () => {
    const { status, body } = await serverOf(adder).invoke({
      input: { numbers: [1, 'x', null], more: 1 },
      extra: 1,
    });
    expect(status).toBe(400);
    expect(body.error.code).toBe('invalid_input');
    expect(body.error.details.map(({ path }: { path: string }) => path)).toEqual([
      'input/numbers/1',
      'input/numbers/2',
      'input',
      '',
    ]);
  });

  it('says how many errors there are beyond the first hundred', async () => {
    const { body } = await serverOf(adder).invoke({ input: { numbers: Array(150).fill('x') } });
    expect(body.error.details).toHaveLength(101);
    expect(body.error.details.at(-1).message).toBe('and 50 more errors');
  });

  it('passes on what the skill says of an error', async () => {
    const { invoke, log } = serverOf(
      doing(async () => {
        throw new SkillError(422, 'too_odd', 'Numbers must be even.', {
          details: [{ path: 'input', message: 'odd' }],
        });
      }),
    );
    const { status, body } = await invoke({ input: 1 });
    expect(status).toBe(422);
    expect(body.error).toMatchObject({
      code: 'too_odd',
      message: 'Numbers must be even.',
      details: [{ message: 'odd' }],
    });
    expect(log()).not.toContain('"level":"error"');
  });

  it.each([
    ['an error', new Error('password=hunter2')],
    [
      "another library's error with a status",
      Object.assign(new Error('password=hunter2'), { statusCode: 400 }),
    ],
    ['no error at all', 'password=hunter2'],
  ])('keeps %s of the skill to its log', async (_name, thrown) => {
    const { invoke, log } = serverOf(
      doing(async () => {
        throw thrown;
      }),
    );
    const { status, body } = await invoke({ input: 1 });
    expect([status, body.error.code]).toEqual([500, 'internal_error']);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(log()).toContain('hunter2');
    expect(log()).toContain(body.error.request_id);
  });

  it.each([undefined, null])('answers when a skill throws %j, too', async (thrown) => {
    const { status, body } = await serverOf(doing(() => Promise.reject(thrown as unknown as Error))).invoke({
      input: 1,
    });
    expect([status, body.error?.code]).toEqual([500, 'internal_error']);
  });

  it('refuses to send an output that breaks its schema, and logs where', async () => {
    const { invoke, log } = serverOf({ ...adder, invoke: async () => ({ text: 42 as unknown as string }) });
    const { status, body } = await invoke({ input: { numbers: [] } });
    expect([status, body.error.code]).toEqual([500, 'invalid_output']);
    expect(log()).toContain('"path":"text"');
  });

  it('gives up after its time with 503 and aborts the signal', async () => {
    let aborted: unknown;
    const skill = doing(
      (_input, { signal }) =>
        new Promise(() => signal.addEventListener('abort', () => (aborted = signal.reason))),
      { timeoutMs: 20 },
    );
    const { status, body } = await serverOf(skill).invoke({ input: 1 });
    expect([status, body.error.code]).toEqual([503, 'timeout']);
    expect(aborted).toMatchObject({ code: 'timeout' });
  });

  it('has an aborted signal for a skill that looks at it only after that', async () => {
    let late: (() => boolean) | undefined;
    const skill = doing(
      (_input, call) => {
        late = () => call.signal.aborted;
        return new Promise(() => undefined);
      },
      { timeoutMs: 20 },
    );
    await serverOf(skill).invoke({ input: 1 });
    expect(late?.()).toBe(true);
  });

  it('does not abort the signal of a call that succeeds', async () => {
    let signal: AbortSignal | undefined;
    const { invoke } = serverOf(
      doing(async (_input, context) => {
        signal = context.signal;
        await sleep(1);
        return context.signal.aborted;
      }),
    );
    expect((await invoke({ input: 1 })).body.output).toBe(false);
    expect(signal).toBeDefined();
  });

  it('has the signal in a copy of the context, too', async () => {
    const { invoke } = serverOf(
      doing(async (_input, context) => {
        const copy = { ...context };
        return copy.signal === context.signal && Object.keys(copy).sort();
      }),
    );
    expect((await invoke({ input: 1 })).body.output).toEqual([
      'afterResponse',
      'context',
      'log',
      'requestId',
      'signal',
    ]);
  });
});

describe('requests that are refused', () => {
  const { server, invoke } = serverOf(adder);

  it('distinguishes an unknown path from a wrong method', async () => {
    const missing = await server.inject('/nothing?token=secret');
    expect([missing.statusCode, missing.json().error.code]).toEqual([404, 'not_found']);
    expect(missing.body).toContain('/invoke');
    expect(missing.body).not.toContain('secret');
    const wrong = await server.inject('/invoke');
    expect([wrong.statusCode, wrong.headers.allow]).toEqual([405, 'POST']);
    const deleted = await server.inject({ method: 'DELETE', url: '/docs' });
    expect([deleted.statusCode, deleted.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  it.each([
    ['no JSON', '{"input": ', 'malformed_json'],
    ['an empty body', '', 'malformed_json'],
    ['a __proto__ key', '{"input": {"a": {"__proto__": {"admin": true}}}}', 'forbidden_key'],
    ['deep nesting', `{"input": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'nested_too_deep'],
    ['no object', 'null', 'invalid_input'],
  ])('answers %s with 400', async (_name, payload, code) => {
    const { status, body } = await invoke(payload);
    expect([status, body.error.code]).toEqual([400, code]);
  });

  it('answers a body above the limit of the skill with 413', async () => {
    const { status, body } = await serverOf({ ...adder, bodyLimit: 100 }).invoke({ input: 'x'.repeat(200) });
    expect([status, body.error.code]).toEqual([413, 'payload_too_large']);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'answers %s with 415',
    async (type) => {
      const headers = { 'content-type': type };
      const response = await server.inject({ method: 'POST', url: '/invoke', payload: 'input=1', headers });
      expect([response.statusCode, response.json().error.code]).toEqual([415, 'unsupported_media_type']);
    },
  );

  it('answers whatever JSON it is sent in one of two shapes, and lives on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (input) => {
        const { status, body } = await invoke({ input });
        if (status === 200) expect(body.output.text).toMatch(/^.*: /s);
        else expect([status, errorBodySchema.safeParse(body).success]).toEqual([400, true]);
      }),
      { numRuns: 200 },
    );
    expect((await server.inject('/health')).statusCode).toBe(200);
  });
});

describe('request ids', () => {
  it('takes over a sane one and makes one else', async () => {
    const { server } = serverOf(adder);
    const idFor = async (given: string) => {
      const response = await server.inject({ url: '/nothing', headers: { 'x-request-id': given } });
      expect(response.json().error.request_id).toBe(response.headers['x-request-id']);
      return response.headers['x-request-id'];
    };
    expect(await idFor('0af7651916cd43dd-b7ad6b7169203331')).toBe('0af7651916cd43dd-b7ad6b7169203331');
    for (const bad of ['with space', 'x'.repeat(200), '"},{"', ''])
      expect(await idFor(bad)).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('logs', () => {
  it('has a line a request, with neither body, header nor query', async () => {
    const { server, log } = serverOf(adder);
    await server.inject({
      method: 'POST',
      url: '/invoke?key=hidden-1',
      payload: { input: { numbers: [1], label: 'hidden-2' } },
      headers: { authorization: 'Bearer hidden-3' },
    });
    expect(JSON.parse(log())).toMatchObject({
      level: 'info',
      skill: 'adder',
      method: 'POST',
      path: '/invoke',
      status: 200,
      duration_ms: expect.any(Number),
    });
    expect(log()).not.toContain('hidden');
  });

  it('refuses a level that does not exist, and says which do', () => {
    expect(() => serverOf(adder, { LOG_LEVEL: 'loud' })).toThrow(/LOG_LEVEL is "loud".*debug/);
  });
});
