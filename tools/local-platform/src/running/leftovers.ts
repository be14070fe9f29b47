import { Containers } from '../containers/containers.js';
import { endProcesses } from '../process/end-processes.js';
import type { Mark } from '../process/mark.js';
import { markOf, marksOf } from '../process/platform-processes.js';
import { stopGroup } from '../process/stop-group.js';
import type { Layout } from '../state/layout.js';
import {
  instanceFolder,
  nameOf,
  type Place,
  placeOf,
  readProcessRecord,
  recordedPlaces,
  removeProcessRecord,
} from '../state/process-record.js';

/** Ends whatever an earlier server started for an instance, recorded or not, then forgets it. */
export async function stopLeftover(layout: Layout, place: Place, graceMs: number): Promise<void> {
  const { run } = layout;
  const { root, kind, name } = markOf(layout, 'instance', nameOf(place));
  const owns = (mark: Mark): boolean => mark.root === root && mark.kind === kind && mark.name === name;
  const also = { owns, traces: [instanceFolder(run, place)] };
  const { identity, engine } = (await readProcessRecord(run, place)) ?? {};
  await (identity ? stopGroup(identity, graceMs, also) : endProcesses(also, graceMs));
  if (engine) await new Containers(layout).named(engine).remove(nameOf(place));
  await removeProcessRecord(run, place);
}

/** Ends every service of a platform whose server is gone. @returns whether there was any, or the record of one */
export async function stopAllLeftovers(layout: Layout, graceMs: number): Promise<boolean> {
  const places = await leftoverPlaces(layout);
  await Promise.all(places.map((place) => stopLeftover(layout, place, graceMs)));
  return places.length > 0;
}

/** The instances of which something runs or is recorded. */
export async function leftoverPlaces(layout: Layout): Promise<Place[]> {
  const marks = (await marksOf(layout)).filter(({ kind }) => kind === 'instance');
  const names = [...marks.map(({ name }) => name), ...(await recordedPlaces(layout.run)).map(nameOf)];
  return [...new Set(names)].flatMap((name) => placeOf(name) ?? []);
}
