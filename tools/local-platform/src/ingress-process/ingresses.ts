import type {
  Ingress,
  Load,
  OfDeployment,
  RequestReading,
  ResponseTimesReading,
  SwitchOptions,
  Traffic,
} from '@odoobo/ingress';

/** The addresses of all apps, wherever they are served: in this process, or in one that outlives it. */
export interface Ingresses {
  /** Takes over what an earlier server left. Called once, before anything else. */
  begin(): Promise<void>;
  /**
   * Opens an app's address on 127.0.0.1; one that is open already for the same app continues.
   * @throws Error when the port cannot be listened on, with the system's code.
   */
  open(options: AddressOptions): Promise<AppAddress>;
  /** What each address has answered since it was opened, by port: one call for all. */
  counts(): Promise<ReadonlyMap<number, RequestReading>>;
  /** Closes what an earlier server opened and this one did not. */
  closeOthers(): Promise<void>;
  /** Ends what serves them, once each is closed. Safe to repeat. */
  close(): Promise<void>;
}

export interface AddressOptions {
  port: number;
  /** The app's name. */
  app: string;
}

/** The one stable address of an app, as its runner sees it; see `Ingress` for details. */
export interface AppAddress extends Pick<Ingress, 'port' | 'url' | 'setInstances' | 'close'> {
  /** Resolves when new requests go there; then `drained` resolves when no earlier request is in flight or its time is over. */
  switchTo(traffic: Traffic | undefined, options: SwitchOptions): Promise<{ drained: Promise<void> }>;
  read(): Promise<AddressReading>;
  /**
   * Takes the instances of a component away: its next requests wait. False, and nothing changes, where requests are in progress or
   * the traffic is not live.
   */
  sleep(traffic: OfDeployment, component: string): Promise<boolean>;
  /** Resolves when a request waits for a component that sleeps; at once when it does not sleep. */
  untilAsked(traffic: OfDeployment, component: string): Promise<void>;
  /** Refuses the requests that wait, with the reason; the component sleeps on. */
  wakeFailed(traffic: OfDeployment, component: string, reason: string): Promise<void>;
  /** What each component of what is live has to do, by its name. */
  loads(): Promise<Record<string, Load>>;
}

/** What was measured since the address was opened. */
export interface AddressReading {
  /** Bytes of response bodies sent, by UTC day (`2026-11-23`). */
  bytesSent: Record<string, number>;
  responseTimes: ResponseTimesReading;
}

export function readIngress({ bytesSent, responseTimes }: Ingress): AddressReading {
  return { bytesSent: Object.fromEntries(bytesSent), responseTimes: responseTimes.read() };
}
