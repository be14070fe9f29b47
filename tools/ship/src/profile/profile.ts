import * as z from 'zod';

const callFrameSchema = z.looseObject({
  functionName: z.string(),
  url: z.string(),
  lineNumber: z.number(),
});

/** A profile as a skill answers it: `@odoobo/skill-kit` has the function that takes it. */
export const profileSchema = z.object({
  cpu: z.looseObject({
    nodes: z.array(
      z.looseObject({ id: z.number(), callFrame: callFrameSchema, children: z.array(z.number()).optional() }),
    ),
    startTime: z.number(),
    endTime: z.number(),
    samples: z.array(z.number()).optional(),
    timeDeltas: z.array(z.number()).optional(),
  }),
  heap: z.looseObject({ head: z.unknown() }),
  eventLoopDelay: z.object({ mean: z.number(), p50: z.number(), p99: z.number(), max: z.number() }),
});

export type Profile = z.infer<typeof profileSchema>;
export type CpuProfile = Profile['cpu'];
