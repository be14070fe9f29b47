import { SkillError } from '@odoobo/skill-kit';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kept, Place } from '../schema.js';

const maxProjects = 50;
const maxPlaces = 200;
const maxImageBytes = 8 * 1024 * 1024;

export interface Screenshot {
  /** SHA-256 of the PNG. */
  screenshot: string;
  png: Buffer;
}

/** Which screenshot a place has as its baseline, or took last. */
type Role = 'baseline' | 'candidate';

/**
 * Screenshots in a folder: `<project>/<place>/` holds images named by their SHA-256, which never change, and a small file for
 * each role that names one. A file is replaced as a whole, so no reader gets half of one.
 */
export class BaselineStore {
  constructor(private readonly folder: string) {}

  /** The PNG of the baseline; undefined while there is none. */
  async baseline(project: string, place: Place): Promise<Screenshot | undefined> {
    const folder = this.#folderOf(project, place);
    const kept = await readRole(folder, 'baseline');
    if (!kept) return undefined;
    return { screenshot: kept.screenshot, png: await readFile(imageFile(folder, kept.screenshot)) };
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
    await mkdir(folder, { recursive: true });
    await writeWhole(imageFile(folder, screenshot), png);
    await writeRole(folder, 'candidate', { ...place, screenshot, at: new Date().toISOString() });
    await this.#dropUnused(folder);
  }

  /** A place that looks as it should has nothing to approve. */
  async dropCandidate(project: string, place: Place): Promise<void> {
    const folder = this.#folderOf(project, place);
    await rm(roleFile(folder, 'candidate'), { force: true });
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
      await writeRole(folder, 'baseline', kept);
      await rm(roleFile(folder, 'candidate'), { force: true });
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
    const { name, width, height, mobile } = viewport;
    const place = createHash('sha256').update(JSON.stringify([route, name, width, height, mobile]));
    return join(this.folder, project, place.digest('hex').slice(0, 32));
  }

  async #places(project: string) {
    const names = await namesIn(join(this.folder, project));
    return Promise.all(
      names.map(async (name) => {
        const folder = join(this.folder, project, name);
        const [baseline, candidate] = await Promise.all([
          readRole(folder, 'baseline'),
          readRole(folder, 'candidate'),
        ]);
        return { folder, baseline, candidate };
      }),
    );
  }

  async #refuseWhenFull(project: string, folder: string): Promise<void> {
    const [projects, places] = await Promise.all([namesIn(this.folder), namesIn(join(this.folder, project))]);
    if (!projects.includes(project) && projects.length >= maxProjects)
      throw full(`There are ${maxProjects} projects.`);
    if (!places.some((name) => folder.endsWith(name)) && places.length >= maxPlaces)
      throw full(`"${project}" has ${maxPlaces} pages.`);
  }

  async #dropUnused(folder: string): Promise<void> {
    const roles = await Promise.all([readRole(folder, 'baseline'), readRole(folder, 'candidate')]);
    const used = new Set(roles.flatMap((kept) => (kept ? `${kept.screenshot}.png` : [])));
    const unused = (await namesIn(folder)).filter((name) => name.endsWith('.png') && !used.has(name));
    await Promise.all(unused.map((name) => rm(join(folder, name), { force: true })));
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
  return join(folder, `${screenshot}.png`);
}

function roleFile(folder: string, role: Role): string {
  return join(folder, `${role}.json`);
}

async function readRole(folder: string, role: Role): Promise<Kept | undefined> {
  try {
    return JSON.parse(await readFile(roleFile(folder, role), 'utf8')) as Kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeRole(folder: string, role: Role, kept: Kept): Promise<void> {
  await writeWhole(roleFile(folder, role), JSON.stringify(kept));
}

async function writeWhole(file: string, content: string | Buffer): Promise<void> {
  const half = `${file}.${randomUUID()}`;
  await writeFile(half, content);
  await rename(half, file);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
