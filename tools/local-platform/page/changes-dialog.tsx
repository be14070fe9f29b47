import type { Deployment } from '@odoobo/app-platform/spec';
import { useEffect, useState } from 'preact/hooks';
import type { ChangesAnswer, Side } from '../src/page/history-answers.js';
import { Dialog } from './dialog.js';
import { age, shortId } from './format.js';
import type { Platform } from './platform.js';

interface ChangesDialogProps {
  platform: Platform;
  appId: string;
  deployments: readonly Deployment[];
  /** What is compared, at first with what was live before it. */
  of: Deployment;
  onClose(): void;
}

/** What changed from one deployment to another. */
export function ChangesDialog({ platform, appId, deployments, of, onClose }: ChangesDialogProps) {
  const [from, setFrom] = useState(of.previous_deployment_id ?? of.id);
  const { changes, error } = useChanges(platform, appId, from, of.id);
  return (
    <Dialog title={`What changed with ${shortId(of.id)}`} large onClose={onClose}>
      <label>
        Compared with{' '}
        <select value={from} onChange={({ currentTarget }) => setFrom(currentTarget.value)}>
          {deployments
            .filter(({ id }) => id !== of.id)
            .map(({ id, phase, created_at: at }) => (
              <option key={id} value={id}>
                {shortId(id)} · {phase} · {age(at)} ago
              </option>
            ))}
        </select>
      </label>
      {error && (
        <p class="reason" role="alert">
          {error.message}
        </p>
      )}
      {changes && <Changes changes={changes} />}
    </Dialog>
  );
}

function useChanges(platform: Platform, appId: string, from: string, to: string) {
  const [found, setFound] = useState<{ changes?: ChangesAnswer; error?: Error }>({});
  useEffect(() => {
    let left = false;
    const show = (next: { changes?: ChangesAnswer; error?: Error }) => left || setFound(next);
    platform.changes(appId, from, to).then(
      (changes) => show({ changes }),
      (error: Error) => show({ error }),
    );
    return () => void (left = true);
  }, [from]);
  return found;
}

/** What is known about each side, by its label. */
const facts: [string, (side: Side) => string | undefined][] = [
  ['Version', ({ version }) => version],
  ['Artefact', ({ digest }) => digest?.slice(0, 19)],
  [
    'Commit',
    ({ commit, dirty }) => commit && `${commit.slice(0, 12)}${dirty ? ' with uncommitted changes' : ''}`,
  ],
  ['Message', ({ subject }) => subject],
  ['Author', ({ author }) => author],
  ['Deployed by', ({ by }) => by],
];

function Changes({ changes: { from, to, fields } }: { changes: ChangesAnswer }) {
  const known = facts
    .map(([name, read]) => ({ path: name, before: read(from), after: read(to) }))
    .filter(({ before, after }) => before !== undefined || after !== undefined);
  return (
    <>
      <h3 id="origin">Origin</h3>
      {known.length > 0 ? (
        <ChangesTable rows={known} labelledBy="origin" />
      ) : (
        <p class="quiet">Unknown: the deployment has no mark of a deploy.</p>
      )}
      <h3 id="fields">Fields of the spec</h3>
      {fields.length > 0 ? (
        <ChangesTable rows={fields.map(withNewValue)} labelledBy="fields" />
      ) : (
        <p class="quiet">The specs are the same.</p>
      )}
    </>
  );
}

type Field = ChangesAnswer['fields'][number];

/** Neither value of a secret is shown. */
function withNewValue({ path, before, after }: Field): Field {
  return { path, before, after: before === after ? `${after}, another value` : after };
}

interface ChangesTableProps {
  rows: readonly Field[];
  labelledBy: string;
}

function ChangesTable({ rows, labelledBy }: ChangesTableProps) {
  return (
    <div class="wide">
      <table class="changes" aria-labelledby={labelledBy}>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ path, before, after }) => (
            <tr key={path} class={before === after ? 'same' : ''}>
              <th scope="row">{path}</th>
              {before === after ? (
                <td colSpan={2}>
                  <code>{after}</code> <span class="quiet">(the same)</span>
                </td>
              ) : (
                <>
                  <td>{before === undefined ? <span class="quiet">–</span> : <code>{before}</code>}</td>
                  <td>{after === undefined ? <span class="quiet">–</span> : <code>{after}</code>}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
