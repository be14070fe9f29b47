import type { WrittenPlacement } from './placements-file.js';

/** One app of a skill that a file of placements describes. */
export interface Placement extends Omit<WrittenPlacement, 'issue'> {
  /** The `id` of the skill; the name of its place is that of the app. */
  of: string;
  issue: WrittenPlacement['issue'];
}
