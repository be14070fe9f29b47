import { addressOf } from './address.js';
import { Age, AppLink, HealthBadge, Phase, ResponseTime, RestartsBadge, Version } from './badges.js';
import { artefactOf, failedStep, isRollingOut } from './deployment.js';
import type { Row } from './fleet.js';
import { useNarrow } from './media.js';

/** A row per app. Where there is no room for all columns, their content goes below the name and beside the phase. */
export function FleetTable({ rows }: { rows: readonly Row[] }) {
  const narrow = useNarrow();
  const FleetRow = narrow ? NarrowRow : WideRow;
  return (
    <div class="wide">
      <table aria-label="Apps">
        <thead>
          <tr>
            <th scope="col">App</th>
            <th scope="col">{narrow ? 'State' : 'Phase'}</th>
            {!narrow && <WideHead />}
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

function WideHead() {
  return (
    <>
      <th scope="col">Health</th>
      <th scope="col" class="number">
        Response time
      </th>
      <th scope="col">Version</th>
      <th scope="col" class="least">
        URL
      </th>
      <th scope="col" class="number">
        Age
      </th>
      <th scope="col" class="least number">
        Instances
      </th>
    </>
  );
}

function WideRow({ row }: { row: Row }) {
  const { app, health, restarts, instances } = row;
  return (
    <tr>
      <th scope="row">
        <AppName row={row} />
      </th>
      <td>
        <span class="phases">
          <Phases row={row} />
        </span>
      </td>
      <td>
        <span class="phases">
          <HealthBadge health={health} />
          <RestartsBadge restarts={restarts} />
        </span>
      </td>
      <td class="number">
        <ResponseTime health={health} />
      </td>
      <td>
        <RowVersion row={row} />
      </td>
      <td class="least">
        <AppLink url={app.live_url} />
      </td>
      <td class="number">
        <RowAge row={row} />
      </td>
      <td class="least number">{instances ?? <span class="quiet">–</span>}</td>
    </tr>
  );
}

function NarrowRow({ row }: { row: Row }) {
  const { app, health, restarts } = row;
  return (
    <tr>
      <th scope="row">
        <AppName row={row} />
        <span class="below quiet">
          <RowVersion row={row} /> <RowAge row={row} />
          {app.live_url && <AppLink url={app.live_url} />}
        </span>
      </th>
      <td>
        <span class="phases">
          <Phases row={row} />
          {health && <HealthBadge health={health} />}
          <RestartsBadge restarts={restarts} />
        </span>
      </td>
    </tr>
  );
}

function AppName({ row: { app } }: { row: Row }) {
  return <a href={addressOf(app.spec.name)}>{app.spec.name}</a>;
}

/** The phase of the live deployment, of the one in progress, and of the newest where that failed; why; and whether a rollout is under way. */
export function Phases({ row: { app, live, coming, over } }: { row: Row }) {
  const reason = over && failedStep(over)?.reason;
  return (
    <>
      {[live, coming, over].map((one) => one && <Phase key={one.id} deployment={one} />)}
      {reason && <span class="reason">{reason.code}</span>}
      {isRollingOut(live) && <span class="badge busy">ROLLOUT</span>}
      {app.pinned_deployment && <span class="badge busy">PINNED</span>}
    </>
  );
}

function RowVersion({ row: { live, coming, over, health } }: { row: Row }) {
  const shown = live ?? coming ?? over;
  return <Version version={health?.version} artefact={shown && artefactOf(shown)} />;
}

function RowAge({ row: { live, coming, over } }: { row: Row }) {
  return <Age of={(live ?? coming ?? over)?.phase_last_updated_at} />;
}
