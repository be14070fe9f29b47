import type { App, Deployment } from '@odoobo/app-platform/spec';
import { useState } from 'preact/hooks';
import { Dialog } from './dialog.js';
import type { Platform } from './platform.js';

interface PinProps {
  platform: Platform;
  app: App;
  pinned: Deployment;
  onChanged(): void;
}

const questions = {
  commit: {
    label: 'Commit',
    text: 'The rollback stays: its spec is the spec of the app, and deployments are allowed again.',
  },
  revert: {
    label: 'Revert',
    text: 'The app goes back to the spec from before the rollback, by a new deployment.',
  },
};

/** Shows that an app is pinned to a rollback, and ends that in either way. */
export function Pin({ platform, app, pinned, onChanged }: PinProps) {
  const [asked, setAsked] = useState<'commit' | 'revert'>();
  const end = async (how: 'commit' | 'revert') => {
    await platform.endRollback(app.id, how);
    onChanged();
  };
  return (
    <div class="banner pinned">
      <span>
        <strong>Pinned</strong> to rollback deployment <code>{pinned.id.slice(0, 8)}</code>: nothing else is
        deployed until the rollback is committed or reverted.
      </span>
      <button onClick={() => setAsked('commit')}>Commit</button>
      <button onClick={() => setAsked('revert')}>Revert</button>
      {asked && (
        <Dialog
          title={`${questions[asked].label} the rollback of ${app.spec.name}?`}
          action={{ label: questions[asked].label, run: () => end(asked) }}
          onClose={() => setAsked(undefined)}
        >
          <p>{questions[asked].text}</p>
        </Dialog>
      )}
    </div>
  );
}
