/** Shannon entropy in bits a character: English prose has about 4.1 at length, `aaaa` 0, random base64 up to 6. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const placeholder =
  /example|sample|dummy|placeholder|change.?me|your[-_ ]|<[^>]{1,40}>|\$\{|\{\{|x{4,}|\*{4,}|\.{3}/i;

/** Whether a literal looks made by a machine: long, mixed and no placeholder. */
export function looksRandom(literal: string): boolean {
  return literal.length >= 16 && !/\s/.test(literal) && !placeholder.test(literal) && entropy(literal) >= 3.5;
}
