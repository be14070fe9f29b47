/** Why a service gave no answer, or no whole one. */
export type Reason =
  | 'not connected' // nothing was sent: whatever the method, it may be sent elsewhere
  | 'broken' // how much the service saw of the request is unknown
  | 'too late'
  | 'long head'
  | 'malformed'
  | 'cut'; // by the ingress

export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  constructor(
    readonly reason: Reason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
