import type { SkillExample } from '@odoobo/skill-kit';
import type * as z from 'zod';
import type { inputSchema, outputSchema } from './schema.js';

const plainWhite =
  'iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAYAAACp8Z5+AAAAGUlEQVR4AWP8DwQMSICJAQ0wMaABJgY0AAAGXQQEOHaWpAAAAABJRU5ErkJggg==';
const blackCorner =
  'iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAYAAACp8Z5+AAAAIElEQVR4AV3BQQ4AAATAsBH///JwE20AMlRW8pTKlTwNTlkHA/JmaVYAAAAASUVORK5CYII=';
const difference =
  'iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAYAAACp8Z5+AAAAIElEQVR4AV3BwQkAAAjEsCruv3LFn1xSghzlNGFQviYsNXIGBEa0YnAAAAAASUVORK5CYII=';

const desktop = { name: 'desktop', width: 1280, height: 800, mobile: false };
const screenshot = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

export const examples: SkillExample<z.input<typeof inputSchema>, z.input<typeof outputSchema>>[] = [
  {
    title: 'A white square of 4 x 4 whose corner turned black',
    input: { operation: 'compare', before: plainWhite, after: blackCorner },
    output: {
      operation: 'compare',
      pass: false,
      width: 4,
      height: 4,
      changed_pixels: 4,
      changed_ratio: 0.25,
      ssim: 0.004586,
      boxes: [{ x: 0, y: 0, width: 2, height: 2 }],
      regions: [{ kind: 'added', x: 0, y: 0, width: 2, height: 2 }],
      diff: difference,
    },
  },
  {
    title: 'Two pages of a shop against their baselines',
    input: {
      operation: 'check',
      project: 'shop',
      url: 'https://shop.example.com',
      routes: ['/', '/cart'],
      viewports: ['desktop'],
      masks: [{ selector: '.clock' }],
    },
    output: {
      operation: 'check',
      pass: false,
      durable: true,
      results: [
        { route: '/', viewport: desktop, status: 'passed', screenshot },
        { route: '/cart', viewport: desktop, status: 'failed', reason: 'it answered 500' },
      ],
    },
  },
  {
    title: 'Approve an intended change',
    input: { operation: 'approve', project: 'shop', screenshots: [screenshot] },
    output: {
      operation: 'approve',
      durable: true,
      approved: [{ route: '/', viewport: desktop, screenshot, at: '2026-01-02T03:04:05.678Z' }],
    },
  },
];
