import { serveSkill } from '@odoobo/skill-kit';
import manifest from '../skill.json' with { type: 'json' };
import { skill } from './skill.js';

await serveSkill(manifest, skill);
