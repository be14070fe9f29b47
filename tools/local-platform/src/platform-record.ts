import { z } from 'zod';

const identitySchema = z.object({ pid: z.number().int(), startTime: z.string(), bootId: z.string() });

export const platformRecordSchema = z.object({
  url: z.string(),
  token: z.string(),
  identity: identitySchema,
});
/** What `platform.json` tells a client: where the server answers, the token it wants, and which process it is. */
export type PlatformRecord = z.infer<typeof platformRecordSchema>;
