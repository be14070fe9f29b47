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
    description:
      'Minimum structural similarity to pass. If this or max_changed_ratio is set, both decide instead of the regions; default then 0.98, and 0.97 on a mobile viewport',
  }),
  max_changed_ratio: ratio.optional().meta({
    description: 'Maximum share of changed pixels to pass, see min_ssim; default then 0.01',
  }),
  color_threshold: ratio.optional().meta({
    description:
      'Counts every pixel whose colours differ by more than this, however few they are; 0 finds every difference. Default: what people see',
  }),
  max_shift: z.int().min(0).max(1).optional().meta({
    description:
      'How many pixels something may move and still pass. Default: 1 in parts of the page, since browsers round positions, and 0 for the whole page',
  }),
};

/** A page at 1280 wide may be 31,250 high: images are read in strips, but one byte a pixel is kept. */
export const maxPixels = 40_000_000;

/** The largest viewport, in pixels of the screen: the browser keeps it in memory as a whole. */
const maxViewportPixels = 16_000_000;

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
      scale: z.int().min(1).max(3).optional().meta({
        description: 'Pixels of the screen for each pixel of the page: 2 on a retina screen; default 1',
      }),
    })
    .refine(
      ({ width, height, scale = 1 }) => width * height * scale ** 2 <= maxViewportPixels,
      `has more than ${maxViewportPixels} pixels`,
    ),
]);

const project = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'not a name such as "shop"')
  .meta({ description: 'Name of the project that the baselines belong to, independent of the URL' });

const screenshotId = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'not the id of a screenshot')
  .meta({ description: 'SHA-256 of the PNG' });

const report = z.boolean().default(false).meta({
  description: 'Also returns a page in HTML with both images under a slider, for people',
});

export const inputSchema = z.discriminatedUnion('operation', [
  z.strictObject({
    operation: z.literal('compare'),
    before: png.meta({
      description: 'The approved image in base64, or a data: URL: PNG, JPEG, WebP or AVIF',
    }),
    after: png.meta({ description: 'The image to check' }),
    masks: z
      .array(rectangle)
      .max(100)
      .default([])
      .meta({ description: 'Areas where differences do not count' }),
    report,
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
    report,
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

const regionSchema = boxSchema.extend({
  kind: z.enum(['shift', 'colour', 'added', 'removed', 'text', 'changed', 'size']).meta({
    description:
      'shift: the same, moved by dx and dy. colour: the same shapes in other colours. added or removed: where nothing was or is. text: another text, or the same in other letters. size: only in the larger image',
  }),
  dx: z.int().optional().meta({ description: 'Pixels to the right that a shift moved' }),
  dy: z.int().optional().meta({ description: 'Pixels down that a shift moved' }),
});

const comparisonSchema = z.object({
  pass: z
    .boolean()
    .meta({ description: 'Whether no region has changed, or the limits that were set are met' }),
  width: z.int(),
  height: z.int(),
  changed_pixels: z
    .int()
    .meta({ description: 'Number of changed pixels, without noise of the rendering and masks' }),
  changed_ratio: z.number().meta({ description: 'Share of changed pixels, 0 to 1' }),
  ssim: z
    .number()
    .meta({ description: 'Structural similarity (Wang et al. 2004) in windows of 8 x 8; 1 means identical' }),
  boxes: z.array(boxSchema).meta({ description: 'Changed areas, the largest first, at most 100' }),
  regions: z
    .array(regionSchema)
    .optional()
    .meta({ description: 'The same areas, with what has happened in each' }),
  report: z
    .string()
    .optional()
    .meta({ description: 'The page, if it was asked for', contentMediaType: 'text/html' }),
  diff: png.meta({ description: 'The picture in pale grey, changes in red, ignored edges in yellow' }),
});

const placeSchema = z.object({
  route: z.string(),
  viewport: z.object({
    name: z.string(),
    width: z.int(),
    height: z.int(),
    mobile: z.boolean(),
    scale: z.int().optional(),
  }),
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
export type Region = z.infer<typeof regionSchema>;
export type Box = z.infer<typeof boxSchema>;
export type Comparison = z.infer<typeof comparisonSchema>;
export type Checked = z.infer<typeof checkedSchema>;
export type Kept = z.infer<typeof keptSchema>;
export type Place = z.infer<typeof placeSchema>;
export type Rectangle = z.infer<typeof rectangle>;
export type Viewport = Place['viewport'];
