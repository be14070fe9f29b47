import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createSkillServer, defineSkill } from './index.js';

const skill = defineSkill({
  input: z.strictObject({
    text: z.string().meta({ description: 'What to <b>shout</b>' }),
    times: z.int().default(1),
  }),
  output: z.object({ text: z.string() }),
  examples: [
    { title: "It's loud", input: { text: "it's </pre><script>alert(1)</script>" }, output: { text: 'IT' } },
  ],
  invoke: async ({ text }) => ({ text: text.toUpperCase() }),
});
const manifest = { id: 'shout', version: '2.0.0', description: 'Shouts & <yells>.', tools: ['shout'] };
const server = createSkillServer(manifest, skill, { env: { LOG_LEVEL: 'silent' } });

describe('GET /docs', () => {
  it('is a page of HTML that loads nothing and runs nothing', async () => {
    const { headers, body } = await server.inject('/docs');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(body).not.toMatch(/<(?:script|link|img|iframe)\b|@import|url\(/);
    expect(body).toContain('Shouts &amp; &lt;yells&gt;.');
  });

  it('shows the fields with their descriptions, optional ones marked', async () => {
    const { body } = await server.inject('/docs');
    expect(body).toContain('<code>text</code></th><td>string</td><td>What to &lt;b&gt;shout&lt;/b&gt;</td>');
    expect(body).toContain('<code>times?</code>');
  });

  it('has a curl line for the address that the reader used, safe to paste into a shell', async () => {
    const headers = { host: 'shout.example.com', 'x-forwarded-proto': 'https' };
    const { body } = await server.inject({ url: '/docs', headers });
    expect(body).toContain('curl -s https://shout.example.com/invoke');
    expect(body).toContain('it&#39;\\&#39;&#39;s');
  });
});
