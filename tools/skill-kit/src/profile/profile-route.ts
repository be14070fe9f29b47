import type { FastifyInstance } from 'fastify';
import { createHash, timingSafeEqual } from 'node:crypto';
import { SkillError } from '../error.js';

export const profilePath = '/profile';

const minSecretLength = 16;

/** What asks a process of this machine for a profile, over Node's inspector: nothing else can call it. */
const forInspector = Symbol.for('@odoobo/skill-kit/profile');

/** Offers profiles to who debugs this process: the same user on the same machine. */
export function offerProfiles(): void {
  const offered = async (seconds: number) => {
    try {
      return await profile(seconds);
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };
  Object.assign(globalThis, { [forInspector]: offered });
}

/**
 * Answers `POST /profile?seconds=30` to who knows PROFILE_SECRET; without the variable there is no such path.
 * @throws Error when the secret is too short
 */
export function addProfileRoute(app: FastifyInstance, secret: string | undefined): void {
  if (!secret) return;
  if (secret.length < minSecretLength)
    throw new Error(
      `PROFILE_SECRET is shorter than ${minSecretLength} characters. Make one: openssl rand -hex 16`,
    );
  app.post<{ Querystring: { seconds?: string } }>(profilePath, (request) => {
    if (!isEqual(request.headers.authorization, `Bearer ${secret}`)) {
      const message = 'Send the value of PROFILE_SECRET: authorization: Bearer <secret>.';
      throw new SkillError(401, 'unauthorized', message);
    }
    return profile(Number(request.query.seconds ?? 30));
  });
}

/** The inspector is loaded when it is asked for. */
async function profile(seconds: number) {
  const { takeProfile } = await import('./take-profile.js');
  return takeProfile(seconds);
}

/** Takes the same time whatever is sent. */
function isEqual(sent: string | undefined, wanted: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(sent ?? ''), hash(wanted));
}
