import { type Profile, profileSchema } from './profile.js';

/** Beyond the time that the profile takes, in milliseconds. */
const marginMs = 30_000;

/**
 * Asks a live skill for a profile of itself, which needs the secret that it was deployed with.
 * @param url where it answers
 * @throws Error when it has no such path, knows another secret, or is profiled already
 */
export async function profileByHttp(url: string, secret: string, seconds: number): Promise<Profile> {
  const response = await ask(
    new URL(`profile?seconds=${seconds}`, url.endsWith('/') ? url : `${url}/`),
    secret,
    seconds,
  );
  const body = await response.json().catch(() => undefined);
  if (response.ok) return profileSchema.parse(body);
  if (response.status === 404)
    throw new Error(
      'It offers no profiles: its App Spec has no PROFILE_SECRET, or it is not made with @odoobo/skill-kit. Add the secret to its App Spec, and deploy.',
    );
  if (response.status === 401)
    throw new Error('It was deployed with another PROFILE_SECRET than the one in your environment.');
  const { error } = (body ?? {}) as { error?: { message?: string } };
  throw new Error(error?.message ?? `It answered ${response.status}.`);
}

async function ask(url: URL, secret: string, seconds: number): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      signal: AbortSignal.timeout(seconds * 1_000 + marginMs),
    });
  } catch (cause) {
    const reason =
      (cause as Error).name === 'TimeoutError' ? 'it did not answer in time' : 'it cannot be reached';
    throw new Error(`No profile of ${url.origin}: ${reason}.`, { cause });
  }
}
