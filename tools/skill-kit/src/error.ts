import * as z from 'zod';

export const errorDetailSchema = z.object({
  path: z.string().meta({ description: 'Where in the request, as in "input/images/0"' }),
  message: z.string(),
});

/** The shape of every error that a skill returns. */
export const errorBodySchema = z.object({
  error: z.object({
    code: z.string().meta({ description: 'Stable, for programs', examples: ['invalid_input'] }),
    message: z.string().meta({ description: 'For people' }),
    request_id: z.string(),
    details: z.array(errorDetailSchema).optional(),
  }),
});

export type ErrorDetail = z.infer<typeof errorDetailSchema>;
export type ErrorBody = z.infer<typeof errorBodySchema>;

export interface SkillErrorOptions extends ErrorOptions {
  details?: ErrorDetail[];
}

/** An error that the caller gets unchanged: write a message that helps and contains no secret. */
export class SkillError extends Error {
  override readonly name = 'SkillError';
  readonly details: ErrorDetail[] | undefined;

  /**
   * @param status HTTP status, 400 to 599
   * @param code stable name for programs, in snake_case
   * @throws RangeError when `status` is not an error status
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    options: SkillErrorOptions = {},
  ) {
    super(message, options);
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(`A SkillError needs a status from 400 to 599, got ${status}.`);
    }
    this.details = options.details;
  }
}

/** The JSON body of an error. */
export function errorBody(error: SkillError, requestId: string): ErrorBody {
  const { code, message, details } = error;
  return { error: { code, message, request_id: requestId, ...(details && { details }) } };
}

// A body of a megabyte can contain half a million wrong items: the answer must not be larger than the request.
const maxDetails = 100;

/** Every issue of a failed zod parse with its path below `root`; after 100 the last one gives the number of the others. */
export function detailsOf(error: z.ZodError, root: string[] = []): ErrorDetail[] {
  const details = error.issues.slice(0, maxDetails).map((issue) => ({
    path: [...root, ...issue.path.map(String)].join('/'),
    message: issue.message,
  }));
  const more = error.issues.length - details.length;
  return more > 0 ? [...details, { path: root.join('/'), message: `and ${more} more errors` }] : details;
}
