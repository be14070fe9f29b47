import { useState } from 'preact/hooks';
import { DeleteDialog } from './delete-dialog.js';
import { Dialog } from './dialog.js';
import type { Row } from './fleet.js';
import type { Platform } from './platform.js';

type Action = 'restart' | 'redeploy' | 'cancel' | 'delete';

interface AppActionsProps {
  platform: Platform;
  row: Row;
  onChanged(): void;
}

/** The actions on an app. Each asks for confirmation first. */
export function AppActions({ platform, row: { app, live, coming }, onChanged }: AppActionsProps) {
  const [asked, setAsked] = useState<Action>();
  const [cancelled, setCancelled] = useState('');
  const close = () => setAsked(undefined);
  const ask = (action: Action) => () => {
    // What the question is about: by the time of the answer another deployment may be in progress.
    setCancelled(coming?.id ?? '');
    setAsked(action);
  };
  const then = (work: Promise<void>) => work.then(onChanged);
  const { name } = app.spec;
  return (
    <div class="actions" role="group" aria-label={`Actions on ${name}`}>
      {coming && <button onClick={ask('cancel')}>Cancel deployment</button>}
      {live && <button onClick={ask('restart')}>Restart</button>}
      <button onClick={ask('redeploy')}>Redeploy</button>
      <button class="danger" onClick={ask('delete')}>
        Delete
      </button>
      {asked === 'restart' && (
        <Dialog
          title={`Restart ${name}?`}
          action={{ label: 'Restart', run: () => then(platform.restart(app.id)) }}
          onClose={close}
        >
          <p>
            A new deployment restarts exactly the live version. The running instances keep serving until the
            new ones are healthy.
          </p>
        </Dialog>
      )}
      {asked === 'redeploy' && (
        <Dialog
          title={`Redeploy ${name}?`}
          action={{ label: 'Redeploy', run: () => then(platform.redeploy(app.id)) }}
          onClose={close}
        >
          <p>
            Deploys the app’s spec on the platform again: built from the newest commit if it comes from git,
            otherwise with the same image. To deploy your checkout: <code>npx nx deploy {name}</code>
          </p>
        </Dialog>
      )}
      {asked === 'cancel' && (
        <Dialog
          title={`Cancel the deployment of ${name}?`}
          action={{ label: 'Cancel deployment', run: () => then(platform.cancel(app.id, cancelled)) }}
          onClose={close}
        >
          <p>
            {live
              ? 'The live version keeps serving.'
              : 'The app has no live version until the next deployment.'}
          </p>
        </Dialog>
      )}
      {asked === 'delete' && (
        <DeleteDialog platform={platform} app={app} onDone={onChanged} onClose={close} />
      )}
    </div>
  );
}
