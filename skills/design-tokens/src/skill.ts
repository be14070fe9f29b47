import { defineSkill } from '@odoobo/skill-kit';
import { parseStyleSheet } from './css.js';
import { toDtcg } from './dtcg.js';
import { extractTokens, type Extraction } from './extract.js';
import { inputSchema, outputSchema, type Input, type Output } from './schema.js';
import { toCss, toScss } from './stylesheet.js';

export const skill = defineSkill({
  input: inputSchema,
  output: outputSchema,
  bodyLimit: 4 * 1024 * 1024,
  examples: [
    {
      title: 'A brand colour and its alias, as SCSS',
      input: { css: ':root { --color-brand: #0b62d6; --link: var(--color-brand) }', format: 'scss' },
      output: {
        tokens: {
          color: {
            brand: {
              $type: 'color',
              $value: { colorSpace: 'srgb', components: [0.0431, 0.3843, 0.8392], hex: '#0b62d6' },
            },
            link: { $type: 'color', $value: '{color.brand}' },
          },
        },
        content: '$color-brand: #0b62d6;\n$color-link: $color-brand;\n',
        count: 2,
        skipped: [],
        warnings: [],
      },
    },
  ],
  invoke: async ({ css, format }) => {
    const sheet = parseStyleSheet(css);
    const extraction = extractTokens(sheet);
    const { tokens, named, skipped } = extraction;
    const dtcg = toDtcg(tokens, named);
    return {
      tokens: dtcg,
      content: write(format, extraction, dtcg),
      count: tokens.length,
      skipped,
      warnings: sheet.warnings,
    };
  },
});

function write(format: Input['format'], { tokens, named }: Extraction, dtcg: Output['tokens']): string {
  if (format === 'css') return toCss(tokens, named);
  if (format === 'scss') return toScss(tokens, named);
  return `${JSON.stringify(dtcg, null, 2)}\n`;
}
