/** Headers about one connection, not the message: RFC 9110 section 7.6.1, and the older ones of RFC 2616. */
export const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** The names in a `Connection` header, in lower case; none where it has only the values that name no header. */
export function namedByConnection(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  return new Set(
    connection
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
}

/** @param lines name, value, name, value, as is what is returned */
export function withoutHeaders(lines: readonly string[], isDropped: (name: string) => boolean): string[] {
  return lines.filter((_, index) => !isDropped((lines[index - (index % 2)] as string).toLowerCase()));
}
