import { platformNow } from './platform-time.js';

/** For example "3 min"; how long ago that was, or how long something took. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** How long ago an RFC 3339 time was, in whole seconds at least. */
export function age(time: string | undefined, now = platformNow()): string {
  const at = Date.parse(time ?? '');
  if (Number.isNaN(at)) return '';
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  return seconds < 10 ? `${seconds} s` : span(seconds * 1000);
}

export function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

/** Such as `14:03:27`. */
export function timeOfDay(time: string | undefined): string {
  const at = Date.parse(time ?? '');
  return Number.isNaN(at) ? '' : clock(at, { second: '2-digit' });
}

/** Such as `14:03`. */
export function hourAndMinute(at: number): string {
  return clock(at, {});
}

function clock(at: number, more: Intl.DateTimeFormatOptions): string {
  return new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', ...more });
}

/** Such as `2026-01-31 14:03:27`, in the time zone of the browser. */
export function dateAndTime(time: string): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? '' : `${at.toLocaleDateString('sv-SE')} ${timeOfDay(time)}`;
}

/** Such as `48 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
}

/** A count with its noun: `1 restart`, `3 restarts`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** The beginning of a deployment's id: enough to distinguish it from the others of an app. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** The beginning of the digest of an image. */
export function shortDigest(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 7);
}

/** Such as `rollback to 1a2b3c4d`: the ids of deployments in a text, shortened. */
export function withShortIds(text: string): string {
  return text.replace(/\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '$1');
}
