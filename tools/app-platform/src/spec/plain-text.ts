/**
 * The source of a pattern for what a terminal takes for a command: control sequences, strings such as a title, shorter escapes.
 * ECMA-48, 5.4, 5.6 and 5.3; xterm ends a string by BEL too: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
 * @param lead what precedes a control character from U+0080 on: C2 in the bytes of UTF-8
 */
export function controlSequence(lead: '' | '\u00c2' = ''): string {
  // These cannot occur in a string, so the search for its end stops there.
  const inString = lead === '' ? String.raw`[^\u0007\u001b\u0080-\u009f]` : String.raw`[^\u0007\u001b\u00c2]`;
  return [
    String.raw`(?:\u001b\[|${lead}\u009b)[0-?]*[ -/]*[@-~]`,
    String.raw`(?:\u001b[\]PX^_]|${lead}[\u0090\u0098\u009d-\u009f])${inString}*(?:\u0007|\u001b\\|${lead}\u009c)`,
    String.raw`\u001b[ -/]*[0-~]`,
  ].join('|');
}

const sequences = new RegExp(controlSequence(), 'g');
/** Control characters except tab and line end, and those that change the direction of text. */
const controls = /[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A text from elsewhere, such as a log, made safe to print in a terminal: without control sequences, and with the remaining
 * control characters made visible.
 */
export function plainText(text: string): string {
  return text.replace(sequences, '').replace(/\r\n?/g, '\n').replace(controls, visible);
}

/** Unicode has symbols for the control characters of ASCII. */
function visible(control: string): string {
  const code = control.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}
