import { causesOf, messageOf } from '@odoobo/local-platform/system-error';

/** The message of an error and of what caused it, each once: a user needs the whole chain, not a stack. */
export function describeError(error: unknown): string {
  const messages: string[] = [];
  for (const message of causesOf(error).map(messageOf)) {
    if (!messages.some((known) => known.includes(message))) messages.push(message);
  }
  return messages.join('\n  because: ');
}
