import type { App } from '@odoobo/app-platform/spec';
import { useState } from 'preact/hooks';
import { Dialog } from './dialog.js';
import { count } from './format.js';
import type { Platform } from './platform.js';
import { variablesOf } from './variables.js';

interface DeleteDialogProps {
  platform: Platform;
  app: App;
  onDone(): void;
  onClose(): void;
}

/** Lists what is deleted with an app, and asks for its name first: the deletion cannot be undone. */
export function DeleteDialog({ platform, app, onDone, onClose }: DeleteDialogProps) {
  const [typed, setTyped] = useState('');
  const { name } = app.spec;
  const remove = {
    label: 'Delete',
    danger: true,
    disabled: typed !== name,
    run: async () => {
      await platform.deleteApp(app.id);
      onDone();
      location.hash = '/';
    },
  };
  return (
    <Dialog title={`Delete ${name}?`} action={remove} onClose={onClose}>
      <p>This cannot be undone. It also deletes</p>
      <ul>
        {goesWith(app).map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      <label for="typed-name">
        Type <code>{name}</code> to delete it:
      </label>
      <input
        id="typed-name"
        autocomplete="off"
        value={typed}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
      />
    </Dialog>
  );
}

/** The text that lists what is deleted with an app. */
function goesWith({ spec, live_url: url }: App): string[] {
  const { services = [], workers = [], jobs = [], static_sites: sites = [] } = spec;
  const components = [...services, ...workers, ...jobs, ...sites].map((one) => one.name);
  const secrets = new Set(variablesOf(spec).flatMap(({ key, secret }) => (secret ? [key] : [])));
  return [
    `${count(components.length, 'component')}: ${components.join(', ')}`,
    ...(url ? [`its URL ${url}`] : []),
    ...(spec.domains ?? []).map(({ domain }) => `domain ${domain}`),
    ...(spec.databases ?? []).map((database) => `database ${database.name}`),
    ...[...secrets].map((key) => `secret ${key}`),
    'its deployments and their logs, so no rollback is possible',
  ];
}
