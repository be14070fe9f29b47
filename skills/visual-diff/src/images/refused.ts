import { SkillError } from '@odoobo/skill-kit';

/** An error about one image: 422, with the field that holds it. */
export function refused(code: string, field: string, what: string, cause?: unknown): SkillError {
  const details = [{ path: `input/${field}`, message: what }];
  return new SkillError(422, code, `Image "${field}" ${what}.`, { details, cause });
}
