import { shownUrl } from '@odoobo/git-flow';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { billFile } from '../manifest/output-folder.js';
import { type Attestation, statementType } from '../registry/attestations.js';
import { envelopeType, signedEnvelope } from '../registry/envelope.js';
import { readSigningKey } from '../registry/signing-key.js';
import type { ImagedSpec } from '../registry/skill-images.js';
import type { PreparedSkill } from './prepare.js';
import { origin } from './provenance.js';
import { provenanceStatement } from './provenance-statement.js';

interface AttestOptions {
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}

/**
 * What is stored beside the image of a skill in a repository: its packages, and where it comes from, signed if there is a key.
 * https://cyclonedx.org/specification/overview/#registered-media-type
 * @throws ImageError where the key is none that can sign
 */
export async function attestationsOf(
  { imageDirectory, task }: PreparedSkill,
  { image }: ImagedSpec,
  { env, signal }: AttestOptions,
): Promise<(repository: string) => Attestation[]> {
  const [bill, url, key] = await Promise.all([
    // Python artefacts have none.
    readFile(join(dirname(imageDirectory), billFile)).catch(() => undefined),
    shownUrl(origin, 'fetch', { cwd: task.workspaceRoot, signal }),
    readSigningKey(env),
  ]);
  return (repository) => {
    const statement = Buffer.from(JSON.stringify(provenanceStatement({ task, repository, image, url, env })));
    return [
      { type: statementType, document: statement },
      ...(key ? [{ type: envelopeType, document: signedEnvelope(statementType, statement, key) }] : []),
      ...(bill ? [{ type: 'application/vnd.cyclonedx+json', document: bill }] : []),
    ];
  };
}
