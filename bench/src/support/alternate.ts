/**
 * Measures contestants in turn, A B A B: if the machine becomes slower meanwhile, that affects all of them.
 *
 * @returns all values of each contestant, in the order of measurement
 */
export async function alternate<Name extends string>(
  rounds: number,
  contestants: Record<Name, () => Promise<number>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contestants) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) values[name].push(await contestants[name]());
  }
  return values;
}
