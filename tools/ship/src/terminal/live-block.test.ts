import fc from 'fast-check';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { HeadlessTerminal } from '../test-support/headless-terminal.js';
import { PlainBlock, TerminalBlock } from './live-block.js';

let block: TerminalBlock | undefined;
afterEach(() => block?.close());

/** Draws at once: printing nothing does not wait for the next frame. */
function drawn(on: TerminalBlock, lines: readonly string[]): void {
  on.draw(() => lines);
  on.print([]);
}

it('keeps printed lines above the redrawn block, and removes the block at the end', async () => {
  const terminal = new HeadlessTerminal({ columns: 20, rows: 10 });
  block = new TerminalBlock(terminal);
  drawn(block, ['one: building', 'two: building']);
  block.print(['one is live']);
  drawn(block, ['two: deploying with a very long description']);
  expect(await terminal.shown()).toEqual(['one is live', 'two: deploying wit…']);
  block.close();
  expect(await terminal.shown()).toEqual(['one is live']);
});

it('draws at most two rows less than the terminal has, and passes that number to the drawing', async () => {
  const terminal = new HeadlessTerminal({ columns: 20, rows: 6 });
  block = new TerminalBlock(terminal);
  block.draw(({ rows }) => Array.from({ length: 9 }, (_, index) => `${index} of ${rows}`));
  block.print(['printed']);
  expect(await terminal.shown()).toEqual(['printed', '0 of 4', '1 of 4', '2 of 4', '3 of 4']);
});

it('wraps long permanent lines between words', async () => {
  const terminal = new HeadlessTerminal({ columns: 30, rows: 6 });
  block = new TerminalBlock(terminal);
  block.print(['  ! it is held: roll forward by npx nx deploy a']);
  expect(await terminal.shown()).toEqual(['  ! it is held: roll forward', '    by npx nx deploy a']);
});

it('leaves the output of other processes in place', async () => {
  const terminal = new HeadlessTerminal({ columns: 30, rows: 10 });
  block = new TerminalBlock(terminal);
  drawn(block, ['  a  deploying', '  b  deploying']);
  terminal.write('> nx run c:lint passed\n\n');
  drawn(block, ['  a  deploying']);
  block.close();
  expect((await terminal.shown())[0]).toBe('> nx run c:lint passed');
});

const size = fc.record({ columns: fc.integer({ min: 20, max: 120 }), rows: fc.integer({ min: 5, max: 45 }) });
const text = fc.string({ unit: fc.constantFrom('a', 'b', '9', '-', '日', '✔'), minLength: 1, maxLength: 15 });
const step = fc.oneof(
  fc.record({ print: fc.array(text, { maxLength: 5 }) }),
  fc.record({
    draw: fc.array(fc.string({ unit: fc.constantFrom('x', '語', '•'), minLength: 1, maxLength: 150 }), {
      maxLength: 50,
    }),
  }),
  fc.record({ resize: size }),
);

it('shows printed lines once, and the block below them, during any resize', async () => {
  await fc.assert(
    fc.asyncProperty(size, fc.array(step, { maxLength: 25 }), async (first, steps) => {
      const terminal = new HeadlessTerminal(first);
      const tested = new TerminalBlock(terminal, false, 0);
      const printed: string[] = [];
      for (const one of steps) {
        if ('print' in one) {
          printed.push(...one.print);
          tested.print(one.print);
        }
        if ('draw' in one) drawn(tested, one.draw);
        if ('resize' in one) {
          await terminal.resize(one.resize);
          await delay(2);
        }
        const shown = await terminal.shown();
        expect(shown.slice(0, printed.length)).toEqual(printed);
        expect(shown.length - printed.length).toBeLessThanOrEqual(terminal.size().rows - 2);
        expect(shown.slice(printed.length).join('')).toMatch(/^[x語•…]*$/);
      }
      tested.close();
      expect(await terminal.shown()).toEqual(printed);
    }),
    { numRuns: 60 },
  );
});

it('says what a long wait is for if nothing can be redrawn', () => {
  let output = '';
  let now = 0;
  const plain = new PlainBlock(
    (text) => (output += text),
    () => now,
  );
  plain.print(['started']);
  plain.draw(() => ['a: building']);
  now = 16_000;
  plain.draw(() => ['a: deploying']);
  plain.draw(() => ['a: deploying 5/6']);
  expect(output).toBe('started\na: deploying\n');
});
