import { join, resolve } from 'node:path';

/** Where everything of one platform is on disk. */
export interface Layout {
  readonly root: string;
  /** Address, token and process of the server that runs (0600). */
  readonly record: string;
  /** The port at which the server answered last: it does so again, where that is free. */
  readonly port: string;
  /** Held by the server for as long as it lives. */
  readonly claim: string;
  /** Held while someone starts a server. */
  readonly startClaim: string;
  /** Encrypts secrets (0600). */
  readonly key: string;
  readonly apps: string;
  readonly projects: string;
  /** The delivery figures that were sent last. */
  readonly delivery: string;
  readonly images: string;
  /** Which local repository stands for `owner/name` of a git host. */
  readonly repositories: string;
  /** Where images with registry_type DOCR are pulled from. */
  readonly docr: string;
  /** Which databases of apps are served elsewhere, and where: their URLs (0600). */
  readonly databaseUrls: string;
  /** `<engine>/`: servers of databases and their data, unless root runs the platform: `databaseFolderOf`. */
  readonly databases: string;
  /** `<key>/`: what was built from git. */
  readonly builds: string;
  /** What a build uses again: mirrors of repositories, installed dependencies, the builds' home. */
  readonly buildCache: string;
  /** `<deployment>.<component>.<instance>/`: unpacked builds of what runs, each with the record of its process beside it. */
  readonly run: string;
  readonly logs: string;
  readonly serverLog: string;
  /** Which process serves the apps' addresses, and where it is driven. */
  readonly ingressRecord: string;
  /** Through which it is driven, unless its path is too long for a socket. */
  readonly ingressSocket: string;
  readonly ingressLog: string;
}

export function layoutOf(directory: string): Layout {
  const root = resolve(directory);
  return {
    root,
    record: join(root, 'platform.json'),
    port: join(root, 'port'),
    claim: join(root, 'server.claim'),
    startClaim: join(root, 'start.claim'),
    key: join(root, 'key'),
    apps: join(root, 'apps'),
    projects: join(root, 'projects.json'),
    delivery: join(root, 'delivery.json'),
    images: join(root, 'images'),
    repositories: join(root, 'repositories.json'),
    docr: join(root, 'docr'),
    databaseUrls: join(root, 'database-urls.json'),
    databases: join(root, 'databases'),
    builds: join(root, 'builds'),
    buildCache: join(root, 'build-cache'),
    run: join(root, 'run'),
    logs: join(root, 'logs'),
    serverLog: join(root, 'server.log'),
    ingressRecord: join(root, 'ingress.json'),
    ingressSocket: join(root, 'ingress.sock'),
    ingressLog: join(root, 'ingress.log'),
  };
}
