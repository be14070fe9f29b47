import type { Deployment } from '@odoobo/app-platform/spec';
import type { Health, Restarts } from '../src/page/answers.js';
import { isUnderWay } from './deployment.js';
import { age, count, dateAndTime, milliseconds, shortDigest } from './format.js';

const kinds: Record<string, string> = { ACTIVE: 'good', ERROR: 'bad', CANCELED: 'bad', SUPERSEDED: 'past' };

/** The phase of a deployment, and how far it is while it is in progress. */
export function Phase({ deployment }: { deployment: Deployment }) {
  const { phase = 'UNKNOWN', progress } = deployment;
  const underWay = isUnderWay(deployment);
  const { success_steps: done = 0, total_steps: all = 0 } = progress ?? {};
  return (
    <span class={`badge ${underWay ? 'busy' : (kinds[phase] ?? 'past')}`}>
      {phase}
      {underWay && all > 0 && (
        <>
          {' '}
          <progress max={all} value={done} aria-label={`${done} of ${all} steps`} />
          <span class="count">
            {done}/{all}
          </span>
        </>
      )}
    </span>
  );
}

export function HealthBadge({ health }: { health: Health | undefined }) {
  if (!health) return <span class="quiet">–</span>;
  const { state, trouble } = health;
  return (
    <span class={`badge ${state === 'HEALTHY' ? 'good' : 'bad'}`} title={trouble}>
      {state}
    </span>
  );
}

/** How often an app has crashed since it went live. */
export function RestartsBadge({ restarts }: { restarts: Restarts | undefined }) {
  if (!restarts || restarts.count === 0) return null;
  return (
    <span class="badge bad" title={lastRestart(restarts)}>
      {count(restarts.count, 'restart')}
    </span>
  );
}

export function lastRestart({ at, component, cause }: Restarts): string {
  return `Last ${age(at)} ago: ${component} ${cause}`;
}

export function ResponseTime({ health }: { health: Health | undefined }) {
  return health ? <>{milliseconds(health.milliseconds)}</> : <span class="quiet">–</span>;
}

export function Age({ of }: { of: string | undefined }) {
  return of === undefined ? null : (
    <time dateTime={of} title={dateAndTime(of)}>
      {age(of)}
    </time>
  );
}

interface VersionProps {
  version: string | undefined;
  /** The image, or the commit, where the version alone does not identify the artefact. */
  artefact: string | undefined;
}

/** What is running, as the monitor names it, and which artefact that is. */
export function Version({ version, artefact }: VersionProps) {
  return (
    <span class="version" title={artefact}>
      {version !== undefined && <span>{version}</span>}{' '}
      {artefact !== undefined && <code class={version && 'quiet'}>{shortDigest(artefact)}</code>}
    </span>
  );
}

/** Only an address on the web leads anywhere. */
export function AppLink({ url }: { url: string | undefined }) {
  if (!url || !/^https?:\/\//.test(url)) return <span class="quiet">–</span>;
  return (
    <a href={url} target="_blank" rel="noreferrer">
      {url.replace(/^https?:\/\//, '')}
    </a>
  );
}
