import type { Destination, Leaving, Load, RequestReading, Traffic } from '@odoobo/ingress';
import type { AddressOptions, AddressReading } from './ingresses.js';

/** Raised with every change of these messages; a process with another version is replaced. */
export const protocol = 7;

/**
 * The commands of the server to the process that serves the addresses, and their replies: each is a line of JSON on a Unix socket.
 * Both ends are of one version of this package, and no one else can open the socket: nothing is parsed with a schema, which
 * would take the process longer to load than all the rest of it. All of them may be repeated.
 */
export interface Commands {
  /** Only the last sender of this is obeyed; an earlier one is informed that it was replaced. */
  takeOver: { to: null; answer: void };
  open: { to: AddressOptions; answer: void };
  switchTo: { to: SentSwitch; answer: void };
  /** Answered when the traffic before that of the deployment has drained. */
  drained: { to: OfSwitch; answer: void };
  /** What was live before the deployment stands by no longer. */
  endStandby: { to: OfSwitch; answer: void };
  setInstances: { to: SentInstances; answer: void };
  read: { to: OfAddress; answer: AddressReading };
  sleep: { to: OfComponent; answer: boolean };
  /** Answered when a request waits for the component. */
  untilAsked: { to: OfComponent; answer: void };
  wakeFailed: { to: OfComponent & { reason: string }; answer: void };
  loads: { to: OfAddress; answer: Record<string, Load> };
  /** What all addresses have answered, by their ports. */
  counts: { to: null; answer: [port: number, counts: RequestReading][] };
  close: { to: OfAddress; answer: void };
  closeOthers: { to: null; answer: void };
}

export type Command = keyof Commands;

export interface OfAddress {
  port: number;
}

export interface OfSwitch extends OfAddress {
  /** The one that was switched to; empty where new requests are refused. */
  deployment: string;
}

export interface OfComponent extends OfSwitch {
  component: string;
}

export interface SentInstances extends OfComponent {
  ports: readonly number[];
  leaving: readonly Leaving[];
}

export interface SentSwitch extends OfAddress {
  traffic: SentTraffic | null;
  drainMs: number;
  standsBy: boolean;
}

/** As JSON has it. */
export interface SentTraffic extends Omit<Traffic, 'components'> {
  readonly components: readonly (readonly [string, Destination])[];
}

export interface Question<C extends Command = Command> {
  id: number;
  command: C;
  to: Commands[C]['to'];
}

export type Reply =
  | { id: number; answer?: Commands[Command]['answer'] }
  | { id: number; error: { message: string; code?: string | undefined } }
  /** Another server has taken over; nothing more is answered. */
  | { replaced: true };
