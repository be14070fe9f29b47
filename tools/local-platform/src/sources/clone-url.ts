import { redactor } from '@odoobo/app-platform/spec';

/** The protocols that git may use: `ext::` and others would run a program of the spec's choosing. */
export const gitProtocols = ['file', 'https', 'ssh'] as const;

const withScheme = new RegExp(`^(${gitProtocols.join('|')})://[^\\s]+$`);
/** `user@host:path`, which git takes for ssh. */
const likeScp = /^[\w.][\w.-]*@[\w.][\w.-]*:[^\s:][^\s]*$/;

/** Whether git may clone from it: a path, or a URL of an allowed protocol. */
export function isCloneUrl(url: string): boolean {
  return url.startsWith('/') || withScheme.test(url) || likeScp.test(url);
}

/** Whether it is on this machine, where a look costs nothing. */
export function isLocal(url: string): boolean {
  return url.startsWith('/') || url.startsWith('file:');
}

/** The same URL, for messages and keys: without the password, and without the user where that is a token as well. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z]+:\/\/)([^/@]+)@/, (_, scheme: string, user: string) =>
    scheme === 'ssh://' ? `${scheme}${user.replace(/:.*/, '')}@` : scheme,
  );
}

/** What git says of a URL, without the credentials in it. */
export function redactUrl(text: string, url: string): string {
  const secrets = /^[a-z]+:\/\/([^/@]+)@/.exec(url)?.[1]?.split(':') ?? [];
  const shown = text.replaceAll(url, withoutCredentials(url));
  if (url.startsWith('ssh:')) return shown;
  return redactor(
    secrets.filter((part) => part.length > 2),
    '***',
  )(shown);
}
