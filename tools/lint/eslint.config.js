import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import importSort from 'eslint-plugin-simple-import-sort';
import * as jsonc from 'jsonc-eslint-parser';
import tseslint from 'typescript-eslint';

/** Which way imports may point: docs/decisions/0001-packages.md. */
const depConstraints = [
  { sourceTag: 'scope:skill', onlyDependOnLibsWithTags: ['scope:skill-kit'] },
  { sourceTag: 'scope:machine', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'scope:telemetry', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'scope:dashboards', onlyDependOnLibsWithTags: ['scope:machine', 'scope:local-platform'] },
  { sourceTag: 'scope:skill-kit', onlyDependOnLibsWithTags: ['scope:telemetry'] },
  { sourceTag: 'scope:verdict', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'scope:app-platform', onlyDependOnLibsWithTags: ['scope:machine'] },
  { sourceTag: 'scope:ingress', onlyDependOnLibsWithTags: ['scope:machine'] },
  {
    sourceTag: 'scope:router',
    onlyDependOnLibsWithTags: ['scope:machine', 'scope:ingress', 'scope:verdict'],
  },
  { sourceTag: 'scope:git-flow', onlyDependOnLibsWithTags: ['scope:machine'] },
  {
    sourceTag: 'scope:local-platform',
    onlyDependOnLibsWithTags: ['scope:machine', 'scope:app-platform', 'scope:ingress'],
  },
  {
    sourceTag: 'scope:ship',
    onlyDependOnLibsWithTags: [
      'scope:machine',
      'scope:app-platform',
      'scope:local-platform',
      'scope:git-flow',
      'scope:skill-kit',
      'scope:telemetry',
    ],
  },
  {
    sourceTag: 'scope:nx-skills',
    onlyDependOnLibsWithTags: [
      'scope:machine',
      'scope:app-platform',
      'scope:local-platform',
      'scope:git-flow',
      'scope:ship',
    ],
  },
  { sourceTag: 'scope:e2e', onlyDependOnLibsWithTags: ['*'] },
];

export default [
  {
    ignores: ['**/dist', '**/out-tsc', '**/.nx', '**/.local-platform', '**/.vitepress/cache', '**/coverage'],
  },
  ...nx.configs['flat/base'],
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx', '**/*.js'],
    plugins: { 'import-sort': importSort },
    rules: {
      'import-sort/imports': ['error', { groups: [['^\\u0000', '^[^.]', '^\\.']] }],
      '@nx/enforce-module-boundaries': [
        'error',
        {
          // All suites share them, and they are in no package.
          allow: ['.*/vitest\\.(shared|package)\\.js'],
          depConstraints,
          // Its modules are imported one by one, some only when they are needed.
          checkDynamicDependenciesExceptions: ['@odoobo/ship/**'],
        },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true, varsIgnorePattern: '^_' },
      ],
      // Node 20 collects a timeout that only AbortSignal.any knows, and it never fires.
      'no-restricted-syntax': [
        'error',
        {
          // Not @typescript-eslint/naming-convention: it takes a fifth of the linter's time.
          selector:
            ':matches(Program, ExportNamedDeclaration) > VariableDeclaration[kind=const] > VariableDeclarator > Identifier.id[name!=/^_?[a-z][a-zA-Z0-9]*$/]',
          message: 'Constants are camelCase.',
        },
        {
          selector: 'ImportDeclaration[source.value="zod"] ImportSpecifier[imported.name="z"]',
          message:
            "Write import * as z from 'zod': with { z } a bundle holds all of zod, its messages in fifty languages too.",
        },
        {
          selector:
            "CallExpression[callee.object.name='AbortSignal'][callee.property.name='any'] CallExpression[callee.object.name='AbortSignal'][callee.property.name='timeout']",
          message: 'This timeout would never fire on Node 20. Use withDeadline or startDeadline.',
        },
        {
          selector:
            'CallExpression[callee.callee.property.name="skipIf"]:not([arguments.0.value=/\\(needs .+\\)$/])',
          message:
            'Only a machine that lacks a program skips a test. Name it in the title: "... (needs chromium)".',
        },
        {
          selector:
            'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(skip|only|todo|runIf)$/]',
          message:
            'Every test runs. Where a machine lacks a program: skipIf, with "(needs ...)" in the title.',
        },
      ],
      'no-console': 'error',
      'max-lines': ['error', 400],
    },
  },
  {
    // No project of the workspace, and it checks two that are.
    files: ['tools/contract/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': 'off' },
  },
  {
    // The Nx plugin alone knows Nx; the rest works without it.
    files: [
      'tools/{machine,skill-kit,verdict,router,app-platform,ingress,local-platform,git-flow,ship}/**/*.{ts,tsx}',
      'skills/**/*.ts',
    ],
    rules: { 'no-restricted-imports': ['error', { patterns: ['@nx/*', 'nx', 'nx/*'] }] },
  },
  {
    files: ['tools/local-platform/**/*.{ts,tsx}', 'tools/git-flow/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: ['@nx/*', 'nx', 'nx/*'],
          paths: [
            {
              name: '@odoobo/app-platform',
              message: 'Import @odoobo/app-platform/spec: the server never calls the API.',
            },
          ],
        },
      ],
    },
  },
  {
    // A package that is installed elsewhere finds only what it declares.
    files: [
      'tools/{machine,skill-kit,app-platform,ingress,local-platform,git-flow,ship,nx-skills}/package.json',
    ],
    languageOptions: { parser: jsonc },
    rules: {
      '@nx/dependency-checks': [
        'error',
        {
          // The rule takes only projects that have such a target.
          buildTargets: ['test'],
          ignoredFiles: [
            '{projectRoot}/src/**/*.test.*',
            '{projectRoot}/src/{test-support,reference}/**',
            '{projectRoot}/vitest.*config.ts',
            '{projectRoot}/bundle.js',
            '{projectRoot}/page/**',
          ],
          // The plugin looks for the Nx of the workspace that it runs in. light-my-request is fastify's: newer ones need Node 22.
          // What the bundle of the plugin imports is in @odoobo/ship.
          ignoredDependencies: [
            'nx',
            'light-my-request',
            '@seriousme/openapi-schema-validator',
            '@vercel/nft',
          ],
        },
      ],
    },
  },
  prettier,
];
