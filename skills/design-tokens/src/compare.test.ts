import { callSkill } from '@odoobo/skill-kit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { skill } from './skill.js';

async function compare(before: string, after: string) {
  const { output, error } = await callSkill(skill, { css: after, baseline: { css: before } });
  if (!output?.comparison) throw new Error(error?.message);
  return output.comparison;
}

const root = (declarations: string) => `:root { ${declarations} }`;

describe('a comparison', () => {
  it('lists what was added, removed, renamed and changed', async () => {
    const before = root(
      '--color-a: red; --color-b: lime; --color-gone: tan; --color-old: navy; --space-1: 4px',
    );
    const after = root('--color-a: red; --color-b: green; --color-new: navy; --space-1: 4px; --space-2: 8px');
    expect(await compare(before, after)).toEqual({
      added: ['spacing.2'],
      removed: ['color.gone'],
      renamed: [{ from: 'color.old', to: 'color.new' }],
      changed: [
        {
          token: 'color.b',
          from: expect.objectContaining({ hex: '#00ff00' }) as object,
          to: expect.objectContaining({ hex: '#008000' }) as object,
        },
      ],
      unchanged: 2,
    });
  });

  it('follows aliases: an alias of the same value is not a change, one of another value is', async () => {
    const before = root('--color-a: red; --color-b: #f00; --shadow-x: 0 0 1px red');
    const after = root('--color-a: #ff0000; --color-b: var(--color-a); --shadow-x: 0 0 1px var(--color-b)');
    expect(await compare(before, after)).toMatchObject({ changed: [], unchanged: 3 });
    const moved = root('--color-a: blue; --color-b: var(--color-a); --shadow-x: 0 0 1px var(--color-b)');
    expect((await compare(after, moved)).changed.map(({ token }) => token)).toEqual([
      'color.a',
      'color.b',
      'shadow.x',
    ]);
  });

  it('claims no renaming where several would fit', async () => {
    const { renamed, added, removed } = await compare(
      root('--color-a: red; --color-b: red'),
      root('--color-c: red; --color-d: red'),
    );
    expect([renamed, added.length, removed.length]).toEqual([[], 2, 2]);
  });

  it('accounts for every token once, and finds nothing in a sheet and itself', async () => {
    const sheet = fc
      .dictionary(
        fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        fc.constantFrom('red', 'lime', 'navy', 'var(--a)'),
      )
      .map((values) =>
        root(
          Object.entries(values)
            .map(([name, value]) => `--${name}: ${value};`)
            .join(' '),
        ),
      );
    const count = async (css: string) => (await callSkill(skill, { css })).output?.count;
    await fc.assert(
      fc.asyncProperty(sheet, sheet, async (before, after) => {
        const { added, removed, renamed, changed, unchanged } = await compare(before, after);
        const kept = renamed.length + changed.length + unchanged;
        expect(added.length + kept).toBe(await count(after));
        expect(removed.length + kept).toBe(await count(before));
        const same = await compare(after, after);
        expect([same.added, same.removed, same.renamed, same.changed]).toEqual([[], [], [], []]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('near-duplicates', () => {
  const pairs = async (declarations: string) => {
    const { output } = await callSkill(skill, { css: root(declarations) });
    return output?.near_duplicates.map(({ tokens, difference }) => [...tokens, difference]);
  };

  it('are colours that few can tell apart, the closest first', async () => {
    expect(await pairs('--a: #0b62d6; --b: #0b64d8; --c: #0b62d6; --d: #d60b62')).toEqual([
      ['color.a', 'color.c', 0],
      ['color.a', 'color.b', expect.closeTo(0.006, 2)],
      ['color.c', 'color.b', expect.closeTo(0.006, 2)],
    ]);
  });

  it('do not cross transparency', async () => {
    expect(await pairs('--a: #000; --b: rgb(0 0 0 / 50%)')).toEqual([]);
  });

  it('are lengths that differ by a pixel, in whatever unit, within one scale', async () => {
    expect(
      await pairs('--space-a: 1rem; --space-b: 15px; --space-c: 8px; --space-d: 7px; --radius-a: 16px'),
    ).toEqual([['spacing.b', 'spacing.a', 1]]);
  });

  it('are not aliases, whose values are meant to be the same', async () => {
    expect(await pairs('--a: red; --b: var(--a)')).toEqual([]);
  });

  it('are found among thousands', async () => {
    const many = Array.from({ length: 4_000 }, (_, i) => `--c${i}: rgb(${i % 256} ${i >> 8} 9);`).join('');
    expect(await pairs(many)).toHaveLength(100);
  });
});
