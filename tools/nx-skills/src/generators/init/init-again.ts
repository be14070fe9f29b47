import type { GeneratorCallback, Tree } from 'nx/src/devkit-exports.js';
import initGenerator from './generator.js';

/** A migration: brings a workspace to what `init` gives a new one. What the workspace has changed itself stays. */
export default function initAgain(tree: Tree): Promise<GeneratorCallback> {
  return initGenerator(tree, {});
}
