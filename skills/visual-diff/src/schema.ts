import * as z from 'zod';

const png = z.string().min(1).meta({ contentEncoding: 'base64', contentMediaType: 'image/png' });
const ratio = z.number().min(0).max(1);

const rectangle = z.strictObject({
  x: z.int().min(0),
  y: z.int().min(0),
  width: z.int().positive(),
  height: z.int().positive(),
});
const selector = z.strictObject({
  selector: z.string().min(1).max(500).meta({ description: 'A CSS selector' }),
});

const limits = {
  min_ssim: ratio.optional().meta({
    description: 'Minimum structural similarity to pass; default 0.98, and 0.97 on a mobile viewport',
  }),
  max_changed_ratio: ratio.default(0.01).meta({
    description: 'Maximum share of changed pixels to pass; SSIM hardly notices a different colour',
  }),
  color_threshold: ratio.default(0.1).meta({
    description: 'How much two colours must differ to count as a change; 0 finds every difference',
  }),
};

/** A page at 1280 wide may be 3,125 high. Comparing more would outgrow the memory of a small instance. */
export const maxPixels = 4_000_000;

const viewport = z.union([
  z.enum(['desktop', 'mobile']),
  z
    .strictObject({
      name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/, 'not a name such as "tablet"'),
      width: z.int().min(200).max(4000),
      height: z.int().min(200).max(4000),
      mobile: z
        .boolean()
        .default(false)
        .meta({ description: 'Emulates touch and obeys the viewport tag of the page' }),
    })
    .refine(({ width, height }) => width * height <= maxPixels, `has more than ${maxPixels} pixels`),
]);

const project = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'not a name such as "shop"')
  .meta({ description: 'Name of the project that the baselines belong to, independent of the URL' });

const screenshotId = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'not the id of a screenshot')
  .meta({ description: 'SHA-256 of the PNG' });

export const inputSchema = z.discriminatedUnion('operation', [
  z.strictObject({
    operation: z.literal('compare'),
    before: png.meta({ description: 'The approved PNG in base64, or a data: URL' }),
    after: png.meta({ description: 'The PNG to check, of the same size' }),
    masks: z
      .array(rectangle)
      .max(100)
      .default([])
      .meta({ description: 'Areas where differences do not count' }),
    ...limits,
  }),
  z.strictObject({
    operation: z.literal('check'),
    project,
    url: z.string().min(1).max(2000).meta({ description: 'Base URL of the pages', format: 'uri' }),
    routes: z
      .array(
        z
          .string()
          .regex(/^\/[^\s\\#]*$/, 'not a path such as "/cart"')
          .max(500),
      )
      .min(1)
      .max(10)
      .default(['/']),
    viewports: z.array(viewport).min(1).max(4).default(['desktop', 'mobile']).meta({
      description: 'desktop is 1280 x 800, mobile 390 x 844',
    }),
    masks: z
      .array(z.union([rectangle, selector]))
      .max(100)
      .default([])
      .meta({ description: 'Areas where differences do not count; elements of a selector are painted over' }),
    full_page: z
      .boolean()
      .default(false)
      .meta({ description: 'Captures the whole page instead of the viewport' }),
    ...limits,
  }),
  z.strictObject({
    operation: z.literal('approve'),
    project,
    screenshots: z
      .array(screenshotId)
      .min(1)
      .max(100)
      .meta({ description: 'Ids from `check`: these screenshots become the baselines' }),
  }),
  z.strictObject({ operation: z.literal('list'), project }),
]);

const boxSchema = z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() });

const comparisonSchema = z.object({
  pass: z.boolean().meta({ description: 'Whether both limits are met' }),
  width: z.int(),
  height: z.int(),
  changed_pixels: z
    .int()
    .meta({ description: 'Number of changed pixels, without anti-aliased edges and masks' }),
  changed_ratio: z.number().meta({ description: 'Share of changed pixels, 0 to 1' }),
  ssim: z.number().meta({ description: 'Structural similarity (Wang et al. 2004); 1 means identical' }),
  boxes: z.array(boxSchema).meta({ description: 'Changed areas, the largest first, at most 100' }),
  diff: png.meta({ description: 'The picture in pale grey, changes in red, ignored edges in yellow' }),
});

const placeSchema = z.object({
  route: z.string(),
  viewport: z.object({ name: z.string(), width: z.int(), height: z.int(), mobile: z.boolean() }),
});

const checkedSchema = placeSchema.extend({
  status: z.enum(['passed', 'changed', 'new', 'failed']).meta({
    description: 'new: no baseline yet. failed: no screenshot, or it cannot be compared',
  }),
  reason: z.string().optional().meta({ description: 'Why it failed' }),
  screenshot: screenshotId.optional().meta({ description: 'Id for the approval' }),
  image: png.optional().meta({ description: 'The screenshot, if new or changed' }),
  comparison: comparisonSchema
    .optional()
    .meta({ description: 'Comparison with the baseline, if it differs' }),
});

const keptSchema = placeSchema.extend({
  screenshot: screenshotId,
  at: z.iso.datetime().meta({ description: 'When it was approved or taken' }),
});

const durable = z.boolean().meta({
  description: 'Whether baselines survive the machine: the operator set VISUAL_DIFF_BASELINES',
});

export const outputSchema = z.discriminatedUnion('operation', [
  comparisonSchema.extend({ operation: z.literal('compare') }),
  z.object({
    operation: z.literal('check'),
    pass: z.boolean().meta({ description: 'Whether every page passed' }),
    durable,
    results: z.array(checkedSchema),
  }),
  z.object({ operation: z.literal('approve'), durable, approved: z.array(keptSchema) }),
  z.object({
    operation: z.literal('list'),
    durable,
    baselines: z.array(keptSchema),
    candidates: z.array(keptSchema).meta({ description: 'The last screenshots that are not baselines' }),
  }),
]);

export type Input = z.output<typeof inputSchema>;
export type Output = z.infer<typeof outputSchema>;
export type CheckInput = Extract<Input, { operation: 'check' }>;
export type Box = z.infer<typeof boxSchema>;
export type Comparison = z.infer<typeof comparisonSchema>;
export type Checked = z.infer<typeof checkedSchema>;
export type Kept = z.infer<typeof keptSchema>;
export type Place = z.infer<typeof placeSchema>;
export type Rectangle = z.infer<typeof rectangle>;
export type Viewport = Place['viewport'];
