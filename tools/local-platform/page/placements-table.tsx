import { useCallback } from 'preact/hooks';
import { addressOf } from './address.js';
import { HealthBadge, Phase, RestartsBadge, Version } from './badges.js';
import { artefactOf } from './deployment.js';
import type { Row } from './fleet.js';
import { useNarrow } from './media.js';
import { gridOf, type PlacedRow, placedRows } from './placement-grid.js';
import type { Platform } from './platform.js';
import { usePolled } from './polling.js';

/** More placements than this have a line each. */
const mostAcross = 4;

/** A search finds the others. */
const mostLines = 100;

/**
 * Skills and their placements: version, digest, health, and changes by someone else of each app at a glance. Nothing where no app is a placement.
 * @param rows the apps that the page shows
 */
export function Placements({ platform, rows }: { platform: Platform; rows: readonly Row[] }) {
  const read = useCallback((signal: AbortSignal) => platform.placements(signal), [platform]);
  const { value } = usePolled(read);
  const narrow = useNarrow();
  const placed = value ? placedRows(rows, value) : [];
  if (placed.length === 0) return null;
  const fits = !narrow && gridOf(placed).placements.length <= mostAcross;
  return (
    <section>
      <h2 id="placements">Placements</h2>
      <div class="wide">{fits ? <Grid placed={placed} /> : <List placed={placed.slice(0, mostLines)} />}</div>
      {!fits && placed.length > mostLines && (
        <p class="quiet">
          {mostLines} of {placed.length} placements. Search to find others.
        </p>
      )}
    </section>
  );
}

function Grid({ placed }: { placed: readonly PlacedRow[] }) {
  const { placements, skills } = gridOf(placed);
  return (
    <table aria-labelledby="placements">
      <thead>
        <tr>
          <th scope="col">Skill</th>
          {placements.map((placement) => (
            <th key={placement} scope="col">
              {placement}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {skills.map(({ skill, cells }) => (
          <tr key={skill}>
            <th scope="row">{skill}</th>
            {cells.map((cell, index) => (
              <td key={placements[index]}>{cell ? <Cell one={cell} /> : <span class="quiet">–</span>}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function List({ placed }: { placed: readonly PlacedRow[] }) {
  return (
    <table aria-labelledby="placements">
      <thead>
        <tr>
          <th scope="col">Skill</th>
          <th scope="col">Placement</th>
        </tr>
      </thead>
      <tbody>
        {placed.map((one) => (
          <tr key={one.row.app.id}>
            <th scope="row">
              {one.placed.of}
              <span class="below quiet">{one.placement}</span>
            </th>
            <td>
              <Cell one={one} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The version, which leads to the app, and what is wrong or in progress. */
function Cell({ one: { row, placed } }: { one: PlacedRow }) {
  const { app, live, coming, over, health, restarts } = row;
  return (
    <span class="phases">
      <a href={addressOf(app.spec.name)}>
        <LiveVersion row={row} />
      </a>
      {live && <HealthBadge health={health} />}
      {[coming, over].map((one) => one && <Phase key={one.id} deployment={one} />)}
      <RestartsBadge restarts={restarts} />
      {placed.changed && (
        <span
          class="badge bad"
          title="What is live differs from what the last deploy of this skill has written."
        >
          CHANGED BY SOMEONE ELSE
        </span>
      )}
    </span>
  );
}

function LiveVersion({ row: { live, health } }: { row: Row }) {
  const artefact = live && artefactOf(live);
  if (artefact === undefined && health?.version === undefined) return <>{live ? 'live' : 'not live'}</>;
  return <Version version={health?.version} artefact={artefact} />;
}
