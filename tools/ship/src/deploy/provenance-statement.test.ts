import { expect, it } from 'vitest';
import { type Attested, provenanceStatement } from './provenance-statement.js';

const digest = `sha256:${'a'.repeat(64)}`;
const base = {
  reference: { registry: 'docker.io', name: 'library/node', tag: '20-slim', digest },
  digest: `sha256:${'b'.repeat(64)}`,
  layers: [],
  config: { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers' as const, diff_ids: [] } },
};
const attested: Attested = {
  task: {
    skill: 'shop',
    skillRoot: 'skills/shop',
    checkout: { commit: 'c0ffee', branch: 'main', worktree: '/work', isShallow: false, dirty: false },
    uncommitted: [],
  },
  repository: 'registry.example.org/acme/shop',
  image: { digest, base },
  url: 'https://git.example.org/acme/skills.git',
  env: {},
};

it('names the image, the commit and the base, and is the same each time', () => {
  const statement = provenanceStatement(attested);
  expect(statement).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'registry.example.org/acme/shop', digest: { sha256: 'a'.repeat(64) } }],
    predicate: {
      buildDefinition: {
        resolvedDependencies: [
          {
            uri: 'git+https://git.example.org/acme/skills.git@refs/heads/main',
            digest: { gitCommit: 'c0ffee' },
          },
          { digest: { sha256: 'b'.repeat(64) } },
        ],
      },
    },
  });
  expect(provenanceStatement(attested)).toEqual(statement);
});

it('claims no commit where there is none, and lists the files that a commit lacks', () => {
  const uncommitted = ['skills/shop/src/main.ts'];
  const without = provenanceStatement({ ...attested, task: { ...attested.task, checkout: undefined } });
  expect(JSON.stringify(without)).not.toContain('gitCommit');
  const dirty = provenanceStatement({ ...attested, task: { ...attested.task, uncommitted } });
  expect(dirty).toMatchObject({ predicate: { buildDefinition: { internalParameters: { uncommitted } } } });
});

it('names the pipeline that shipped it', () => {
  const env = {
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/skills',
    GITHUB_RUN_ID: '17',
    GITHUB_RUN_ATTEMPT: '2',
    GITHUB_WORKFLOW_REF: 'acme/skills/.github/workflows/deploy.yml@refs/heads/main',
  };
  expect(provenanceStatement({ ...attested, env })).toMatchObject({
    predicate: {
      runDetails: {
        builder: { id: 'https://github.com/acme/skills/.github/workflows/deploy.yml@refs/heads/main' },
        metadata: { invocationId: 'https://github.com/acme/skills/actions/runs/17/attempts/2' },
      },
    },
  });
});
