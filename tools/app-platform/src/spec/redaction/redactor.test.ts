import fc from 'fast-check';
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { clothes } from './clothes.test.helper.js';
import { redactor } from './redactor.js';

const piece = 8;
/** How many characters at either end of a secret may remain: a quote, and what shares a digit with a neighbour. */
const edge = 4;

/** A text encoded in the first form, the result in the next one, and so on. */
function dressed(text: string, forms: readonly string[]): string {
  return forms.reduce((worn, form) => clothes[form]?.(worn) ?? worn, text);
}

/** All traces of a part of a text in its encoded form, for different neighbours. */
function traces(text: string, forms: readonly string[]): string[] {
  const alike = 'Z'.repeat(text.length);
  return [0, 1, 2, 3, 4, 5, 6, 7, 8].map((length) => {
    const [before, after] = ['.'.repeat(length), '.'.repeat(8)];
    return difference(dressed(before + text + after, forms), dressed(before + alike + after, forms));
  });
}

/** The middle of a text in which it differs from another one. */
function difference(text: string, other: string): string {
  let start = 0;
  while (start < text.length && text[start] === other[start]) start += 1;
  let end = 0;
  while (end < text.length - start && text.at(-1 - end) === other.at(-1 - end)) end += 1;
  return text.slice(start, text.length - end);
}

async function collect(chunks: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

async function* inChunks(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

const token = fc.stringMatching(/^[A-Za-z0-9]{6,12}$/);
const character = fc.constantFrom(...'"\'\\%+/&;:=@$`{}[]<>#?!~^| \n0nux-_éß€😀');
const someOf = (maxLength: number) => fc.array(character, { maxLength }).map((all) => all.join(''));
/** Contains, anywhere, characters that the forms treat specially. */
const secret = fc
  .tuple(someOf(3), token, someOf(4), token, someOf(3))
  .map((parts) => parts.join(''))
  .filter((text) => !text.includes('Z'));
const forms = fc.array(fc.constantFrom(...Object.keys(clothes)), { minLength: 1, maxLength: 3 });
const oneForm = fc.constantFrom(...Object.keys(clothes)).map((form) => [form]);
const around = fc.oneof(fc.string({ maxLength: 20 }), someOf(6));

describe('a secret', () => {
  it('survives in no form, nor in a form of a form', () => {
    fc.assert(
      fc.property(secret, forms, around, around, (hidden, worn, before, after) => {
        const shown = redactor([hidden])(dressed(before + hidden + after, worn));
        const characters = [...hidden];
        for (let at = edge; at + piece <= characters.length - edge; at += 1) {
          const part = characters.slice(at, at + piece).join('');
          if ((before + after).includes(part)) continue;
          for (const trace of traces(part, worn))
            if (trace.length >= piece) expect(shown).not.toContain(trace);
        }
      }),
      { numRuns: 400 },
    );
  });

  it.each(Object.keys(clothes))('is hidden in %s', (form) => {
    const hidden = `Pass"w'o\\rd%&<+é`;
    const shown = redactor([hidden])(dressed(`before ${hidden} after`, [form]));
    expect(shown).toContain('[REDACTED]');
    expect(shown).not.toContain(dressed(hidden, [form]));
  });

  it('is hidden where a program colours a part of it', () => {
    expect(redactor(['hunter2000'])('a \u001b[31mhunt\u001b[0mer2000')).not.toContain('er2000');
  });

  it('is hidden where Node shows the first bytes of a Buffer only', () => {
    const hidden = 'correct-horse-battery-staple-and-so-on-and-so-on-until-it-is-long';
    expect(redactor([hidden])(inspect(Buffer.from(hidden)))).toMatch(
      /^<Buffer \[REDACTED\] \.\.\. \d+ more bytes>$/,
    );
  });

  it('is hidden in a login of a registry, in a secret of Kubernetes', () => {
    const auth = Buffer.from('user:hunter2000').toString('base64');
    const config = JSON.stringify({ auths: { 'ghcr.io': { auth } } });
    const shown = redactor(['hunter2000'])(Buffer.from(config).toString('base64'));
    expect(Buffer.from(shown.replace('[REDACTED]', ''), 'base64').toString()).not.toContain(
      auth.slice(8, -4),
    );
  });

  it('is in no text, however many there are side by side', () => {
    const hidden = fc.array(fc.string({ minLength: 3 }), { minLength: 1 });
    fc.assert(
      fc.property(hidden, fc.array(fc.string()), (all, between) => {
        const text = all.map((one, index) => `${between[index] ?? ' '}${one}`).join('');
        const shown = redactor(all)(text).replaceAll('[REDACTED]', '\n');
        for (const one of all) expect(shown).not.toContain(one);
      }),
    );
  });

  it('is hidden though another one begins alike', () => {
    expect(redactor(['abc', 'abcdef'])('abcdef abc')).toBe('[REDACTED] [REDACTED]');
  });

  it('is hidden as it is however short, and then only so', () => {
    expect(redactor(['abc'])('abc YWJj')).toBe('[REDACTED] YWJj');
  });
});

describe('what is a secret of a secret', () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const account = { type: 'service_account', private_key: privateKey, note: 'say "hi" \\ bye' };
  const lines = privateKey.split('\n').slice(1, -2);

  it.each([
    ['JSON in one line', JSON.stringify(account)],
    ['JSON in many lines', JSON.stringify(account, null, 2)],
    ['base64 of JSON', Buffer.from(JSON.stringify(account)).toString('base64')],
  ])('is hidden of a service account: %s', (_, value) => {
    const redact = redactor([value]);
    const printed = [
      value,
      inspect({ value }),
      JSON.stringify({ nested: JSON.stringify({ value }) }),
      inspect(account),
      JSON.stringify(account),
      privateKey,
      `first half: ${privateKey.slice(0, privateKey.indexOf('\n', 800) + 1)}`,
    ];
    for (const text of printed) for (const line of lines) expect(redact(text)).not.toContain(line);
  });

  it.each([
    ['postgres://app:p@ss-w0rd%21@db.test:5432/shop?x=1', ['p@ss-w0rd%21', 'p@ss-w0rd!']],
    ['https://ghp_0123456789@github.test/acme/shop', ['ghp_0123456789']],
    ['amqp://app:sl/ash-pw@mq.test', ['sl/ash-pw']],
    ['https://hooks.test/T0?token=s3cr3t-t0ken&x=1', ['s3cr3t-t0ken']],
    ['Server=db.test;User Id=sa;Password=s3cr3t-pw;', ['s3cr3t-pw']],
    ['{"user":"app","password":"s3cr3t-\\"pw"}', ['s3cr3t-"pw']],
    ['user:ghp_0123456789', ['ghp_0123456789']],
    ['Bearer abc.def-0123', ['abc.def-0123']],
    ['one-password\nother-password', ['one-password', 'other-password']],
  ])('is hidden of %j', (value, parts) => {
    for (const part of parts) expect(redactor([value])(`it is ${part} here`)).toBe('it is [REDACTED] here');
  });

  it('is not its host, its user, or a line without information', () => {
    const redact = redactor(['postgres://postgres:s3cr3t-pw@db.test:5432/shop', '{\n  "a": 1\n}\n-----']);
    const text = 'postgres connects to db.test:5432/shop\n{\n}\n-----';
    expect(redact(text)).toBe(text);
  });
});

describe('all else', () => {
  it('stays as it is', () => {
    const hidden = ['S3cr"et\\pa%ss+wörd', 'postgres://app:p4ss-w0rd@db.test/shop', 'k'.repeat(40)];
    const redact = redactor(hidden);
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      around.chain((one) => forms.map((worn) => dressed(one, worn))),
    );
    fc.assert(fc.property(text, (one) => void expect(redact(one)).toBe(one)));
  });

  it('keeps its lines', () => {
    expect(redactor(['one-1\ntwo-2\nthree'])('a one-1\ntwo-2\nthree b\n')).toBe(
      'a [REDACTED]\n[REDACTED]\n[REDACTED] b\n',
    );
  });

  it('stays as it is without secrets', () => {
    expect(redactor(['', ''])('as it is')).toBe('as it is');
  });
});

