import { isMap, isSeq, parseDocument } from 'yaml';
import { placementsIn, type WrittenPlacement } from '../placement/placements-file.js';

/** An entry of a file of placements, as it is written. */
export type Entry = Partial<Omit<WrittenPlacement, 'issue'>>;

/**
 * The text of a file of placements with further entries; what is there stays as it is, with its comments.
 * @param text undefined if there is no file
 * @throws AppSpecError if the file is wrong, or would be
 */
export function withEntries(text: string | undefined, file: string, entries: readonly Entry[]): string {
  if (text !== undefined) placementsIn(text, file);
  const document = parseDocument(text ?? 'placements: []\n');
  const list = document.get('placements');
  if (!isSeq(list)) throw new Error(`${file}: placements is not a list`);
  for (const entry of entries) list.add(document.createNode(entry));
  // The empty list of a new file is written in one line otherwise.
  if (text === undefined) list.flow = false;
  const edited = document.toString({ lineWidth: 0 });
  placementsIn(edited, file);
  return edited;
}

/**
 * The text of a file of placements without the entries of a tenant in an environment.
 * @returns undefined if nothing is left, so that the file is to be deleted
 * @throws AppSpecError if the file is wrong
 */
export function withoutTenant(
  text: string,
  file: string,
  { tenant, environment }: { tenant: string; environment: string },
): { text: string | undefined; removed: number } {
  const placements = placementsIn(text, file);
  const document = parseDocument(text);
  const list = document.get('placements');
  if (!isSeq(list)) throw new Error(`${file}: placements is not a list`);
  const isOfTenant = placements.map((one) => one.tenant === tenant && one.environment === environment);
  list.items = list.items.filter((item, index) => !(isMap(item) && isOfTenant[index]));
  const removed = isOfTenant.filter(Boolean).length;
  if (removed === 0) return { text, removed };
  return { text: list.items.length > 0 ? document.toString({ lineWidth: 0 }) : undefined, removed };
}
