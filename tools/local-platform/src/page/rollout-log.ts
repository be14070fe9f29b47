import * as z from 'zod';
import type { RolloutAnswer, RolloutEvent } from './answers.js';

type Told = Pick<NonNullable<RolloutAnswer['rollout']>, 'weights' | 'events'>;

/** A line of a router's log; the others are not about its rollout. */
const lineSchema = z.looseObject({
  time: z.iso.datetime(),
  event: z.enum(['step', 'state', 'held', 'going on', 'done', 'out']),
  weight: z.number().optional(),
  index: z.number().optional(),
  of: z.number().optional(),
  because: z.string().optional(),
});

type Line = z.infer<typeof lineSchema>;

/** What the log of a rollout's routers says of it. Each of several routers logs each event; one is enough. */
export class RolloutLog {
  readonly #lines: Line[] = [];

  add(text: string): void {
    const line = lineIn(text);
    if (line) this.#lines.push(line);
  }

  get told(): Told {
    const at: number[] = [];
    const weight: number[] = [];
    for (const line of this.#lines) {
      const share = line.event === 'out' ? 0 : line.weight;
      if (share === undefined) continue;
      at.push(Date.parse(line.time) / 1000);
      weight.push(share);
    }
    return { weights: { at, weight }, events: this.#events() };
  }

  #events(): RolloutEvent[] {
    const known = new Set<string>();
    return this.#lines.flatMap((line) => {
      const { time: at, event: what } = line;
      const detail = detailOf(line);
      const key = `${what} ${detail}`;
      if (what === 'state' || known.has(key)) return [];
      known.add(key);
      return [{ at, what, detail }];
    });
  }
}

/** Not every line is JSON, and the platform may have written its time before it. */
function lineIn(text: string): Line | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(text.slice(text.indexOf('{')))).data;
  } catch {
    return undefined;
  }
}

function detailOf({ event, index, of, weight, because }: Line): string {
  if (event === 'step' && index !== undefined) return `${index + 1} of ${of}, ${weight} %`;
  return because ?? '';
}
