import { callSkill } from '@odoobo/skill-kit/testing';
import { createTwoFilesPatch } from 'diff';
import type { Review } from './schema.js';
import { skill } from './skill.js';

/** What the skill answers to a diff. */
export async function review(diff: string, options: object = {}): Promise<Review> {
  const { status, output, error } = await callSkill(skill, { diff, ...options });
  if (!output) throw new Error(`${status}: ${error?.message}`);
  return output;
}

/** The diff that `git diff` prints for a file, with as many lines around a change as `git diff -U<context>`. */
export function patch(file: string, before: string, after: string, context = 4): string {
  const body = createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after, '', '', { context });
  return `diff --git a/${file} b/${file}\n${body}`;
}

/** The processor time of this process, of all its threads: unlike the clock, it tells how slow the skill is on a busy machine too. */
export function processorMs(): number {
  const { user } = process.cpuUsage();
  return user / 1_000;
}
