import fc from 'fast-check';
import { type Act, acts } from './stranger.js';

/** One run of a deployer, and what happens around it. */
export interface Scenario {
  operation: 'create' | 'update' | 'rollback';
  /** What happens to the reply to the deployer's first write. */
  reply: 'there' | 'lost before the write took effect' | 'lost after the write took effect';
  /** Before which of its calls the deployer is paused, and what another person does meanwhile. */
  stops: { call: number; acts: Act[] }[];
  /** What another person does after the first write took effect, before its reply arrives. */
  afterWrite: Act[];
  /** By how many phases deployments advance before each call of the deployer; repeated when used up. */
  pace: number[];
  /** Whether the first deployment that the deployer sees in progress fails. */
  fails: boolean;
}

/** More than the calls of the longest run. */
const mostCalls = 14;

const someActs = fc.array(fc.constantFrom(...acts), { minLength: 1, maxLength: 2 });

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  operation: fc.constantFrom('create', 'update', 'rollback'),
  reply: fc.constantFrom('there', 'lost before the write took effect', 'lost after the write took effect'),
  stops: fc.array(fc.record({ call: fc.integer({ min: 0, max: mostCalls }), acts: someActs }), {
    maxLength: 3,
  }),
  afterWrite: fc.oneof({ weight: 2, arbitrary: fc.constant<Act[]>([]) }, { weight: 1, arbitrary: someActs }),
  // A deployment that never advances would only wait for its deadline.
  pace: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }).map((pace) => [...pace, 1]),
  fails: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});
