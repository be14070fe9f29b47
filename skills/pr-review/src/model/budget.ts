import { SkillError } from '@odoobo/skill-kit';
import type { ModelSettings } from './settings.js';

export interface Tokens {
  input: number;
  output: number;
}

/** What all calls of this process may spend on a model in a day (UTC). */
export class Budget {
  private day = '';
  private tokens = 0;
  private cost = 0;

  constructor(private readonly now: () => Date = () => new Date()) {}

  /**
   * Takes the most that a call can use, so that calls at the same time do not spend more than the budget together.
   * @returns a function that puts what was really used in its place; without it the most counts
   * @throws SkillError 503 when the rest of today's budget does not cover it
   */
  take(most: Tokens, settings: ModelSettings): (used: Tokens) => void {
    this.startDay();
    const { day } = this;
    const exceeded = this.exceededBy(most, settings);
    if (exceeded) {
      const message = `What is left of ${exceeded} does not cover this review. It starts again at midnight UTC.`;
      throw new SkillError(503, 'model_budget_spent', message);
    }
    this.add(most, settings, 1);
    return (used) => {
      this.startDay();
      // What was taken yesterday is not in today's sum.
      if (this.day !== day) return;
      this.add(most, settings, -1);
      this.add(used, settings, 1);
    };
  }

  private exceededBy(most: Tokens, settings: ModelSettings): string | undefined {
    const { maxTokensPerDay, maxCostPerDay } = settings;
    if (this.tokens + most.input + most.output > maxTokensPerDay) return 'MODEL_MAX_TOKENS_PER_DAY';
    return this.cost + costOf(most, settings) > maxCostPerDay ? 'MODEL_MAX_COST_PER_DAY' : undefined;
  }

  private add(tokens: Tokens, settings: ModelSettings, sign: 1 | -1): void {
    this.tokens += sign * (tokens.input + tokens.output);
    this.cost += sign * costOf(tokens, settings);
  }

  private startDay(): void {
    const day = this.now().toISOString().slice(0, 10);
    if (day === this.day) return;
    this.day = day;
    this.tokens = 0;
    this.cost = 0;
  }
}

/** In US dollars; 0 without prices. */
export function costOf({ input, output }: Tokens, { prices }: ModelSettings): number {
  return prices ? (input * prices.input + output * prices.output) / 1e6 : 0;
}
