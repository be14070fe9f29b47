import { useState } from 'preact/hooks';
import { addressOf } from './address.js';
import { DeliveryFigures } from './delivery-figures.js';
import { lastEvents, type Row, type Standing } from './fleet.js';
import { FleetTable } from './fleet-table.js';
import { timeOfDay } from './format.js';
import { Placements } from './placements-table.js';
import type { Platform } from './platform.js';
import { FleetTraffic } from './traffic-charts.js';

/** Shows apps that need attention on top, out of a thousand; a search finds the others. */
const shownAtOnce = 100;
const shownEvents = 8;

const standings: { standing: Standing; label: string }[] = [
  { standing: 'trouble', label: 'in trouble' },
  { standing: 'deploying', label: 'deploying' },
  { standing: 'idle', label: 'not live' },
  { standing: 'live', label: 'live' },
];

/** All apps: a table, counts, and what happened last. */
export function FleetView({ platform, rows }: { platform: Platform; rows: readonly Row[] }) {
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
          class="grows last"
          placeholder="Search"
          aria-label="Search apps by name"
          value={search}
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
      </div>
      <FleetTable rows={found.slice(0, shown)} />
      {found.length === 0 && <p class="quiet">No app matches.</p>}
      {found.length > shown && (
        <p>
          {shown} of {found.length} apps.{' '}
          <button onClick={() => setShown(shown + shownAtOnce)}>Show {shownAtOnce} more</button>
        </p>
      )}
      <Placements platform={platform} rows={found} />
      <Events rows={rows} />
      <FleetTraffic platform={platform} />
      <DeliveryFigures platform={platform} />
    </>
  );
}

interface CountsProps {
  rows: readonly Row[];
  only: Standing | undefined;
  onOnly(standing: Standing | undefined): void;
}

/** The number of apps in each state; each shows only those. */
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
          class={count(standing) > 0 ? standing : 'none'}
          aria-pressed={only === standing}
          onClick={() => onOnly(only === standing ? undefined : standing)}
        >
          {count(standing)} {label}
        </button>
      ))}
    </div>
  );
}

function Events({ rows }: { rows: readonly Row[] }) {
  return (
    <section>
      <h2 id="events">Last events</h2>
      <ol class="events" aria-labelledby="events" aria-live="polite">
        {lastEvents(rows, shownEvents).map(({ id, at, app, what, detail }) => (
          <li key={id}>
            <time dateTime={at}>{timeOfDay(at)}</time> <a href={addressOf(app)}>{app}</a> {what}{' '}
            <span class="quiet">{detail}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

const commands = [
  { what: 'Deploy every skill of the workspace:', command: 'npx nx run-many -t deploy' },
  {
    what: 'Create a skill and deploy it:',
    command: 'npx nx g @odoobo/nx-skills:skill word-count\nnpx nx deploy word-count',
  },
  { what: 'Watch them in the terminal:', command: 'npx nx monitor' },
];

/** What to type first. */
function NoApps() {
  return (
    <div class="notice">
      <h1>No apps yet</h1>
      <p>Run one of these in the workspace; the apps appear here automatically.</p>
      {commands.map(({ what, command }) => (
        <section key={command}>
          <p>{what}</p>
          <pre>{command}</pre>
        </section>
      ))}
    </div>
  );
}
