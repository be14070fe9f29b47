import type { Deployment } from '../spec/index.js';
import { markOf, type Mark } from './mark.js';
import { builtFrom } from './source-commit.js';

/**
 * The mark of a deployment, with the commit that it was really built from: a push deploys by itself, with the mark of an
 * earlier write.
 */
export function liveMarkOf(deployment: Deployment): Mark | undefined {
  const mark = markOf(deployment.spec);
  const [built] = builtFrom(deployment);
  return mark && built ? { ...mark, commit: built.commit, dirty: false } : mark;
}
