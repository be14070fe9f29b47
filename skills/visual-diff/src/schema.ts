import * as z from 'zod';

const png = z.string().min(1).meta({ contentEncoding: 'base64', contentMediaType: 'image/png' });

export const inputSchema = z.strictObject({
  before: png.meta({ description: 'The approved PNG in base64; a data: URL is fine' }),
  after: png.meta({ description: 'The PNG to check, of the same size' }),
  min_ssim: z
    .number()
    .min(0)
    .max(1)
    .default(0.98)
    .meta({ description: 'Least structural similarity that passes' }),
  max_changed_ratio: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .meta({ description: 'Largest share of changed pixels that passes' }),
  color_threshold: z.number().min(0).max(1).default(0.1).meta({
    description: 'How far apart two colours must be to count as a change; 0 finds every difference',
  }),
});

const boxSchema = z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() });

export const outputSchema = z.object({
  pass: z.boolean().meta({ description: 'Both limits hold' }),
  width: z.int(),
  height: z.int(),
  changed_pixels: z.int().meta({ description: 'Anti-aliased edges do not count' }),
  changed_ratio: z.number().meta({ description: 'Changed pixels among all, 0 to 1' }),
  ssim: z.number().meta({ description: 'Structural similarity (Wang et al. 2004); 1 is the same' }),
  boxes: z.array(boxSchema).meta({ description: 'Where the changes are, the largest first, at most 100' }),
  diff: png.meta({ description: 'The picture in pale grey, changes in red, ignored edges in yellow' }),
});

export type Input = z.output<typeof inputSchema>;
export type Output = z.infer<typeof outputSchema>;
export type Box = z.infer<typeof boxSchema>;
