import type { Deployment } from '@odoobo/app-platform/spec';
import type { HistoryAnswer, Origin } from '../src/page/history-answers.js';
import { Age, Phase, Version } from './badges.js';
import { durationOf, failedStep } from './deployment.js';
import { shortId, span, withShortIds } from './format.js';
import { useNarrow } from './media.js';

interface HistoryProps {
  /** Newest first. */
  deployments: readonly Deployment[];
  history: HistoryAnswer;
  /** What the live one says that it is of. */
  liveVersion: string | undefined;
  /** The id of the one whose details are shown. */
  shown: string | undefined;
  onShow(id: string): void;
  onCompare(deployment: Deployment): void;
  onRollBack(deployment: Deployment): void;
}

/** The deployments of an app. */
export function History({ deployments, ...rest }: HistoryProps) {
  const narrow = useNarrow();
  return (
    <section>
      <h2 id="history">Deployments</h2>
      <div class="wide">
        <table class="history" aria-labelledby="history">
          <thead>
            <tr>
              <th scope="col">Deployment</th>
              <th scope="col">Phase</th>
              {!narrow && <WideHead />}
              <th scope="col">
                <span class="unseen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {deployments.map((deployment) => (
              <HistoryRow key={deployment.id} deployment={deployment} narrow={narrow} {...rest} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function WideHead() {
  return (
    <>
      <th scope="col" class="least">
        Cause
      </th>
      <th scope="col">Version</th>
      <th scope="col" class="number">
        Age
      </th>
      <th scope="col" class="least number">
        Duration
      </th>
    </>
  );
}

interface HistoryRowProps extends Omit<HistoryProps, 'deployments'> {
  deployment: Deployment;
  narrow: boolean;
}

function HistoryRow(props: HistoryRowProps) {
  const { deployment, narrow, history, liveVersion, shown, onShow, ...actions } = props;
  const { id, cause = '', phase, phase_last_updated_at: since } = deployment;
  const duration = durationOf(deployment);
  const reason = failedStep(deployment)?.reason;
  const origin = history.deployments[id] ?? {};
  const said = phase === 'ACTIVE' ? liveVersion : undefined;
  const version = <Version version={said ?? origin.version} artefact={origin.digest ?? origin.commit} />;
  return (
    <tr aria-current={shown === id ? 'true' : undefined}>
      <th scope="row">
        <button class="plain" title={id} aria-pressed={shown === id} onClick={() => onShow(id)}>
          <code>{shortId(id)}</code>
        </button>
        {narrow && (
          <span class="below quiet">
            {version} <Age of={since} />
          </span>
        )}
      </th>
      <td>
        <span class="phases">
          <Phase deployment={deployment} />
          {history.rolledBackFrom.includes(id) && (
            <span class="badge past" title="A rollback replaced it, so you cannot roll back to it here.">
              ROLLED BACK FROM
            </span>
          )}
          {reason && <span class="reason">{reason.code}</span>}
        </span>
      </td>
      {!narrow && (
        <>
          <td class="least cause">
            {withShortIds(cause)} <Shipped origin={origin} />
          </td>
          <td>{version}</td>
          <td class="number">
            <Age of={since} />
          </td>
          <td class="least number">{duration !== undefined && span(duration)}</td>
        </>
      )}
      <td class="number">
        <RowActions deployment={deployment} history={history} {...actions} />
      </td>
    </tr>
  );
}

/** The commit that was shipped, and by whom. */
function Shipped({ origin: { commit, dirty, by } }: { origin: Origin }) {
  if (commit === undefined && by === undefined) return null;
  return (
    <span class="quiet">
      {commit !== undefined && <code>{commit.slice(0, 7)}</code>}
      {dirty && ' with uncommitted changes'}
      {by !== undefined && ` by ${by}`}
    </span>
  );
}

function RowActions({
  deployment,
  history: { targets },
  onCompare,
  onRollBack,
}: Pick<HistoryRowProps, 'deployment' | 'history' | 'onCompare' | 'onRollBack'>) {
  const { id, previous_deployment_id: before } = deployment;
  return (
    <span class="row-actions">
      {before !== undefined && (
        <button aria-label={`Changes of ${shortId(id)}`} onClick={() => onCompare(deployment)}>
          Changes
        </button>
      )}
      {targets.includes(id) && (
        <button aria-label={`Roll back to ${shortId(id)}`} onClick={() => onRollBack(deployment)}>
          Roll back
        </button>
      )}
    </span>
  );
}
