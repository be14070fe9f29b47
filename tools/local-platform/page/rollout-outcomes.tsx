import type { RouterState } from '@odoobo/app-platform/rollout';

/** What the answers of both versions were worth, by `x-skill-outcome`, and whether that can be compared; nothing where they did not say it. */
export function Outcomes({ state }: { state: RouterState }) {
  const { variants, outcome, better, ratio } = state;
  const { live, canary } = variants;
  const count = (live.outcome?.count ?? 0) + (canary.outcome?.count ?? 0);
  if (count === 0 && !ratio?.isOff) return null;
  return (
    <section>
      <h2 id="outcomes">Outcomes</h2>
      {count > 0 && <Means variants={variants} />}
      {better && (
        <p class="standing">
          <span class="badge good">{better === 'canary' ? 'the canary is better' : 'live is better'}</span>
        </p>
      )}
      {outcome ? (
        <p>
          The mean outcome of the canary minus that of live is {short(outcome.estimate)}, with{' '}
          {100 * outcome.confidence} % confidence {short(outcome.low)} to {short(outcome.high)}, however often
          you look.
        </p>
      ) : (
        <p class="quiet">Outcomes are compared when both versions have 100.</p>
      )}
      {ratio && <RatioLine ratio={ratio} />}
    </section>
  );
}

function Means({ variants: { live, canary } }: Pick<RouterState, 'variants'>) {
  return (
    <div class="wide">
      <table aria-labelledby="outcomes">
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col" class="number">
              Outcomes
            </th>
            <th scope="col" class="number">
              Mean
            </th>
          </tr>
        </thead>
        <tbody>
          {Object.entries({ Live: live, Canary: canary }).map(([name, { outcome }]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{outcome?.count ?? 0}</td>
              <td class="number">{outcome?.mean == null ? '–' : short(outcome.mean)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A sample ratio mismatch. */
function RatioLine({ ratio }: { ratio: NonNullable<RouterState['ratio']> }) {
  const { live, canary, expected, isOff } = ratio;
  if (expected === null) return null;
  const clients = `${canary} of ${live + canary} new clients got the canary, ${Math.round(expected)} were due`;
  if (!isOff) return <p class="quiet">{clients}: as asked for.</p>;
  return (
    <p class="reason">
      {clients}: too far off to be chance. Clients of one version are lost before their answer, so do not
      trust the outcomes.
    </p>
  );
}

/** Three digits are what one can tell apart. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
