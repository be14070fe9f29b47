const key = 'local-platform.token';

/**
 * The token of the platform. The link that the command line prints carries it in its fragment, which browsers send nowhere;
 * it is taken out of the address, and kept for as long as this tab is open.
 * @param instead the fragment that takes its place
 */
export function takeToken(instead: string): string | undefined {
  const given = tokenIn(location.hash);
  if (given !== undefined) {
    sessionStorage.setItem(key, given);
    history.replaceState(null, '', location.pathname + instead);
  }
  return sessionStorage.getItem(key) ?? undefined;
}

export function dropToken(): void {
  sessionStorage.removeItem(key);
}

/** The token in a link, or in the end of one. */
export function tokenIn(link: string): string | undefined {
  return /#token=(.+)$/.exec(link.trim())?.[1];
}
