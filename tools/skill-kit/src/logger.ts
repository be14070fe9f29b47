import type { SkillManifest } from './skill.js';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/**
 * Options of the pino logger inside Fastify: JSON lines with the level's name and an ISO time.
 * @throws Error when LOG_LEVEL is not a level of pino
 */
export function loggerOptions(
  manifest: SkillManifest,
  env: NodeJS.ProcessEnv,
  stream?: { write(line: string): void },
) {
  const level = env['LOG_LEVEL'] || 'info';
  if (!levels.includes(level)) {
    throw new Error(`LOG_LEVEL is "${level}", which is not a level. Set one of: ${levels.join(', ')}.`);
  }
  return {
    level,
    base: { skill: manifest.id, version: manifest.version },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    ...(stream && { stream }),
  };
}
