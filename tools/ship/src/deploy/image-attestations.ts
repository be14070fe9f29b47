import { shownUrl } from '@odoobo/git-flow';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { billFile } from '../manifest/output-folder.js';
import type { Attestation } from '../registry/attestations.js';
import type { ImagedSpec } from '../registry/skill-images.js';
import type { PreparedSkill } from './prepare.js';
import { origin } from './provenance.js';
import { provenanceStatement } from './provenance-statement.js';

interface AttestOptions {
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}

/**
 * What is stored beside the image of a skill in a repository: its packages, and where it comes from.
 * https://cyclonedx.org/specification/overview/#registered-media-type
 */
export async function attestationsOf(
  { imageDirectory, task }: PreparedSkill,
  { image }: ImagedSpec,
  { env, signal }: AttestOptions,
): Promise<(repository: string) => Attestation[]> {
  const [bill, url] = await Promise.all([
    // Python artefacts have none.
    readFile(join(dirname(imageDirectory), billFile)).catch(() => undefined),
    shownUrl(origin, 'fetch', { cwd: task.workspaceRoot, signal }),
  ]);
  return (repository) => {
    const statement = provenanceStatement({ task, repository, image, url, env });
    return [
      { type: 'application/vnd.in-toto+json', document: Buffer.from(JSON.stringify(statement)) },
      ...(bill ? [{ type: 'application/vnd.cyclonedx+json', document: bill }] : []),
    ];
  };
}
