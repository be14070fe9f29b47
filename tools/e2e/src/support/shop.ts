import type { App } from '@odoobo/app-platform';
import type { Deployment } from '@odoobo/app-platform/spec';
import { expect } from 'vitest';
import { type NxRun, odooboPath, type StartedRun, type Workspace } from './workspace.js';

/** A service of a workspace, shipped by `odoobo`, and what is live of it. */
export class Shop {
  constructor(
    private readonly workspace: Workspace,
    private readonly name = 'shop',
  ) {}

  /** Starts a command of `odoobo` for it. */
  start(command: string, ...options: string[]): StartedRun {
    return this.workspace.start([command, this.name, ...options], {}, odooboPath);
  }

  run(command: string, ...options: string[]): Promise<NxRun> {
    return this.start(command, ...options).ended;
  }

  async app(): Promise<App> {
    const app = (await this.workspace.apps()).find(({ spec }) => spec.name === this.name);
    if (!app) throw new Error(`There is no app "${this.name}".`);
    return app;
  }

  /** Its deployments, newest first. */
  async deployments(): Promise<Deployment[]> {
    const at = `/apps/${(await this.app()).id}/deployments?per_page=200`;
    return ((await this.workspace.api(at)) as { deployments: Deployment[] }).deployments;
  }

  /** The names of the services of its live deployment. */
  async components(): Promise<string[]> {
    return ((await this.app()).active_deployment?.spec?.services ?? []).map(({ name }) => name);
  }

  async answer(): Promise<string> {
    return (await fetch((await this.app()).live_url ?? '')).text();
  }

  /** All users get this answer, and nothing of a rollout is left. */
  async expectLive(says: string): Promise<void> {
    expect(await this.components()).toEqual([this.name]);
    for (let clients = 0; clients < 4; clients++) expect(await this.answer()).toBe(says);
  }
}
