import { mkdir } from 'node:fs/promises';
import type { Random } from './random.js';
import { buildVersion, type Fault, type Version } from './version.js';

/** The expected result of a deploy for one skill. */
export interface Wish {
  skill: string;
  /** The version that is deployed. */
  version: Version;
  /** The version that serves afterwards: that one, or the previous one if it is broken. */
  serves: Version;
  /** Whether it differs from the live version. */
  changed: boolean;
}

/** The skills of a soak test, and the live version of each. */
export class FleetOfVersions {
  readonly #live = new Map<string, Version>();
  readonly #before = new Map<string, Version>();
  #built = 0;

  constructor(
    readonly folder: string,
    readonly skills: readonly string[],
  ) {}

  /** The first version of each skill. */
  async first(): Promise<Wish[]> {
    await mkdir(this.folder, { recursive: true });
    return Promise.all(this.skills.map(async (skill) => this.#wish(skill, await this.#build(skill))));
  }

  /** Changes most of the skills: to a new version, to the previous live one, or to a broken one. */
  async next(random: Random): Promise<Wish[]> {
    const sure = random.below(this.skills.length);
    const wishes: Wish[] = [];
    for (const [index, skill] of this.skills.entries()) {
      const live = this.#live.get(skill);
      const stays = index !== sure && random.chance(0.3);
      wishes.push(this.#wish(skill, live && stays ? live : await this.#change(skill, random)));
    }
    return wishes;
  }

  /** Records that the deploy had the expected results. */
  settle(wishes: readonly Wish[]): void {
    for (const { skill, serves } of wishes) {
      const live = this.#live.get(skill);
      if (live === serves) continue;
      if (live) this.#before.set(skill, live);
      this.#live.set(skill, serves);
    }
  }

  #wish(skill: string, version: Version): Wish {
    const live = this.#live.get(skill);
    const serves = version.broken ? live : version;
    if (!serves) throw new Error(`Nothing of "${skill}" serves yet: its first version must not be broken.`);
    return { skill, version, serves, changed: version !== live };
  }

  async #change(skill: string, random: Random): Promise<Version> {
    const before = this.#before.get(skill);
    const kind = random.next();
    if (before && kind < 0.25) return before;
    return kind < 0.45 ? this.#build(skill, random.pick(['crashes', 'answers-500'])) : this.#build(skill);
  }

  #build(skill: string, fault?: Fault): Promise<Version> {
    return buildVersion(this.folder, skill, `version-${++this.#built}`, fault);
  }
}
