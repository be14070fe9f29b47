import type { AppSpecIssue, ErrorBody } from '@odoobo/app-platform/spec';

/** The `id` of an error body by its HTTP status. */
const ids: Record<number, string> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  412: 'precondition_failed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  422: 'unprocessable_entity',
  426: 'upgrade_required',
  429: 'too_many_requests',
  501: 'not_implemented',
};

/** An answer other than success. The message says what to do. */
export class ApiError extends Error {
  override name = 'ApiError';

  constructor(
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The error body of the official document. */
export function errorBody(status: number, message: string, requestId: string): ErrorBody {
  return {
    id: ids[status] ?? (status < 500 ? 'bad_request' : 'server_error'),
    message,
    request_id: requestId,
  };
}

/**
 * What App Platform does and the local platform does not.
 * @param what the rest of a sentence that begins with "The local platform"
 * @param instead what to do about it: a sentence
 */
export function notHere(what: string, instead: string): ApiError {
  return new ApiError(501, `The local platform ${what}. ${instead}`);
}

export function notFound(what: string): ApiError {
  return new ApiError(404, `${what} could not be found.`);
}

/** Every error of a spec in one message. */
export function invalidSpec(issues: readonly AppSpecIssue[]): ApiError {
  const lines = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return new ApiError(400, `The app spec has ${count(lines.length)}: ${lines.join('; ')}`);
}

/** "an error", or how many. */
export function count(errors: number): string {
  return errors === 1 ? 'an error' : `${errors} errors`;
}
