import { AppSpecError, type AppSpecFileIssue } from '@odoobo/app-platform/spec';
import { readPlacements } from './place-skills.js';

/** What is wrong with the placements of a skill, in both files. */
export async function placementIssues(workspaceRoot: string, skill: string): Promise<AppSpecFileIssue[]> {
  try {
    await readPlacements({ workspaceRoot, skill });
    return [];
  } catch (error) {
    if (error instanceof AppSpecError) return [...error.issues];
    throw error;
  }
}
