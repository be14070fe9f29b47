import { ownCauseCodes, ownErrorIds } from '@odoobo/app-platform';
import { reasonCodes, rollbackConditionCodes } from '@odoobo/app-platform/spec';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { imageTroubles } from '../registry/registry-error.js';
import { unsentCodes } from './could-not-be-sent.js';
import { orderCodes } from './order-refusal.js';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/troubleshooting.md'), 'utf8');

/** These codes warn about a rollback, and do not forbid it. */
const warnings = ['static_site_requires_rebuild', 'image_source_missing_digest'];

const codes = [ownCauseCodes, ownErrorIds, imageTroubles, unsentCodes, orderCodes].flatMap((known) =>
  Object.values<string>(known),
);
const all = new Set([...codes, ...reasonCodes, ...rollbackConditionCodes]);

it.each([...all].filter((code) => !warnings.includes(code)))(
  'docs/troubleshooting.md says what %s means',
  (code) => {
    expect(page.includes(`\`${code}\``)).toBe(true);
  },
);
