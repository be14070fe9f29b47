import { hash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import type { batchOf, executorOf } from './batch.js';

/*
 * To compile the bundle would take half of the time that it takes to load, so the compiled code is kept beside it. Node 22 could do that by
 * itself, but Nx does not let it in the processes of batches.
 */

/** What the module of a target exports. */
interface Target {
  default: ReturnType<typeof executorOf>;
  batch: ReturnType<typeof batchOf>;
}

/** The modules of targets, which are evaluated when they are asked for. */
type Targets = Record<string, () => Target>;

type Bundle = (
  exports: Targets,
  require: NodeJS.Require,
  imported: (name: string) => Promise<unknown>,
  filename: string,
  dirname: string,
) => void;

/** Loads a target from a bundle that `bundle.js` has made. */
export function loadTarget(filename: string, name: string): Target {
  const kept = `${filename}.${name}-${process.version}-${process.arch}.code`;
  const cachedData = read(kept);
  const script = new Script(readFileSync(filename, 'latin1'), {
    filename,
    ...(cachedData && { cachedData }),
  });
  const targets: Targets = {};
  const bundle = script.runInThisContext() as Bundle;
  bundle(targets, createRequire(filename), (one) => import(one), filename, dirname(filename));
  const target = targets[name]?.();
  if (!target) throw new Error(`${filename} has no target "${name}". In the repository: npm run compile`);
  if (cachedData && !script.cachedDataRejected) return target;
  return { default: target.default, batch: keeping(target.batch, () => keep(kept, script)) };
}

/** V8 compiles a function when it is first called: after the first run, the code has what a run calls. */
function keeping(batch: Target['batch'], whenDone: () => void): Target['batch'] {
  return async function* (...given) {
    yield* batch(...given);
    whenDone();
  };
}

/** The digest of the code is in front of it: V8 does not notice a changed byte, and ends the process when it comes to it. */
const digestOf = (code: Buffer): Buffer => hash('sha256', code, 'buffer');
const digestBytes = 32;

/** Undefined where there is none, or it is damaged. */
function read(file: string): Buffer | undefined {
  try {
    const kept = readFileSync(file);
    const code = kept.subarray(digestBytes);
    return digestOf(code).equals(kept.subarray(0, digestBytes)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Where it cannot be written, each run compiles. */
function keep(file: string, script: Script): void {
  const written = `${file}.${process.pid}`;
  try {
    const code = script.createCachedData();
    writeFileSync(written, Buffer.concat([digestOf(code), code]));
    renameSync(written, file);
  } catch {
    rmSync(written, { force: true });
  }
}
