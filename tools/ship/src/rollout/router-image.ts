import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { writeImageLayout } from '../artefact/image-layout.js';
import { packLayer } from '../artefact/layer.js';

/** The file that a rollout's router is, without anything beside it. */
const file = 'router.mjs';

/** Only its bytes matter, and they are in the digest. */
const version = '1.0.0';

/** The image of the router, as a build leaves that of a skill. */
export class RouterImage {
  #digest: Promise<string> | undefined;

  /** @param directory where its OCI image layout is written */
  constructor(readonly directory: string) {}

  /** Makes it, once. The same router has the same digest on every machine. */
  digest(): Promise<string> {
    this.#digest ??= this.#make();
    return this.#digest;
  }

  async #make(): Promise<string> {
    const contents = await readFile(fileURLToPath(import.meta.resolve('@odoobo/ship/router.mjs')));
    const layer = await packLayer([{ path: file, contents }]);
    return writeImageLayout(this.directory, layer, {
      name: 'skill-router',
      version,
      entrypoint: ['node', file],
    });
  }
}
