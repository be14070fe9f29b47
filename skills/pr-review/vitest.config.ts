// How long a review may take is in the tests, in time of the processor: the machine may be busy with other tests.
export { default } from '../../tools/vitest.shared.js';
