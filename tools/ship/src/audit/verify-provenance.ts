import type { KeyObject } from 'node:crypto';
import * as z from 'zod';
import { readAttestations, statementType } from '../registry/attestations.js';
import { documentIn, envelopeType, keyIdOf } from '../registry/envelope.js';
import { Logins } from '../registry/logins.js';
import { parseReference, showRepository } from '../registry/reference.js';
import { registryAgent, RegistryClient } from '../registry/registry-client.js';
import { RemoteRepository } from '../registry/remote-repository.js';

const statementSchema = z.object({
  subject: z.array(z.object({ digest: z.object({ sha256: z.string() }) })),
  predicate: z.object({
    buildDefinition: z.object({
      externalParameters: z.object({ skill: z.string() }),
      internalParameters: z.object({ uncommitted: z.array(z.string()) }),
      resolvedDependencies: z.array(
        z.object({ uri: z.string().optional(), digest: z.record(z.string(), z.string()) }),
      ),
    }),
    runDetails: z.object({
      builder: z.object({ id: z.string() }),
      metadata: z.object({ invocationId: z.string().optional() }),
    }),
  }),
});

/** What the provenance of an image says, and whether the owner of a key says it. */
export interface VerifiedProvenance {
  image: string;
  /** Names the key: SHA-256 of its public half. */
  key: string;
  /** Why it is not proven; undefined if it is. */
  problem?: string;
  skill?: string;
  commit?: string | undefined;
  /** Files that were not committed. */
  uncommitted?: string[];
  builder?: string;
  /** The run of the pipeline. */
  invocation?: string | undefined;
}

/**
 * Verifies that the owner of a key has signed where an image comes from.
 * @param reference with a digest: `registry.digitalocean.com/acme/shop@sha256:...`
 * @throws ImageError where it names no image; RegistryError where the registry cannot be read
 */
export async function verifyProvenance(
  reference: string,
  key: KeyObject,
  env: NodeJS.ProcessEnv,
): Promise<VerifiedProvenance> {
  const { digest, ...repository } = parseReference(reference);
  if (digest === undefined)
    throw new Error(`Name the image by its digest, which a tag does not prove: ${reference}@sha256:...`);
  const about = { image: `${showRepository(repository)}@${digest}`, key: keyIdOf(key) };
  const agent = registryAgent();
  try {
    const known = await (await Logins.read(env)).find(repository.registry);
    const remote = new RemoteRepository(new RegistryClient(repository, known, agent, 'pull'));
    const found = await readAttestations(digest, [envelopeType, statementType], remote);
    const signed = found.filter(({ type }) => type === envelopeType);
    const documents = signed.flatMap(({ document }) => documentIn(document, key) ?? []);
    const statements = documents.flatMap(({ document }) => statementIn(document) ?? []);
    const fitting = statements.find(({ subject }) =>
      subject.some((one) => `sha256:${one.digest.sha256}` === digest),
    );
    if (fitting) return { ...about, ...said(fitting) };
    return { ...about, problem: problemOf(found.length, signed.length, documents.length) };
  } finally {
    await agent.destroy();
  }
}

function problemOf(found: number, signed: number, bySigner: number): string {
  if (found === 0) return 'the registry has no provenance of it';
  if (signed === 0) return 'its provenance is not signed: anybody who may push could have written it';
  if (bySigner === 0) return 'its provenance is signed by another key, or was changed after it was signed';
  return 'the key has signed the provenance of another image';
}

type Statement = z.infer<typeof statementSchema>;

function statementIn(document: Buffer): Statement | undefined {
  try {
    return statementSchema.parse(JSON.parse(String(document)));
  } catch {
    return undefined;
  }
}

function said({
  predicate: { buildDefinition, runDetails },
}: Statement): Omit<VerifiedProvenance, 'image' | 'key'> {
  const { externalParameters, internalParameters, resolvedDependencies } = buildDefinition;
  return {
    skill: externalParameters.skill,
    commit: resolvedDependencies.flatMap(({ digest }) => digest['gitCommit'] ?? [])[0],
    uncommitted: internalParameters.uncommitted,
    builder: runDetails.builder.id,
    invocation: runDetails.metadata.invocationId,
  };
}
