import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HeaderLines } from './cors.js';

/** What a program on top of the ingress decides about requests, such as which of two versions takes them. */
export interface Steering {
  /** Answers a request itself. @returns whether it did */
  answers(request: IncomingMessage, response: ServerResponse): boolean;
  /**
   * Where a request goes whose rule leads to a component: called once for each attempt.
   * @param failed the attempt before this one, which got no answer
   */
  steer(request: IncomingMessage, failed?: Passage): Passage;
}

/** One attempt to have a request answered by a component. It learns how that went. */
export interface Passage {
  readonly component: string;
  /** Headers for the service. Those of the client with the same names are not passed on. */
  readonly toService: HeaderLines;
  /** Headers that the answer has besides those of the service. */
  readonly toClient: HeaderLines;
  /** The head of the answer is there. @returns those of its headers that the client gets */
  onHead(status: number, headers: readonly string[]): readonly string[];
  /** A part of the client's request body; only lent. */
  readonly onBody?: ((data: Buffer) => void) | undefined;
  /** A part of the body of the answer; only lent. */
  readonly onData?: ((data: Buffer) => void) | undefined;
  /** The last call. For a WebSocket it comes when the service has answered. */
  onEnd(how: End): void;
}

/** The whole answer came; the service gave none, or only a part; or the client left, or the ingress was told to cut it. */
export type End = 'answered' | 'broken' | 'cut';
