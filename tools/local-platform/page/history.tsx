import type { Deployment } from '@odoobo/app-platform/spec';
import { Age, Phase } from './badges.js';
import { durationOf, failedStep, versionOf } from './deployment.js';
import { span } from './format.js';

interface HistoryProps {
  /** Newest first. */
  deployments: readonly Deployment[];
  /** The id of the one whose details are shown. */
  shown: string | undefined;
  onShow(id: string): void;
  onRollBack(deployment: Deployment): void;
}

/** The deployments of an app. */
export function History({ deployments, ...rest }: HistoryProps) {
  return (
    <section>
      <h2 id="history">Deployments</h2>
      <div class="wide">
        <table aria-labelledby="history">
          <thead>
            <tr>
              <th scope="col">Deployment</th>
              <th scope="col">Phase</th>
              <th scope="col" class="least">
                Cause
              </th>
              <th scope="col" class="number">
                Since
              </th>
              <th scope="col" class="minor number">
                Duration
              </th>
              <th scope="col" class="minor">
                Version
              </th>
              <th scope="col">
                <span class="unseen">Roll back</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {deployments.map((deployment) => (
              <HistoryRow key={deployment.id} deployment={deployment} {...rest} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface HistoryRowProps extends Omit<HistoryProps, 'deployments'> {
  deployment: Deployment;
}

function HistoryRow({ deployment, shown, onShow, onRollBack }: HistoryRowProps) {
  const { id, cause, phase, phase_last_updated_at: since } = deployment;
  const duration = durationOf(deployment);
  const reason = failedStep(deployment)?.reason;
  return (
    <tr aria-current={shown === id ? 'true' : undefined}>
      <th scope="row">
        <button class="plain" title={id} aria-pressed={shown === id} onClick={() => onShow(id)}>
          <code>{id.slice(0, 8)}</code>
        </button>
      </th>
      <td>
        <Phase deployment={deployment} />
        {reason && <span class="reason"> {reason.code}</span>}
      </td>
      <td class="least">{cause}</td>
      <td class="number">
        <Age of={since} />
      </td>
      <td class="minor number">{duration !== undefined && span(duration)}</td>
      <td class="minor">
        <code>{versionOf(deployment)}</code>
      </td>
      <td class="number">
        {phase === 'SUPERSEDED' && (
          <button aria-label={`Roll back to ${id.slice(0, 8)}`} onClick={() => onRollBack(deployment)}>
            Roll back
          </button>
        )}
      </td>
    </tr>
  );
}
