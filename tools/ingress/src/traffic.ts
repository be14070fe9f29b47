import type { CorsPolicy } from './cors.js';

/** Where requests of an app go: its rules, and what answers for each component. */
export interface Traffic {
  /** Its id: a deployment that is live already and is switched to again continues, with its requests in progress. */
  readonly deployment: string;
  readonly rules: readonly Rule[];
  readonly components: ReadonlyMap<string, Destination>;
  /** Why nothing of it is answered, as the end of a sentence: `archived`. */
  readonly offline?: string;
  /** The URL of a page that browsers get when it cannot be reached. */
  readonly errorPage?: string;
  /** The pages that browsers get while a component wakes, by its name: the URL of one, or the ingress's own if that is empty. */
  readonly loadingPages?: Readonly<Record<string, string>>;
}

/** Which traffic is meant. */
export type OfDeployment = Pick<Traffic, 'deployment'>;

export interface SwitchOptions {
  drainMs: number;
  /**
   * Until it resolves or another switch happens, the previous traffic takes the requests that no instance of the new one can
   * take: none runs, none can be connected to, or those that do broke off and the request may be repeated.
   */
  standsBy?: Promise<void>;
}

/** What answers for a component: its processes, which take turns, or the files of a static site. */
export type Destination = Instances | Site;

export interface Instances {
  readonly ports: readonly number[];
  /** Where they listen: 127.0.0.1 if it is left out. */
  readonly host?: string;
  /** They speak HTTP/2 without TLS (h2c, with prior knowledge), and no HTTP/1.1. */
  readonly http2?: boolean;
  /** Its requests wait until it has instances again. */
  readonly asleep?: boolean;
}

export interface Site {
  /** Holds the files; nothing outside of it is served. */
  readonly folder: string;
  readonly indexDocument: string;
  /** Answered with 404 where there is no such file. */
  readonly errorDocument?: string;
  /** Answered with 200 where there is no such file. */
  readonly catchallDocument?: string;
}

/** One ingress rule of the spec. An exact path wins over a prefix, a longer prefix over a shorter one. */
export interface Rule {
  readonly path: { readonly exact: string } | { readonly prefix: string };
  readonly authority?: { readonly exact: string } | { readonly prefix: string };
  readonly to: ToComponent | Redirect;
  readonly cors?: CorsPolicy;
}

export interface ToComponent {
  readonly component: string;
  /** Without it a prefix is taken off the path before the component sees it. */
  readonly preservePathPrefix: boolean;
  /** Put in place of the prefix. */
  readonly rewrite?: string;
}

export interface Redirect {
  readonly redirect: {
    readonly uri?: string;
    readonly authority?: string;
    readonly port?: number;
    readonly scheme?: 'http' | 'https';
    readonly code: number;
  };
}
