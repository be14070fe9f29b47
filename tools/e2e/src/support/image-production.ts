import type { App } from '@odoobo/app-platform';
import { type FaultRequest, type Platform, startPlatform } from '@odoobo/local-platform';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
/* eslint-disable @nx/enforce-module-boundaries -- What only tests use is no part of the package. */
import { pushBase } from '../../../ship/dist/test-support/base-image.js';
import {
  type DockerRegistry,
  registryUser,
  startDockerRegistry,
} from '../../../ship/dist/test-support/docker-registry.js';
import type { NxRun, StartedRun, Workspace } from './workspace.js';
/* eslint-enable @nx/enforce-module-boundaries */

interface Image {
  digest: string;
}

/** Production that runs images: a real registry, and App Platform's stand-in, which pulls its images from that registry. */
export class ImageProduction {
  private constructor(
    readonly folder: string,
    readonly registry: DockerRegistry,
    readonly cloud: Platform,
    private readonly baseImage: string,
  ) {}

  /** @param login whether the registry requires a login, which is stored as docker stores it */
  static async start({ login = false } = {}): Promise<ImageProduction> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'production-')));
    const registry = await startDockerRegistry({ login });
    const auth = Buffer.from(`${registryUser.user}:${registryUser.password}`).toString('base64');
    if (login)
      await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    const { reference } = await pushBase(registry.host, login ? { authorization: `Basic ${auth}` } : {});
    const fault = (request: FaultRequest) => pullWhatIsToRun(request, registry, folder);
    const cloud = await startPlatform({ directory: join(folder, 'cloud'), fault });
    return new ImageProduction(folder, registry, cloud, reference);
  }

  /** Gives a skill an App Spec that runs its image from the registry. */
  async runImageOf(skill: string, workspace: Workspace): Promise<void> {
    await workspace.write(specFileOf(skill), appSpec(skill));
    await workspace.setOptions({ baseImage: this.baseImage, registry: `${this.registry.host}/acme` });
  }

  /** Starts a target of all named skills in production. @param args options, and with `-p` the skills */
  begin(workspace: Workspace, args: string[], env: Record<string, string> = {}): StartedRun {
    return this.#start(workspace, [...args, '-c', 'production'], env);
  }

  run(workspace: Workspace, args: string[], env: Record<string, string> = {}): Promise<NxRun> {
    return this.begin(workspace, args, env).ended;
  }

  /** Runs Nx in the environment that the arguments name. */
  nx(workspace: Workspace, args: string[]): Promise<NxRun> {
    return this.#start(workspace, args, {}).ended;
  }

  #start(workspace: Workspace, args: string[], env: Record<string, string>): StartedRun {
    return workspace.start([...args, `--platformUrl=${this.cloud.url}`], {
      DIGITALOCEAN_ACCESS_TOKEN: this.cloud.token,
      DOCKER_CONFIG: this.folder,
      ...env,
    });
  }

  /** What is stored beside an image, in the order in which it was pushed. */
  async statementsOf(skill: string, digest: string): Promise<unknown[]> {
    const { manifests } = (await this.#read(skill, `manifests/${digest.replace(':', '-')}`)) as {
      manifests: Image[];
    };
    return Promise.all(
      manifests.map(async (one) => {
        const { layers } = (await this.#read(skill, `manifests/${one.digest}`)) as { layers: Image[] };
        return this.#read(skill, `blobs/${layers[0]?.digest}`);
      }),
    );
  }

  async #read(skill: string, path: string): Promise<unknown> {
    const { user, password } = registryUser;
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
    const url = `http://${this.registry.host}/v2/acme/${skill}/${path}`;
    return (await fetch(url, { headers: { authorization, accept } })).json();
  }

  /** Calls of a run that change anything, on the platform and in the registry. */
  async writesOf(run: () => Promise<unknown>): Promise<string[]> {
    const calls = async () => [...this.cloud.requests, ...(await this.registry.requests())];
    const before = await calls();
    await run();
    const isWrite = (call: string) => !/^(GET|HEAD) |\/propose$/.test(call);
    const count = (list: string[], call: string) => list.filter((one) => one === call).length;
    const after = await calls();
    return [...new Set(after)].filter((call) => isWrite(call) && count(after, call) > count(before, call));
  }

  async app(skill: string): Promise<App | undefined> {
    const headers = { authorization: `Bearer ${this.cloud.token}` };
    const reply = await fetch(`${this.cloud.url}/v2/apps?per_page=200`, { headers });
    return ((await reply.json()) as { apps?: App[] }).apps?.find(({ spec }) => spec.name === skill);
  }

  /** The answer of a skill to GET /. */
  async answer(skill: string): Promise<string> {
    return (await fetch((await this.app(skill))?.live_url ?? '')).text();
  }

  async close(): Promise<void> {
    await this.cloud.close();
    await this.registry.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function pullWhatIsToRun(
  { method, body }: FaultRequest,
  registry: DockerRegistry,
  folder: string,
): undefined {
  const { spec } = (body ?? {}) as { spec?: { services?: { image?: Image }[] } };
  if (method === 'GET') return;
  for (const { image } of spec?.services ?? []) if (image) pull(image.digest, registry, folder);
}

function pull(digest: string, registry: DockerRegistry, folder: string): void {
  const manifest = JSON.parse(readFileSync(registry.blobFile(digest), 'utf8')) as {
    config: Image;
    layers: Image[];
  };
  for (const blob of [{ digest }, manifest.config, ...manifest.layers]) {
    const file = join(folder, 'cloud/images/blobs', blob.digest.replace(':', '/'));
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(registry.blobFile(blob.digest), file);
  }
}

/** The path of a skill's App Spec. */
export function specFileOf(skill: string): string {
  return `infra/do-gradient/${skill}/app-spec.yaml`;
}

function appSpec(skill: string): string {
  return `name: ${skill}
services:
  - name: ${skill}
    image: { registry_type: DOCR, repository: ${skill}, tag: latest }
    instance_size_slug: apps-s-1vcpu-0.5gb
    health_check: { http_path: /health, initial_delay_seconds: 60, period_seconds: 1 }
`;
}
