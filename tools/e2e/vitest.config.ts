import { mergeConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import shared from '../vitest.package.js';

const nightly = Boolean(process.env['NIGHTLY']);

/** Vitest begins with the largest files. The faults are small ones that take longest: at the end, one would run alone. */
class FaultsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isFault = ({ moduleId }: TestSpecification) => moduleId.includes('/faults/');
    const sorted = await super.sort(files);
    return [...sorted.filter(isFault), ...sorted.filter((file) => !isFault(file))];
  }
}

export default mergeConfig(shared, {
  test: {
    globalSetup: 'src/support/state-folder.ts',
    // Each test starts Nx several times, on machines of two cores that are busy with it.
    testTimeout: nightly ? 180_000 : 90_000,
    hookTimeout: nightly ? 240_000 : 120_000,
    maxWorkers: 2,
    sequence: { sequencer: FaultsFirst },
  },
});
