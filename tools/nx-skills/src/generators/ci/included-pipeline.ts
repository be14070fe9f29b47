import { logger, type Tree } from 'nx/src/devkit-exports.js';
import { filesOf } from './render-files.js';

const file = '.gitlab-ci.yml';
const [pipeline] = filesOf.gitlab;
const lines = `include:\n  - local: ${pipeline}\n`;

/** Adds the pipeline to that of the repository; how to do so in a file that a person has written, it only says. */
export function includePipeline(tree: Tree): void {
  const text = tree.read(file, 'utf8');
  if (text === null) tree.write(file, lines);
  else if (!text.includes(pipeline)) logger.info(`Add to ${file}:\n${lines}`);
}

/** Takes it out again; a file that a person has written too is left, and they are told. */
export function excludePipeline(tree: Tree): void {
  const text = tree.read(file, 'utf8');
  if (text === lines) tree.delete(file);
  else if (text?.includes(pipeline))
    logger.warn(
      `Remove ${pipeline} from the includes of ${file}: GitLab refuses a pipeline without its files.`,
    );
}
