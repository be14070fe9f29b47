import { expect, it } from 'vitest';
import { PlainBlock, TerminalBlock } from './live-block.js';

/** What a terminal shows after some output: understands newline, cursor up and clear to the end. */
function screen(output: string): string[] {
  const lines = [''];
  for (const part of output.split(/(\n|\u001b\[\d+A|\u001b\[J)/)) {
    const up = /^\u001b\[(\d+)A$/.exec(part);
    if (part === '\n') lines.push('');
    else if (up) lines.splice(lines.length - 1 - Number(up[1]), Infinity, '');
    else if (part !== '\u001b[J') lines.push((lines.pop() ?? '') + part);
  }
  return lines.filter((line) => line !== '');
}

it('keeps printed lines above a block that is drawn over', () => {
  let output = '';
  const block = new TerminalBlock((text) => (output += text), 20);
  block.draw(['one: building', 'two: building']);
  block.print(['one is live']);
  block.draw(['two: deploying with a very long description']);
  block.print(['still there']);
  expect(screen(output)).toEqual(['one is live', 'still there', 'two: deploying with ']);
  block.clear();
  expect(screen(output)).toEqual(['one is live', 'still there']);
});

it('says what a long wait is for where nothing can be drawn over', () => {
  let output = '';
  let now = 0;
  const block = new PlainBlock(
    (text) => (output += text),
    () => now,
  );
  block.print(['started']);
  block.draw(['a: building']);
  now = 16_000;
  block.draw(['a: deploying']);
  block.draw(['a: deploying 5/6']);
  expect(output).toBe('started\na: deploying\n');
});
