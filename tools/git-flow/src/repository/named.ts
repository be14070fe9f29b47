const mostNamed = 5;

/** Lists names: the first five, then how many more there are, and the total. */
export function named(names: readonly string[]): string {
  const shown = names.slice(0, mostNamed).join(', ');
  const more = names.length - mostNamed;
  return more > 0 ? `${shown} and ${more} more, ${names.length} in all` : shown;
}
