import { SkillError } from '@odoobo/skill-kit';

/**
 * Reads a response's body as UTF-8.
 * @throws SkillError 502 when it is longer than `maxBytes`; what is left of it is not read
 */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new SkillError(
        502,
        'answer_too_large',
        `The model endpoint returned more than ${maxBytes} bytes.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
