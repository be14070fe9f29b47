import shared, { testsOf } from './vitest.shared.js';

/**
 * What the tests of the packages in `tools` share. `npm test` has compiled them, tests included, and runs what is compiled: with nothing
 * to transform, they take a tenth less CPU. Everyone else runs the sources, which need not be compiled.
 */
export default process.env['COMPILED'] ? testsOf('dist/**/*', 'js') : shared;
