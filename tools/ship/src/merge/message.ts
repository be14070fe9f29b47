import type { Verified } from './merge-run.js';

/** The message of a merge commit. Its last paragraph consists of trailers, which `git interpret-trailers --parse` reads. */
export function mergeMessage({ candidate, proof }: Verified): string {
  const trailers: [name: string, value: string | undefined][] = [
    ['Skill', candidate.place.skill],
    ...(proof
      ? ([
          ['Environment', proof.environment],
          ['Deployment', proof.deployment],
          ['Digest', proof.digest],
          ['URL', proof.url],
          ['Verified-At', proof.verifiedAt],
        ] satisfies [string, string | undefined][])
      : ([['Verified', 'no (--skip-verify)']] satisfies [string, string][])),
  ];
  const lines = trailers.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return `Merge ${candidate.branch}\n\n${lines.join('\n')}`;
}
