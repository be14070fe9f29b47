import { runProfile } from '@odoobo/ship/commands/profile';
import { profileOptions } from '@odoobo/ship/profile/options';
import { executorOfOne } from './batch.js';

/** Profiles a live skill. */
export default executorOfOne(profileOptions, runProfile);
