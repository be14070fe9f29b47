import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type AppSpec, checkAppSpec } from '../spec/index.js';
import { differences } from './diff.js';
import { type Mark, markKey, markOf, withMark } from './mark.js';

const spec: AppSpec = {
  name: 'shop',
  envs: [{ key: 'COLOR', value: 'red' }],
  services: [{ name: 'web', image: { registry_type: 'DOCR', repository: 'shop', tag: '1' } }],
};

const marks: fc.Arbitrary<Mark> = fc.record(
  {
    write: fc.uuid(),
    skill: fc.string(),
    artefact: fc.string(),
    repository: fc.string(),
    commit: fc.string(),
    dirty: fc.boolean(),
    // zod drops this key from every record, and no path that a build reads has this name.
    inputs: fc.dictionary(
      fc.string().filter((path) => path !== '__proto__'),
      fc.string(),
      { noNullPrototype: true },
    ),
    by: fc.string(),
    kept: fc.array(fc.string()),
  },
  { requiredKeys: ['write', 'skill', 'artefact'] },
);

it('is read from a spec as it was written, in a spec that the platform takes and fills nothing into', () => {
  fc.assert(
    fc.property(marks, (mark) => {
      const marked = withMark(spec, mark);
      expect(markOf(marked)).toEqual(mark);
      expect(checkAppSpec(marked)).toMatchObject({ ok: true });
      expect(marked.envs?.find(({ key }) => key === markKey)?.value).not.toContain('$');
    }),
  );
});

it('takes the place of an earlier one, and can be taken away', () => {
  const [first, second] = ['1', '2'].map((write) => ({ write, skill: 'shop', artefact: 'a' }));
  expect(markOf(withMark(withMark(spec, first), second))).toEqual(second);
  expect(withMark(withMark(spec, first), undefined)).toEqual(spec);
});

it('is no difference between two specs', () => {
  expect(differences(spec, withMark(spec, { write: '1', skill: 'shop', artefact: 'a' }))).toEqual([]);
});

it.each(['', 'by hand', '{"write":1}', '[]', 'null'])('is none where the variable holds %j', (value) => {
  expect(markOf({ ...spec, envs: [{ key: markKey, value }] })).toBeUndefined();
});

it('neither builds anything anew nor reaches a service that is not built', () => {
  const mark = { write: '1', skill: 'shop', artefact: 'a' };
  const scopeOf = (one: AppSpec) => withMark(one, mark).envs?.find(({ key }) => key === markKey)?.scope;
  expect(scopeOf(spec)).toBe('BUILD_TIME');
  expect(scopeOf({ ...spec, services: [{ name: 'web', github: { repo: 'acme/shop' } }] })).toBe('RUN_TIME');
});