describe('a text that comes in chunks', () => {
  it('is hidden as it would be as a whole, wherever a chunk ends', async () => {
    const sizes = fc.integer({ min: 1, max: 40 });
    await fc.assert(
      fc.asyncProperty(secret, oneForm, around, sizes, async (hidden, worn, other, size) => {
        const text = `${other}\n${dressed(other + hidden, worn)}\n${other}\n`;
        const redact = redactor([hidden]);
        expect((await collect(redact.stream(inChunks(text, size)))).join('')).toBe(redact(text));
      }),
      { numRuns: 200 },
    );
  });

  it('holds back no line in which no secret may have begun', async () => {
    const shown: string[] = [];
    async function* lines(): AsyncGenerator<string> {
      yield 'an ordinary line\n';
      shown.push('asked for more');
      yield 'first of key\n';
      shown.push('asked for more');
      yield 'rest-of-key\n';
    }
    for await (const text of redactor(['first of key\nrest-of-key']).stream(lines())) shown.push(text);
    expect(shown).toEqual([
      'an ordinary line\n',
      'asked for more',
      'asked for more',
      '[REDACTED]\n[REDACTED]\n',
    ]);
  });

  it('is passed on though it never ends a line, and a secret in it is hidden', async () => {
    const text = `${'x'.repeat(99_990)} hunter2000 ${'y'.repeat(200_000)}`;
    const shown = await collect(redactor(['hunter2000']).stream(inChunks(text, 1000)));
    expect(shown.length).toBeGreaterThan(2);
    expect(shown.join('')).toBe(text.replace('hunter2000', '[REDACTED]'));
  });
});
