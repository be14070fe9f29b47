import type { LiveService, Question, Reply } from '@odoobo/app-platform';
import * as z from 'zod';
import type { SkillCommand } from '../../manifest/skill-place.js';
import type { LiveSkill } from '../../runs/live-skills.js';
import type { SmokeTestOptions } from '../options.js';

/** A live skill under test. */
export interface Subject extends LiveSkill {
  service: LiveService;
  /** Its command lines. */
  command: SkillCommand;
  options: SmokeTestOptions;
}

/** The result of a stage. A stage with problems has failed. */
export interface Finding {
  /** In a few words. */
  detail: string;
  problems: string[];
  /** By name with its unit. */
  measures?: Record<string, number>;
}

export interface Stage {
  name: string;
  /** @throws what is wrong, if nothing more can be checked */
  test(subject: Subject): Promise<Finding>;
}

/** The longest time for an answer that is not measured, in milliseconds: as long as a skill's own limit for a call. */
export const answerMs = 30_000;

/** @throws with method and URL when there is no answer */
export async function ask(
  { service }: Subject,
  question: Omit<Question, 'withinMs'> & { withinMs?: number },
): Promise<Reply & { asked: string }> {
  const asked = `${question.method ?? 'GET'} ${service.at(question.path)}`;
  try {
    return { ...(await service.ask({ withinMs: answerMs, ...question })), asked };
  } catch (cause) {
    throw new Error(`${asked}: ${(cause as Error).message}`, { cause });
  }
}

/** What is wrong with a status. */
export function statusProblems(
  { asked, status }: { asked: string; status: number },
  expected: number,
): string[] {
  return status === expected ? [] : [`${asked}: expected ${expected}, got ${status}`];
}

/** A body as JSON; undefined if it is not JSON. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

export const jsonObject = z.record(z.string(), z.unknown());
