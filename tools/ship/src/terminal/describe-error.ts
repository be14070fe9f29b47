import { causesOf, messageOf } from '@odoobo/local-platform/system-error';

/** The messages of an error and its causes, each once: a user needs the whole chain, not a stack. */
export function describeError(error: unknown): string {
  const messages: string[] = [];
  for (const message of causesOf(error).map(messageOf)) {
    if (!messages.some((known) => known.includes(message))) messages.push(message);
  }
  return messages.join('\n  because: ');
}
