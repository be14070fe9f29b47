import { useState } from 'preact/hooks';
import { Age, AppLink, HealthBadge, Phase, ResponseTime } from './badges.js';
import { failedStep, versionOf } from './deployment.js';
import { lastEvents, type Row, type Standing } from './fleet.js';
import { timeOfDay } from './format.js';

/** Of a thousand apps nobody reads all: what needs eyes is on top, and a search finds the others. */
const shownAtOnce = 100;
const shownEvents = 8;

const standings: { standing: Standing; label: string }[] = [
  { standing: 'trouble', label: 'in trouble' },
  { standing: 'deploying', label: 'deploying' },
  { standing: 'idle', label: 'not live' },
  { standing: 'live', label: 'live' },
];

/** All apps: a table, counts, and what happened last. */
export function FleetView({ rows }: { rows: readonly Row[] }) {
  const [search, setSearch] = useState('');
  const [only, setOnly] = useState<Standing>();
  const [shown, setShown] = useState(shownAtOnce);
  if (rows.length === 0) return <NoApps />;
  const wanted = search.trim().toLowerCase();
  const found = rows.filter(
    ({ app, standing }) => app.spec.name.includes(wanted) && (only === undefined || standing === only),
  );
  return (
    <>
      <div class="tools">
        <h1>Apps</h1>
        <Counts rows={rows} only={only} onOnly={setOnly} />
        <input
          type="search"
          placeholder="Search"
          aria-label="Search apps by name"
          value={search}
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
      </div>
      <FleetTable rows={found.slice(0, shown)} />
      {found.length === 0 && <p class="quiet">No app like that.</p>}
      {found.length > shown && (
        <p>
          {shown} of {found.length} apps.{' '}
          <button onClick={() => setShown(shown + shownAtOnce)}>Show {shownAtOnce} more</button>
        </p>
      )}
      <Events rows={rows} />
    </>
  );
}

function NoApps() {
  return (
    <div class="notice">
      <h1>No apps yet</h1>
      <p>Deploy to see them here:</p>
      <pre>npx nx run-many -t deploy</pre>
    </div>
  );
}

interface CountsProps {
  rows: readonly Row[];
  only: Standing | undefined;
  onOnly(standing: Standing | undefined): void;
}

/** How many apps stand how; each shows only those. */
function Counts({ rows, only, onOnly }: CountsProps) {
  const count = (wanted: Standing) => rows.filter(({ standing }) => standing === wanted).length;
  return (
    <div class="counts" role="group" aria-label="Show only">
      <button aria-pressed={only === undefined} onClick={() => onOnly(undefined)}>
        {rows.length} all
      </button>
      {standings.map(({ standing, label }) => (
        <button
          key={standing}
          class={standing}
          aria-pressed={only === standing}
          onClick={() => onOnly(only === standing ? undefined : standing)}
        >
          {count(standing)} {label}
        </button>
      ))}
    </div>
  );
}

function FleetTable({ rows }: { rows: readonly Row[] }) {
  return (
    <div class="wide">
      <table class="fleet">
        <thead>
          <tr>
            <th scope="col">App</th>
            <th scope="col">Phase</th>
            <th scope="col">Health</th>
            <th scope="col" class="number">
              Response time
            </th>
            <th scope="col" class="minor">
              Version
            </th>
            <th scope="col" class="least">
              URL
            </th>
            <th scope="col" class="minor number">
              Age
            </th>
            <th scope="col" class="minor number">
              Instances
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <FleetRow key={row.app.id} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function FleetRow({ row }: { row: Row }) {
  const { app, live, coming, over, health, instances, standing } = row;
  const { name } = app.spec;
  const version = live ?? coming ?? over;
  const reason = over && failedStep(over)?.reason;
  return (
    <tr class={standing}>
      <th scope="row">
        <a href={`#/apps/${name}`}>{name}</a>
      </th>
      <td>
        <span class="phases">
          {[live, coming, over].map((one) => one && <Phase key={one.id} deployment={one} />)}
          {reason && <span class="reason least">{reason.code}</span>}
          {app.pinned_deployment && <span class="badge busy">PINNED</span>}
        </span>
      </td>
      <td>
        <HealthBadge health={health} />
      </td>
      <td class="number">
        <ResponseTime health={health} />
      </td>
      <td class="minor">
        <code>{version && versionOf(version)}</code>
      </td>
      <td class="least">
        <AppLink url={app.live_url} />
      </td>
      <td class="minor number">
        <Age of={version?.phase_last_updated_at} />
      </td>
      <td class="minor number">{instances ?? <span class="quiet">–</span>}</td>
    </tr>
  );
}

function Events({ rows }: { rows: readonly Row[] }) {
  return (
    <section>
      <h2 id="events">Last events</h2>
      <ol class="events" aria-labelledby="events" aria-live="polite">
        {lastEvents(rows, shownEvents).map(({ at, app, deployment }) => {
          const reason = failedStep(deployment)?.reason;
          return (
            <li key={`${deployment.id} ${deployment.phase}`}>
              <time dateTime={at}>{timeOfDay(at)}</time> <a href={`#/apps/${app}`}>{app}</a>{' '}
              {deployment.phase}
              <span class="quiet">
                {' '}
                {deployment.cause}
                {reason && ` · ${reason.code}: ${reason.message}`}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
