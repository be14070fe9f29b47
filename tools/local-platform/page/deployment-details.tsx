import type { App, Deployment } from '@odoobo/app-platform/spec';
import { useState } from 'preact/hooks';
import { componentsOf, durationOf, isUnderWay, type Leaf, leavesOf, relevantLog } from './deployment.js';
import { shortId, span, withShortIds } from './format.js';
import { LogView } from './log-view.js';
import type { LogType, Platform } from './platform.js';
import { type Bar, barOf } from './waterfall.js';

const logTypes: Record<LogType, string> = {
  BUILD: 'Build',
  DEPLOY: 'Deploy',
  RUN: 'Run',
  RUN_RESTARTED: 'Crashed',
};

interface DetailsProps {
  platform: Platform;
  app: App;
  deployment: Deployment;
}

/** The steps of a deployment, and its logs. */
export function DeploymentDetails({ platform, app, deployment }: DetailsProps) {
  const [picked, setPicked] = useState<LogType>();
  const type = picked ?? relevantLog(deployment);
  const duration = durationOf(deployment);
  return (
    <section class="details">
      <div>
        <h2>
          Steps of <code title={deployment.id}>{shortId(deployment.id)}</code>
        </h2>
        <p class="quiet">
          {withShortIds(deployment.cause ?? '')}
          {duration !== undefined && `, ${span(duration)}`}
        </p>
        <ol class="steps" aria-label="Steps">
          {leavesOf(deployment.progress?.steps).map((leaf) => (
            <Step key={leaf.path} leaf={leaf} deployment={deployment} />
          ))}
        </ol>
      </div>
      <div class="logs">
        <div class="tools">
          <h2>Log</h2>
          <div class="counts" role="group" aria-label="Which log">
            {(Object.keys(logTypes) as LogType[]).map((one) => (
              <button
                key={one}
                title={one === 'RUN_RESTARTED' ? 'Output of the instance that crashed last' : undefined}
                aria-pressed={one === type}
                onClick={() => setPicked(one)}
              >
                {logTypes[one]}
              </button>
            ))}
          </div>
        </div>
        <LogView
          key={type}
          platform={platform}
          appId={app.id}
          appName={app.spec.name}
          components={componentsOf(deployment)}
          deployment={deployment.id}
          type={type}
          underWay={isUnderWay(deployment)}
        />
      </div>
    </section>
  );
}

const marks: Record<string, string> = { SUCCESS: '✓', ERROR: '✗', RUNNING: '…', PENDING: '·' };

function Step({ leaf, deployment }: { leaf: Leaf; deployment: Deployment }) {
  const { path, status = 'UNKNOWN', started_at: from, ended_at: to, reason } = leaf;
  const took = Date.parse(to ?? '') - Date.parse(from ?? '');
  return (
    <li class={status.toLowerCase()}>
      <span class="mark" aria-hidden="true">
        {marks[status] ?? '?'}
      </span>{' '}
      {path} <span class="unseen">{status}</span>
      <span class="quiet">{took >= 0 && ` ${span(took)}`}</span>
      <TimeBar bar={barOf(leaf, deployment)} />
      {status === 'ERROR' && reason && (
        <p class="reason">
          {reason.code}: {reason.message}
        </p>
      )}
    </li>
  );
}

/** When the step ran, between the beginning and the end of its deployment. The page's policy allows no inline style. */
function TimeBar({ bar }: { bar: Bar | undefined }) {
  return (
    <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
      {bar && <rect x={bar.start} width={bar.width} height="1" />}
    </svg>
  );
}
