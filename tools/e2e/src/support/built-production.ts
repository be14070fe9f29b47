import type { App } from '@odoobo/app-platform';
import { mapRepository, type Platform, startPlatform } from '@odoobo/local-platform';
import { execa } from 'execa';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NxRun, Workspace } from './workspace.js';

/** Production that builds pushed commits: App Platform's stand-in, and the origin of a workspace that it builds from. */
export class BuiltProduction {
  private constructor(
    private readonly workspace: Workspace,
    private readonly folder: string,
    readonly cloud: Platform,
  ) {}

  /**
   * Gives a skill of the workspace an App Spec that is built from the branch that is checked out.
   * @param service lines of YAML for its service
   */
  static async start(
    workspace: Workspace,
    skill: string,
    service: readonly string[],
  ): Promise<BuiltProduction> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'production-')));
    const origin = join(folder, 'acme/shop.git');
    await execa('git', ['init', '-q', '--bare', '-b', 'main', origin]);
    await workspace.git('remote', 'add', 'origin', origin);
    await workspace.git('config', 'user.name', 'Test');
    await workspace.git('config', 'user.email', 'test@example.invalid');
    await workspace.write(`infra/do-gradient/${skill}/app-spec.yaml`, specOf(skill, service));
    await workspace.commit('build from the origin');
    const cloud = await startPlatform({ directory: join(folder, 'cloud') });
    await mapRepository(join(folder, 'cloud'), 'acme/shop', origin);
    return new BuiltProduction(workspace, folder, cloud);
  }

  /** Runs Nx against it. */
  nx(args: string[], env: Record<string, string> = {}): Promise<NxRun> {
    return this.workspace.nx([...args, `--platformUrl=${this.cloud.url}`], {
      DIGITALOCEAN_ACCESS_TOKEN: this.cloud.token,
      ...env,
    });
  }

  /** Runs `odoobo` against it. */
  warm(args: string[], env: Record<string, string> = {}): Promise<NxRun> {
    return this.workspace.warm([...args, `--platformUrl=${this.cloud.url}`], {
      DIGITALOCEAN_ACCESS_TOKEN: this.cloud.token,
      ...env,
    });
  }

  async apps(): Promise<App[]> {
    const headers = { authorization: `Bearer ${this.cloud.token}` };
    const reply = await fetch(`${this.cloud.url}/v2/apps?per_page=200&with_projects=true`, { headers });
    return ((await reply.json()) as { apps?: App[] }).apps ?? [];
  }

  /** The commit that a ref of the origin names; empty if there is none. */
  async ref(name: string): Promise<string> {
    const cwd = join(this.folder, 'acme/shop.git');
    return (await execa('git', ['rev-parse', '--verify', '--quiet', name], { cwd, reject: false })).stdout;
  }

  async close(): Promise<void> {
    await this.cloud.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function specOf(skill: string, service: readonly string[]): string {
  return `name: ${skill}
services:
  - name: ${skill}
    github: { repo: acme/shop, branch: '\${GITHUB_REF_NAME}' }
    run_command: node skills/${skill}/src/main.js
    instance_size_slug: apps-s-1vcpu-0.5gb
    health_check: { http_path: /health, period_seconds: 1 }
${service.map((line) => `    ${line}`).join('\n')}
`;
}
