/** The message of an error and of what caused it, each once: a user needs the whole chain, not a stack. */
export function describeError(error: unknown): string {
  const messages: string[] = [];
  for (let current = error; current !== undefined; current = causeOf(current)) {
    const message = current instanceof Error ? current.message : String(current);
    if (!messages.some((known) => known.includes(message))) messages.push(message);
  }
  return messages.join('\n  because: ');
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
