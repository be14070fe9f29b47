/** A line with its time in front, in milliseconds since 1970, and its line end. One that begins with a time, as the platform's own do, keeps that. */
export function withTime(line: string, at: number): string {
  const hasTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /.test(line);
  const text = hasTime ? line : `${new Date(at).toISOString()} ${line}`;
  return text.endsWith('\n') ? text : `${text}\n`;
}
