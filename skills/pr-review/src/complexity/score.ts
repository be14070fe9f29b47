import type { ChangedFile } from '../diff/parse-diff.js';
import type { FileComplexity } from './find-complex-functions.js';

const branch = /\b(?:if|elif|for|while|case|catch|except|switch|match)\b|&&|\|\||\?\?/g;
const code = /\.(?:[cm]?[jt]sx?|py|java|go|rb|php|cs|kt|swift|rs|c|cc|cpp|h|vue|svelte)$/i;

/** A changed file, and what its parser found where there is one for it. */
export interface Scored {
  file: ChangedFile;
  complexity: FileComplexity | undefined;
}

/**
 * How hard a change is to review, from 0 to 10: up to 4 for its size (a point a hundred lines), up to 3 for how many
 * files it touches (a point five files), up to 3 for the branches it adds in code (a point twenty branches).
 */
export function complexityScore(files: Scored[]): number {
  const lines = files.reduce((sum, { file }) => sum + file.added.length + file.removed.length, 0);
  const branches = files.reduce((sum, scored) => sum + addedBranches(scored), 0);
  const score = Math.min(4, lines / 100) + Math.min(3, files.length / 5) + Math.min(3, branches / 20);
  return Math.round(score * 10) / 10;
}

function addedBranches({ file, complexity }: Scored): number {
  if (complexity) return complexity.addedBranches;
  if (!code.test(file.path)) return 0;
  return file.added.reduce((sum, { text }) => sum + (text.match(branch)?.length ?? 0), 0);
}
