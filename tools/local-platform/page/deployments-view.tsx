import type { Deployment } from '@odoobo/app-platform/spec';
import { useMemo, useState } from 'preact/hooks';
import type { HistoryAnswer } from '../src/page/history-answers.js';
import { ChangesDialog } from './changes-dialog.js';
import { DeploymentDetails } from './deployment-details.js';
import type { Row } from './fleet.js';
import { History } from './history.js';
import type { Platform } from './platform.js';
import { usePolled } from './polling.js';
import { RollbackDialog } from './rollback-dialog.js';

interface DeploymentsViewProps {
  platform: Platform;
  row: Row;
  /** Called after an action on the app. */
  onChanged(): void;
}

/** The deployments of an app, with the steps and logs of one of them. */
export function DeploymentsView({ platform, row: { app, health }, onChanged }: DeploymentsViewProps) {
  const read = useMemo(() => {
    const reader = new HistoryReader(platform, app.id);
    return (signal: AbortSignal) => reader.read(signal);
  }, [platform, app.id]);
  const { value, again } = usePolled(read);
  const [picked, setPicked] = useState<string>();
  const [target, setTarget] = useState<Deployment>();
  const [compared, setCompared] = useState<Deployment>();
  if (!value) return <p class="quiet">Loading the deployments…</p>;
  const { deployments, history } = value;
  const shown = deployments.find(({ id }) => id === picked) ?? deployments[0];
  const onRolledBack = () => {
    // The deployment that was just started is the newest: show it.
    setPicked(undefined);
    again();
    onChanged();
  };
  return (
    <>
      <History
        deployments={deployments}
        history={history}
        liveVersion={health?.version}
        shown={shown?.id}
        onShow={setPicked}
        onCompare={setCompared}
        onRollBack={setTarget}
      />
      {shown && <DeploymentDetails key={shown.id} platform={platform} app={app} deployment={shown} />}
      {compared && (
        <ChangesDialog
          platform={platform}
          appId={app.id}
          deployments={deployments}
          of={compared}
          onClose={() => setCompared(undefined)}
        />
      )}
      {target && (
        <RollbackDialog
          platform={platform}
          app={app}
          target={target}
          origin={history.deployments[target.id]}
          onDone={onRolledBack}
          onClose={() => setTarget(undefined)}
        />
      )}
    </>
  );
}

/** The deployments of an app, newest first, and what is known of where they come from. */
interface AppHistory {
  deployments: readonly Deployment[];
  history: HistoryAnswer;
}

/** Reads the deployments of an app repeatedly, and where they come from only when that may have changed. */
class HistoryReader {
  #known: { key: string; history: HistoryAnswer } | undefined;

  constructor(
    private readonly platform: Platform,
    private readonly appId: string,
  ) {}

  async read(signal: AbortSignal): Promise<AppHistory> {
    const deployments = await this.platform.deployments(this.appId, signal);
    const key = deployments.map(({ id, phase }) => `${id} ${phase}`).join();
    if (this.#known?.key !== key) {
      this.#known = { key, history: await this.platform.history(this.appId, signal) };
    }
    return { deployments, history: this.#known.history };
  }
}
