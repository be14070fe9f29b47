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

/** Words with something between them, or in camel case, as names and addresses have them. */
const words =
  /^(?:[A-Za-z]{2,}|\d{1,4})(?:[-_.:/@ ](?:[A-Za-z]{1,}|v?\d{1,4}))+$|^[A-Za-z]?[a-z]+(?:[A-Z][a-z]+)*$|^[A-Z_]+$/;

/** Whether a literal stands for a value that somebody else fills in, or reads it from elsewhere. */
export function isPlaceholder(literal: string): boolean {
  return (
    placeholder.test(literal) ||
    /^[$<{%!&*/@(]|^(?:null|none|nil|true|false|undefined|unset|empty|required|optional|string|postgres|test|todo|tbd|secret|env|dev|disabled|enabled|yes|no)$|_here$|^(?:os\.|process\.|env[.([]|getenv|config[.([]|settings\.|self\.|this\.|vault:|ref\+|secretref|arn:)/i.test(
      literal,
    )
  );
}

/** Whether a literal looks made by a machine: long, mixed, no words and no placeholder. */
export function looksRandom(literal: string): boolean {
  if (literal.length < 16 || /\s/.test(literal) || isPlaceholder(literal) || words.test(literal))
    return false;
  if (!/[\d=+/]/.test(literal) && literal.length < 32) return false;
  return entropy(literal) >= (/^[0-9a-f-]+$/i.test(literal) ? 2.8 : 3.5);
}

/** Whether a literal can be a password: no placeholder, and not only the name of a field. */
export function looksLikePassword(literal: string): boolean {
  if (isPlaceholder(literal) || /^(.)\1*$/.test(literal)) return false;
  return /\d/.test(literal) ? /[a-z]/i.test(literal) : /[!#%&*+=?^~]/.test(literal);
}
