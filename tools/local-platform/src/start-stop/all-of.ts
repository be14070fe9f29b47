/**
 * Takes all steps, one after the other, whatever becomes of those before.
 * @throws what the first that failed threw
 */
export async function allOf(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
