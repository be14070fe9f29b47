import { expect, it } from 'vitest';
import { commandOf } from '../manifest/skill-place.js';
import { findRemotes, type OwnSource } from './git-sources.js';
import type { PreparedSkill } from './prepare.js';

interface Case {
  /** The value in the App Spec, and the source that it resolves to. */
  written: string;
  repo?: string;
  remotes: Record<string, string>;
}

function find({ written, repo = written, remotes }: Case): { sources: OwnSource[]; warnings: string[] } {
  const specOf = (text: string) => ({
    name: 'shop',
    services: [{ name: 'web', github: { repo: text, branch: 'main' } }],
  });
  const warnings: string[] = [];
  const skill: PreparedSkill = {
    request: { skill: 'shop', spec: specOf(repo), healthPath: '/health', digest: '-', timeoutMs: 1 },
    written: specOf(written),
    task: {
      ...{
        skill: 'shop',
        skillRoot: 'skills/shop',
        after: [],
        workspaceRoot: '/shop',
        command: commandOf([], 'shop'),
      },
      ...{
        checkout: { worktree: '/shop', isShallow: false, commit: '1', dirty: false },
        sources: [],
        uncommitted: [],
        origin: {},
      },
    },
    imageDirectory: '',
    missing: [],
  };
  const sources = findRemotes(skill, new Map(Object.entries(remotes)), (warning) => warnings.push(warning));
  return { sources, warnings };
}

const origin = 'git@github.com:acme/shop.git';
const variable = '${GITHUB_REPOSITORY}';

it('finds the remote of a source, in any spelling of the URL; origin first', () => {
  const remotes = { mirror: 'https://github.com/acme/shop', origin };
  expect(find({ written: 'Acme/Shop', remotes })).toMatchObject({
    sources: [{ component: 'web', branch: 'main', remote: 'origin' }],
    warnings: [],
  });
  const forked = { origin: 'git@github.com:me/shop.git', upstream: origin };
  expect(find({ written: 'acme/shop', remotes: forked }).sources).toMatchObject([{ remote: 'upstream' }]);
});

it.each([
  [
    'a variable of the environment',
    { written: variable, repo: 'acme/other' },
    'or correct GITHUB_REPOSITORY',
  ],
  ['what this is a fork of', { written: 'big/shop' }, 'or name this one in the App Spec'],
  [
    'another repository, in a variable',
    { written: variable, repo: 'acme/mirror' },
    'git remote add upstream',
  ],
])('refuses a source that is used by mistake: %s', (_what, spec, advice) => {
  const wrong = () => find({ ...spec, remotes: { origin: 'https://me:secret@github.com/acme/shop.git' } });
  expect(wrong).toThrow('is of another repository (origin: github.com/acme/shop)');
  expect(wrong).toThrow(advice);
  expect(wrong).not.toThrow('secret');
});

it('warns that another repository is built if the App Spec names it', () => {
  const { sources, warnings } = find({ written: 'acme/other', remotes: { origin } });
  expect(sources).toEqual([]);
  expect(warnings).toEqual([
    expect.stringMatching(
      /^shop: App Platform builds acme\/other, branch main, which is not a remote of .*origin: github.com\/acme\/shop/,
    ),
  ]);
});

it('refuses if there is no remote to compare with', () => {
  const { warnings } = find({ written: variable, repo: 'acme/shop', remotes: {} });
  expect(warnings).toEqual([expect.stringContaining('(it has no remote)')]);
});
