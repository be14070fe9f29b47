import { SkillError } from '@odoobo/skill-kit';
import { createHash } from 'node:crypto';
import type { Kept, Place } from '../schema.js';
import type { Files } from './files.js';

const maxProjects = 50;
const maxPlaces = 200;
/** Places whose files are read at once. */
const placesAtOnce = 16;
const maxImageBytes = 8 * 1024 * 1024;

export interface Screenshot {
  /** SHA-256 of the PNG. */
  screenshot: string;
  png: Buffer;
}

/** Which screenshot a place has as its baseline, or took last. */
type Role = 'baseline' | 'candidate';

/**
 * Screenshots in a folder or a bucket: `<project>/<place>/` holds images named by their SHA-256, which never change, and a small file for
 * each role that names one. A file is replaced as a whole, so no reader gets half of one.
 */
export class BaselineStore {
  constructor(private readonly files: Files) {}

  /** The PNG of the baseline; undefined while there is none. */
  async baseline(project: string, place: Place): Promise<Screenshot | undefined> {
    const folder = this.#folderOf(project, place);
    const kept = await this.#readRole(folder, 'baseline');
    const png = kept && (await this.files.read(imageFile(folder, kept.screenshot)));
    return png && { screenshot: kept.screenshot, png };
  }

  /**
   * Keeps a screenshot for approval, in place of the one before it.
   * @throws SkillError 422 when the store is full, or the image is larger than 8 MiB
   */
  async keepCandidate(project: string, place: Place, png: Buffer): Promise<void> {
    if (png.length > maxImageBytes) throw full(`A screenshot has more than ${maxImageBytes} bytes.`);
    const folder = this.#folderOf(project, place);
    await this.#refuseWhenFull(project, folder);
    const screenshot = screenshotOf(png);
    await this.files.write(imageFile(folder, screenshot), png);
    await this.#writeRole(folder, 'candidate', { ...place, screenshot, at: new Date().toISOString() });
    await this.#dropUnused(folder);
  }

  /** A place that looks as it should has nothing to approve. */
  async dropCandidate(project: string, place: Place): Promise<void> {
    const folder = this.#folderOf(project, place);
    await this.files.remove(roleFile(folder, 'candidate'));
    await this.#dropUnused(folder);
  }

  /**
   * Makes candidates the baselines of their places: all, or none.
   * @throws SkillError 409 when one is no candidate any more, since its page has been checked again
   */
  async approve(project: string, screenshots: string[]): Promise<Kept[]> {
    const wanted = new Set(screenshots);
    const found = (await this.#places(project)).filter(
      ({ candidate }) => candidate && wanted.has(candidate.screenshot),
    );
    const missing = screenshots.filter((id) => !found.some(({ candidate }) => candidate?.screenshot === id));
    if (missing.length > 0) {
      const message = `No candidate of "${project}" is ${missing.join(', ')}. Check the pages again, and approve the new screenshots.`;
      throw new SkillError(409, 'not_a_candidate', message);
    }
    const approved: Kept[] = [];
    for (const { folder, candidate } of found) {
      if (!candidate) continue;
      const kept = { ...candidate, at: new Date().toISOString() };
      await this.#writeRole(folder, 'baseline', kept);
      await this.files.remove(roleFile(folder, 'candidate'));
      await this.#dropUnused(folder);
      approved.push(kept);
    }
    return approved;
  }

  async list(project: string): Promise<{ baselines: Kept[]; candidates: Kept[] }> {
    const places = await this.#places(project);
    return {
      baselines: places.flatMap(({ baseline }) => baseline ?? []),
      candidates: places.flatMap(({ candidate }) => candidate ?? []),
    };
  }

  #folderOf(project: string, { route, viewport }: Place): string {
    const { name, width, height, mobile, scale = 1 } = viewport;
    // Baselines from before there was a scale keep their place.
    const density = scale === 1 ? [] : [scale];
    const place = createHash('sha256').update(
      JSON.stringify([route, name, width, height, mobile, ...density]),
    );
    return `${project}/${place.digest('hex').slice(0, 32)}`;
  }

  async #places(project: string) {
    const names = await this.files.names(project);
    const places: { folder: string; baseline: Kept | undefined; candidate: Kept | undefined }[] = [];
    for (let first = 0; first < names.length; first += placesAtOnce)
      places.push(
        ...(await Promise.all(
          names.slice(first, first + placesAtOnce).map((name) => this.#place(`${project}/${name}`)),
        )),
      );
    return places;
  }

  async #place(folder: string) {
    const [baseline, candidate] = await Promise.all([
      this.#readRole(folder, 'baseline'),
      this.#readRole(folder, 'candidate'),
    ]);
    return { folder, baseline, candidate };
  }

  async #refuseWhenFull(project: string, folder: string): Promise<void> {
    const [projects, places] = await Promise.all([this.files.names(''), this.files.names(project)]);
    if (!projects.includes(project) && projects.length >= maxProjects)
      throw full(`There are ${maxProjects} projects.`);
    if (!places.some((name) => folder.endsWith(name)) && places.length >= maxPlaces)
      throw full(`"${project}" has ${maxPlaces} pages.`);
  }

  async #dropUnused(folder: string): Promise<void> {
    const { baseline, candidate } = await this.#place(folder);
    const used = new Set([baseline, candidate].flatMap((kept) => (kept ? `${kept.screenshot}.png` : [])));
    const names = await this.files.names(folder);
    const unused = names.filter((name) => name.endsWith('.png') && !used.has(name));
    await Promise.all(unused.map((name) => this.files.remove(`${folder}/${name}`)));
  }

  async #readRole(folder: string, role: Role): Promise<Kept | undefined> {
    const content = await this.files.read(roleFile(folder, role));
    return content && (JSON.parse(content.toString('utf8')) as Kept);
  }

  async #writeRole(folder: string, role: Role, kept: Kept): Promise<void> {
    await this.files.write(roleFile(folder, role), JSON.stringify(kept));
  }
}

/** The id of a screenshot: SHA-256 of its PNG. */
export function screenshotOf(png: Buffer): string {
  return createHash('sha256').update(png).digest('hex');
}

function full(why: string): SkillError {
  return new SkillError(422, 'store_full', `${why} The store is full.`);
}

function imageFile(folder: string, screenshot: string): string {
  return `${folder}/${screenshot}.png`;
}

function roleFile(folder: string, role: Role): string {
  return `${folder}/${role}.json`;
}
