/** What a spec says, percent-encoded where it could end a line of HTTP. */
export function printable(text: string): string {
  return text.replace(/[^!-~]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}
