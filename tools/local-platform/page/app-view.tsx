import type { Deployment } from '@odoobo/app-platform/spec';
import { useCallback, useState } from 'preact/hooks';
import { AppLink, HealthBadge, Phase, ResponseTime } from './badges.js';
import { DeploymentDetails } from './deployment-details.js';
import type { Row } from './fleet.js';
import { History } from './history.js';
import { Pin } from './pin.js';
import type { Platform } from './platform.js';
import { usePolled } from './polling.js';
import { ResponseTimesChart } from './response-times-chart.js';
import { RollbackDialog } from './rollback-dialog.js';

interface AppViewProps {
  platform: Platform;
  row: Row;
  /** Something was done to the app. */
  onChanged(): void;
}

/** One app: its response times, its deployments, and the steps and logs of one of them. */
export function AppView({ platform, row, onChanged }: AppViewProps) {
  const { app, live, coming, health } = row;
  const read = useCallback(
    async (signal: AbortSignal) => {
      const [deployments, times] = await Promise.all([
        platform.deployments(app.id, signal),
        platform.responseTimes(app.id, signal),
      ]);
      return { deployments, times };
    },
    [platform, app.id],
  );
  const { value, again } = usePolled(read);
  const [picked, setPicked] = useState<string>();
  const [target, setTarget] = useState<Deployment>();
  const deployments = value?.deployments ?? [];
  const shown = deployments.find(({ id }) => id === picked) ?? deployments[0];
  const changed = () => {
    // What was just set going is the newest: show it.
    setPicked(undefined);
    again();
    onChanged();
  };
  return (
    <>
      <div class="tools">
        <h1>{app.spec.name}</h1>
        {live && <Phase deployment={live} />}
        {coming && <Phase deployment={coming} />}
        <HealthBadge health={health} />
        {health && (
          <span class="quiet">
            health check took <ResponseTime health={health} />
          </span>
        )}
        <AppLink url={app.live_url} />
      </div>
      {health?.trouble && <p class="reason">{health.trouble}</p>}
      {app.pinned_deployment && (
        <Pin platform={platform} app={app} pinned={app.pinned_deployment} onChanged={changed} />
      )}
      {value && <ResponseTimesChart times={value.times} />}
      <History deployments={deployments} shown={shown?.id} onShow={setPicked} onRollBack={setTarget} />
      {shown && <DeploymentDetails key={shown.id} platform={platform} appId={app.id} deployment={shown} />}
      {target && (
        <RollbackDialog
          platform={platform}
          app={app}
          target={target}
          onDone={changed}
          onClose={() => setTarget(undefined)}
        />
      )}
    </>
  );
}
