import { expect, it } from 'vitest';
import { service, TestRepository, TestSources } from './repository.test.helper.js';

it.each([{}, { environment_slug: 'go' }])(
  'says what to do about a go.work without go.mod: %j',
  async (settings) => {
    const repository = await TestRepository.create({
      'go.work': 'go 1.19\n\nuse ./api\n',
      'api/go.mod': 'module example.com/api\n\ngo 1.19\n',
    });
    const tested = await TestSources.of(repository);
    await expect(tested.build(service(settings))).rejects.toThrow(
      '"web" cannot be built as go: go.mod is missing in its source_dir. A go.work alone is not enough: set source_dir to',
    );
  },
);
