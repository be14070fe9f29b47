import { readAppSpec } from '@odoobo/app-platform/spec';
import { expect, it } from 'vitest';
import { skillManifestSchema } from '../manifest/manifest.js';
import { Rollouts } from './rollouts.js';

const file = 'app-spec.yaml';
const steps = [{ weight: 10 }];
const manifestWith = (rollout?: object | false) =>
  skillManifestSchema.parse({
    id: 'shop',
    version: '1.0.0',
    description: 'A shop.',
    runtime: 'node',
    entry: 'src/main.ts',
    rollout,
  });

it('refuses to give a version to all users at once whose manifest wants a rollout', async () => {
  const yaml = 'name: shop\nservices:\n  - name: shop\n    github: { repo: a/b, branch: main }\n';
  const { spec, locate } = readAppSpec(yaml, file);
  const folders = { routerImage: '/nowhere', rolloutKey: '/nowhere' };
  const rollouts = new Rollouts('production', {}, folders, { steps });
  await expect(rollouts.of(manifestWith({ steps }), spec, locate, undefined)).rejects.toThrow(
    /^app-spec\.yaml:4: services\/0\/github: a rollout needs an image.*:adopt shop --image=/,
  );
  // The one of all services is for those that can be rolled out.
  for (const manifest of [manifestWith(), manifestWith(false)])
    expect(await rollouts.of(manifest, spec, locate, undefined)).toBeUndefined();
});
