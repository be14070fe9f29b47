import { addressOf, type Tab, tabs } from './address.js';
import { AppActions } from './app-actions.js';
import { AppLink, HealthBadge, lastRestart, ResponseTime, RestartsBadge, Version } from './badges.js';
import { artefactOf, isRollingOut } from './deployment.js';
import { DeploymentsView } from './deployments-view.js';
import type { Row } from './fleet.js';
import { Phases } from './fleet-table.js';
import { count } from './format.js';
import { MetricsView } from './metrics-view.js';
import { Pin } from './pin.js';
import type { Platform } from './platform.js';
import { RolloutView } from './rollout-view.js';
import { VariablesView } from './variables-view.js';

interface AppViewProps {
  platform: Platform;
  row: Row;
  tab: Tab;
  /** Called after an action on the app. */
  onChanged(): void;
}

/** One app: its state, its actions, and one of its three views. */
export function AppView({ platform, row, tab, onChanged }: AppViewProps) {
  const { app } = row;
  return (
    <>
      <div class="tools">
        <h1>{app.spec.name}</h1>
        <AppActions platform={platform} row={row} onChanged={onChanged} />
      </div>
      <AppStanding row={row} />
      {app.pinned_deployment && (
        <Pin platform={platform} app={app} pinned={app.pinned_deployment} onChanged={onChanged} />
      )}
      <nav class="tabs" aria-label={`Parts of ${app.spec.name}`}>
        {tabsOf(row, tab).map((one) => (
          <a key={one} href={addressOf(app.spec.name, one)} aria-current={one === tab ? 'page' : undefined}>
            {tabs[one]}
          </a>
        ))}
      </nav>
      {tab === 'deployments' && <DeploymentsView platform={platform} row={row} onChanged={onChanged} />}
      {tab === 'rollout' && <RolloutView platform={platform} app={app} onChanged={onChanged} />}
      {tab === 'metrics' && <MetricsView platform={platform} appId={app.id} />}
      {tab === 'variables' && <VariablesView spec={app.spec} />}
    </>
  );
}

/** A rollout has a view of its own for as long as it is live, or looked at. */
function tabsOf({ live }: Row, shown: Tab): Tab[] {
  const all = Object.keys(tabs) as Tab[];
  return all.filter((one) => one !== 'rollout' || one === shown || isRollingOut(live));
}

function AppStanding({ row }: { row: Row }) {
  const { app, live, health, restarts, instances } = row;
  return (
    <>
      <p class="standing">
        <Phases row={row} />
        {health && <HealthBadge health={health} />}
        <RestartsBadge restarts={restarts} />
        {live && <Version version={health?.version} artefact={artefactOf(live)} />}
        {app.live_url && <AppLink url={app.live_url} />}
        {instances !== undefined && <span class="quiet">{count(instances, 'instance')}</span>}
        {health && (
          <span class="quiet">
            health check took <ResponseTime health={health} />
          </span>
        )}
      </p>
      {health?.trouble && <p class="reason">{health.trouble}</p>}
      {restarts && restarts.count > 0 && <p class="reason">{lastRestart(restarts)}</p>}
    </>
  );
}
