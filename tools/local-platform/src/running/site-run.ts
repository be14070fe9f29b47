import type { StaticSite } from '@odoobo/app-platform/spec';
import type { Site } from '@odoobo/ingress';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  instanceFolder,
  type Place,
  readProcessRecord,
  removeProcessRecord,
  writeProcessRecord,
} from '../state/process-record.js';
import type { ComponentRun } from './component-run.js';

/** A static site of a deployment: its files, which the ingress serves; it has no process. */
export class SiteRun {
  readonly #place: Place;

  constructor(
    readonly component: ComponentRun,
    private readonly site: StaticSite,
  ) {
    this.#place = { deployment: component.deployment.id, component: component.name, instance: 0 };
  }

  /** Where its files are served from. The fallbacks are App Platform's. */
  get destination(): Site {
    const {
      index_document: index = 'index.html',
      error_document: error = '404.html',
      catchall_document: catchall,
    } = this.site;
    return {
      folder: this.#folder,
      indexDocument: index,
      ...(catchall === undefined ? { errorDocument: error } : { catchallDocument: catchall }),
    };
  }

  /** Copies its files, unless an earlier server has. */
  async layOut(): Promise<void> {
    if (await readProcessRecord(this.#run, this.#place)) return;
    await rm(this.#folder, { recursive: true, force: true });
    await mkdir(dirname(this.#folder), { recursive: true, mode: 0o700 });
    await this.component.unpack(this.#folder);
    // Last: a record says that the files are whole.
    await writeProcessRecord(this.#run, this.#place, {});
  }

  /** Safe to repeat. */
  async remove(): Promise<void> {
    await removeProcessRecord(this.#run, this.#place);
  }

  get #run(): string {
    return this.component.runtime.layout.run;
  }

  get #folder(): string {
    return instanceFolder(this.#run, this.#place);
  }
}
