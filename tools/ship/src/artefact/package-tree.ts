import { posix } from 'node:path';

/** What a package needs, as found on this machine. */
export interface TracedPackage {
  /** Where it is on this machine: two versions of a package have two folders. */
  folder: string;
  name: string;
  /** Folders of the packages that it loads. */
  needs: Set<string>;
}

/** Two versions of a package would have the same place. */
export class TwoVersionsError extends Error {
  override readonly name = 'TwoVersionsError';
}

/**
 * Decides where each package is in the artefact's `node_modules`, so that Node finds for each the version that it has here: at the
 * top, or inside the package that needs it where the top has another version.
 *
 * @param top folders of the packages that the bundle imports, which must be at the top
 * @returns the folder of each place, such as `node_modules/sharp`
 * @throws TwoVersionsError where the bundle imports two versions of a package, or two versions need each other
 */
export function packageTree(
  packages: ReadonlyMap<string, TracedPackage>,
  top: ReadonlySet<string>,
): Map<string, string> {
  const places = new Map<string, string>();
  const open: [place: string, traced: TracedPackage][] = [];
  const put = (place: string, traced: TracedPackage) => {
    places.set(place, traced.folder);
    open.push([place, traced]);
  };
  for (const traced of sorted(packages, top)) {
    const place = placeBelow('', traced.name);
    const other = places.get(place);
    if (other !== undefined) throw new TwoVersionsError(twoVersions(traced, other));
    put(place, traced);
  }
  for (const [from, traced] of open) {
    for (const needed of sorted(packages, traced.needs)) {
      const found = nearest(places, from, needed.name);
      if (found === undefined) put(placeBelow('', needed.name), needed);
      else if (places.get(found) !== needed.folder) {
        // Inside itself it would need itself again, and so on without end.
        if (isInside(places, from, needed.folder)) throw new TwoVersionsError(circle(traced, needed));
        put(placeBelow(from, needed.name), needed);
      }
    }
  }
  return places;
}

function isInside(places: ReadonlyMap<string, string>, from: string, folder: string): boolean {
  for (let place = from; place !== ''; place = above(place)) if (places.get(place) === folder) return true;
  return false;
}

function circle(from: TracedPackage, needed: TracedPackage): string {
  return (
    `${needed.name} cannot be bundled, and two versions of it need each other by way of ${from.name}: ${needed.folder}. ` +
    `Use one version: npm ls ${needed.name}`
  );
}

function twoVersions({ name, folder }: TracedPackage, other: string): string {
  return (
    `${name} cannot be bundled, and the service uses two versions of it: ${other} and ${folder}. ` +
    `Use one version: npm ls ${name}`
  );
}

/** In the order of names: folders differ from checkout to checkout. */
function sorted(
  packages: ReadonlyMap<string, TracedPackage>,
  folders: ReadonlySet<string>,
): readonly TracedPackage[] {
  const found = [...folders].flatMap((folder) => packages.get(folder) ?? []);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function placeBelow(place: string, name: string): string {
  return posix.join(place, 'node_modules', name);
}

/** Where Node finds a package: https://nodejs.org/api/modules.html#loading-from-node_modules-folders */
function nearest(places: ReadonlyMap<string, string>, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = above(folder)) {
    const place = placeBelow(folder, name);
    if (places.has(place)) return place;
    if (folder === '') return undefined;
  }
}

/** The place that a place is inside; '' for the top. */
function above(place: string): string {
  return place.replace(/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/, '');
}
