/** The source of a skill by the kit, which answers each call with a text. */
export function kitSource(says: string): string {
  return `import { defineSkill, serveSkill } from '@odoobo/skill-kit';
import * as z from 'zod';
import manifest from '../skill.json' with { type: 'json' };

const skill = defineSkill({
  input: z.strictObject({}),
  output: z.string(),
  examples: [{ title: 'One', input: {}, output: '${says}' }],
  invoke: async () => '${says}',
});
await serveSkill(manifest, skill);
`;
}
