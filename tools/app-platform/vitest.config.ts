import { existsSync } from 'node:fs';
import { mergeConfig } from 'vitest/config';
import shared from '../vitest.package.js';

/** DigitalOcean's OpenAPI document is not part of the repository. What is published in registries is: tools/contract. */
const document = new URL('../../../shared/design/do-apps-openapi.json', import.meta.url);

export default mergeConfig(shared, {
  test: { exclude: existsSync(document) ? [] : ['**/contract.test.*'] },
});
