import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyProvenance } from '../audit/verify-provenance.js';
import { provenanceStatement } from '../deploy/provenance-statement.js';
import { pushBase, type PushedBase } from '../test-support/base-image.js';
import {
  type DockerRegistry,
  hasDockerRegistry,
  startDockerRegistry,
} from '../test-support/docker-registry.js';
import { startProxy } from '../test-support/proxy.js';
import { envelopeType, signedEnvelope } from './envelope.js';
import { mediaTypes } from './oci.js';
import { builtSkill, imagesOf, named } from './skill-images.test.helper.js';

const provenance = { type: 'application/vnd.in-toto+json', document: Buffer.from('{"of":"shop"}') };
const bill = { type: 'application/vnd.cyclonedx+json', document: Buffer.from('{"packages":[]}') };

interface Document {
  artifactType: string;
  subject: { digest: string };
  layers: { digest: string }[];
  manifests: { digest: string; artifactType: string }[];
}

describe.skipIf(!hasDockerRegistry)('statements about an image (needs docker-registry)', () => {
  let registry: DockerRegistry;
  let base: PushedBase;
  beforeAll(async () => {
    registry = await startDockerRegistry();
    base = await pushBase(registry.host, { architectures: ['amd64'] });
  });
  afterAll(() => registry.close());

  async function imageIn(host: string, name: string) {
    const images = await imagesOf({ baseImage: base.reference, registry: `${host}/acme` });
    return { images, imaged: await named(images, await builtSkill(name)) };
  }

  async function read(path: string): Promise<string> {
    const accept = `${mediaTypes.index}, ${mediaTypes.manifest}`;
    const reply = await fetch(`http://${registry.host}/v2/acme/${path}`, { headers: { accept } });
    if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
    return reply.text();
  }

  async function listed(name: string, digest: string) {
    const { manifests } = JSON.parse(await read(`${name}/manifests/${digest.replace(':', '-')}`)) as Document;
    return Promise.all(
      manifests.map(async (one) => {
        const { artifactType, subject, layers } = JSON.parse(
          await read(`${name}/manifests/${one.digest}`),
        ) as Document;
        const document = await read(`${name}/blobs/${layers[0]?.digest}`);
        return { listedAs: one.artifactType, artifactType, subject: subject.digest, document };
      }),
    );
  }

  it('are found by its digest in a registry that does not list them itself, before the image is there', async () => {
    const { images, imaged } = await imageIn(registry.host, 'shop');
    expect(await images.push(imaged, () => [provenance, bill])).toEqual({ isNew: true });
    const { digest } = imaged.image;
    expect(await listed('shop', digest)).toEqual(
      [provenance, bill].map(({ type, document }) => ({
        listedAs: type,
        artifactType: type,
        subject: digest,
        document: String(document),
      })),
    );
    const puts = (await registry.requests()).filter((one) => one.startsWith('PUT /v2/acme/shop/manifests/'));
    expect(puts.at(-1)).toContain(`/${digest.slice(7, 19)} `);
  });

  it('prove where an image comes from to who has the key of the signer, and to no one else', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const { images, imaged } = await imageIn(registry.host, 'signed');
    const { image } = imaged;
    const task = { skill: 'signed', skillRoot: 'skills/signed', checkout: undefined, uncommitted: [] };
    const repository = `${registry.host}/acme/signed`;
    const statement = Buffer.from(
      JSON.stringify(provenanceStatement({ task, repository, image, url: undefined, env: {} })),
    );
    const envelope = { type: envelopeType, document: signedEnvelope(provenance.type, statement, privateKey) };
    await images.push(imaged, () => [{ type: provenance.type, document: statement }, envelope]);
    const reference = `${repository}@${image.digest}`;
    expect(await verifyProvenance(reference, publicKey, {})).toMatchObject({
      image: reference,
      skill: 'signed',
    });
    const other = generateKeyPairSync('ed25519').publicKey;
    expect((await verifyProvenance(reference, other, {})).problem).toContain('signed by another key');

    const unsigned = await imageIn(registry.host, 'unsigned');
    await unsigned.images.push(unsigned.imaged, () => [provenance]);
    const { problem } = await verifyProvenance(
      `${registry.host}/acme/unsigned@${unsigned.imaged.image.digest}`,
      publicKey,
      {},
    );
    expect(problem).toContain('is not signed');

    const replayed = await imageIn(registry.host, 'replayed');
    await replayed.images.push(replayed.imaged, () => [envelope]);
    const third = await verifyProvenance(
      `${registry.host}/acme/replayed@${replayed.imaged.image.digest}`,
      publicKey,
      {},
    );
    expect(third.problem).toContain('the provenance of another image');
    await expect(verifyProvenance(`${repository}:latest`, publicKey, {})).rejects.toThrow('by its digest');
  });

  it('are listed once where a push is repeated, beside those of others', async () => {
    const { images, imaged } = await imageIn(registry.host, 'till');
    const other = { type: 'application/vnd.example', document: Buffer.from('{}') };
    const proxy = await startProxy(registry.host, ({ method, url }) =>
      method === 'PUT' && url?.endsWith(imaged.image.digest.slice(7, 19)) ? { status: 400 } : 'pass',
    );
    const cut = await imageIn(proxy.host, 'till');
    await expect(cut.images.push(cut.imaged, () => [other, provenance])).rejects.toThrow('push the manifest');
    await images.push(imaged, () => [provenance, bill]);
    const found = await listed('till', imaged.image.digest);
    expect(found.map(({ artifactType }) => artifactType)).toEqual([other.type, provenance.type, bill.type]);
  });

  it('are not listed a second time by a registry that lists them itself', async () => {
    const proxy = await startProxy(registry.host, () => 'pass', { 'oci-subject': 'sha256:1' });
    const { images, imaged } = await imageIn(proxy.host, 'desk');
    await images.push(imaged, () => [provenance]);
    expect(proxy.seen.join('\n')).not.toContain('/manifests/sha256-');
  });

  it('are missing where a registry refuses them, and the image is there', async () => {
    const proxy = await startProxy(registry.host, ({ method, url = '' }) =>
      method === 'PUT' && url.includes('/manifests/sha256:') ? { status: 415 } : 'pass',
    );
    const { images, imaged } = await imageIn(proxy.host, 'pad');
    const { isNew, unattested } = await images.push(imaged, () => [provenance]);
    expect(isNew).toBe(true);
    expect(unattested?.message).toContain('/acme/pad: could not push the manifest');
    expect(await read(`pad/manifests/${imaged.image.digest}`)).toContain('schemaVersion');
  });
});
