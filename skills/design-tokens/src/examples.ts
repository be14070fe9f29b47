import type { SkillExample } from '@odoobo/skill-kit';
import type * as z from 'zod';
import type { inputSchema, outputSchema } from './schema.js';

const brand = { colorSpace: 'srgb', components: [0.0431, 0.3843, 0.8392], hex: '#0b62d6' };
const darker = { colorSpace: 'srgb', components: [0.0431, 0.3059, 0.6706], hex: '#0b4eab' };

export const examples: SkillExample<z.input<typeof inputSchema>, z.input<typeof outputSchema>>[] = [
  {
    title: 'A brand colour and its alias, as SCSS',
    input: { css: ':root { --color-brand: #0b62d6; --link: var(--color-brand) }', format: 'scss' },
    output: {
      tokens: {
        color: {
          brand: { $type: 'color', $value: brand },
          link: { $type: 'color', $value: '{color.brand}' },
        },
      },
      content: '$color-brand: #0b62d6;\n$color-link: $color-brand;\n',
      count: 2,
      near_duplicates: [],
      properties: { '--color-brand': 'color.brand', '--link': 'color.link' },
      skipped: [],
      warnings: [],
    },
  },
  {
    title: 'A Tailwind theme against the style sheet that it replaces, as CSS',
    input: {
      tailwind: { colors: { brand: '#0b4eab' }, spacing: { 4: '1rem', gutter: '15px' } },
      baseline: { css: ':root { --color-brand: #0b62d6; --spacing-4: 1rem }' },
      format: 'css',
    },
    output: {
      tokens: {
        color: { brand: { $type: 'color', $value: darker } },
        spacing: {
          4: { $type: 'dimension', $value: { value: 1, unit: 'rem' } },
          gutter: { $type: 'dimension', $value: { value: 15, unit: 'px' } },
        },
      },
      content: ':root {\n  --color-brand: #0b4eab;\n  --spacing-4: 1rem;\n  --spacing-gutter: 15px;\n}\n',
      count: 3,
      near_duplicates: [{ tokens: ['spacing.gutter', 'spacing.4'], difference: 1 }],
      comparison: {
        added: ['spacing.gutter'],
        removed: [],
        renamed: [],
        changed: [{ token: 'color.brand', from: brand, to: darker }],
        unchanged: 1,
      },
      properties: {
        '--color-brand': 'color.brand',
        '--spacing-4': 'spacing.4',
        '--spacing-gutter': 'spacing.gutter',
      },
      skipped: [],
      warnings: [],
    },
  },
];
