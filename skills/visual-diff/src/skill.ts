import { defineSkill } from '@odoobo/skill-kit';
import { compareImages } from './compare.js';
import { inputSchema, outputSchema } from './schema.js';

const WHITE =
  'iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAYAAACp8Z5+AAAAGUlEQVR4AWP8DwQMSICJAQ0wMaABJgY0AAAGXQQEOHaWpAAAAABJRU5ErkJggg==';
const BLACK_CORNER =
  'iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAYAAACp8Z5+AAAAIElEQVR4AV3BQQ4AAATAsBH///JwE20AMlRW8pTKlTwNTlkHA/JmaVYAAAAASUVORK5CYII=';
const DIFFERENCE =
  'iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAYAAACp8Z5+AAAAIElEQVR4AV3BwQkAAAjEsCruv3LFn1xSghzlNGFQviYsNXIGBEa0YnAAAAAASUVORK5CYII=';

export const skill = defineSkill({
  input: inputSchema,
  output: outputSchema,
  // Two screenshots of full pages, a third larger in base64.
  bodyLimit: 32 * 1024 * 1024,
  examples: [
    {
      title: 'A white square of 4 x 4 whose corner turned black',
      input: { before: WHITE, after: BLACK_CORNER, min_ssim: 0.98, max_changed_ratio: 0.01 },
      output: {
        pass: false,
        width: 4,
        height: 4,
        changed_pixels: 4,
        changed_ratio: 0.25,
        ssim: 0.005916,
        boxes: [{ x: 0, y: 0, width: 2, height: 2 }],
        diff: DIFFERENCE,
      },
    },
  ],
  invoke: async (input) => compareImages(input),
});
