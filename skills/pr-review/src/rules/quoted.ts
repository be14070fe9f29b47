/** A name out of a stranger's code or diff. As a code span it can neither mention people nor format the text around it. */
export function quoted(name: string): string {
  return `\`${name.replace(/[`\s]+/g, ' ').slice(0, 200)}\``;
}
