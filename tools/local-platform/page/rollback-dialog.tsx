import type { App, Deployment, RollbackValidation } from '@odoobo/app-platform/spec';
import { useEffect, useState } from 'preact/hooks';
import type { Origin } from '../src/page/history-answers.js';
import { Version } from './badges.js';
import { Dialog } from './dialog.js';
import { age, shortId } from './format.js';
import type { Platform } from './platform.js';

interface RollbackDialogProps {
  platform: Platform;
  app: App;
  target: Deployment;
  origin: Origin | undefined;
  onDone(): void;
  onClose(): void;
}

/** Asks the platform whether the app can go back to a deployment, then the user for confirmation. */
export function RollbackDialog({ platform, app, target, origin, onDone, onClose }: RollbackDialogProps) {
  const { name } = app.spec;
  // As in the command line: a pinned app refuses every deploy until the rollback is committed or reverted.
  const [pin, setPin] = useState(false);
  const { validation, error } = useValidation(platform, app, target);
  const rollBack = {
    label: 'Roll back',
    run: async () => {
      await platform.rollBack(app.id, target.id, pin);
      onDone();
    },
  };
  const refused = error?.message ?? refusalOf(validation);
  return (
    <Dialog title={`Roll back ${name}?`} action={validation?.valid ? rollBack : undefined} onClose={onClose}>
      <p>
        To deployment <code title={target.id}>{shortId(target.id)}</code> of {age(target.created_at)} ago,{' '}
        <Version version={origin?.version} artefact={origin?.digest ?? origin?.commit} />. The rollback makes
        a new deployment of it; the live version keeps serving until that is healthy.
      </p>
      {validation?.warnings?.map(({ code, message }) => (
        <p key={code} class="warning">
          {message} ({code})
        </p>
      ))}
      {validation?.valid && (
        <label>
          <input
            type="checkbox"
            checked={pin}
            onChange={({ currentTarget }) => setPin(currentTarget.checked)}
          />
          Pin the app: every deploy is refused until the rollback is committed or reverted
        </label>
      )}
      {refused !== undefined && (
        <p class="reason" role="alert">
          Cannot roll back: {refused}
        </p>
      )}
    </Dialog>
  );
}

function useValidation(platform: Platform, app: App, target: Deployment) {
  const [validation, setValidation] = useState<RollbackValidation>();
  const [error, setError] = useState<Error>();
  useEffect(() => {
    platform.validateRollback(app.id, target.id).then(setValidation, setError);
  }, []);
  return { validation, error };
}

/** The platform's own reason. */
function refusalOf(validation: RollbackValidation | undefined): string | undefined {
  if (!validation || validation.valid) return undefined;
  const { code, message } = validation.error ?? {};
  return `${message} (${code})`;
}
