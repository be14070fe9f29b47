import fc from 'fast-check';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { expect, it } from 'vitest';
import { readMessages, writeMessage } from './lines.js';

async function written(messages: readonly object[]): Promise<Buffer> {
  const stream = new PassThrough({ highWaterMark: 1e6 });
  for (const message of messages) writeMessage(stream, message);
  return buffer(stream.end());
}

it('delivers whole messages, however they are split in transit', async () => {
  const text = fc.string({ unit: 'binary' });
  const cases = fc.asyncProperty(
    fc.array(fc.dictionary(text, text)),
    fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
    async (messages, lengths) => {
      const bytes = await written(messages);
      const stream = new PassThrough();
      const read: object[] = [];
      readMessages<object>(stream, (message) => void read.push(message));
      for (let at = 0, cut = 0; at < bytes.length; cut++) {
        const length = lengths[cut % lengths.length] ?? 1;
        stream.write(bytes.subarray(at, (at += length)));
      }
      await finished(stream.end());
      expect(read).toEqual(messages);
    },
  );
  await fc.assert(cases);
});

it.each(['no JSON', 'null', '1', '"text"'])('disconnects a client that sends %s', async (line) => {
  const stream = new PassThrough();
  const read: object[] = [];
  readMessages<object>(stream, (message) => void read.push(message));
  stream.write(`{"id":1}\n${line}\n{"id":2}\n`);
  await expect(finished(stream)).rejects.toThrow(/JSON|Not a message/);
  expect(read).toEqual([{ id: 1 }]);
});
