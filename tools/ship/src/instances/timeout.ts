import * as z from 'zod';

export const changeTimeout = z.int().min(1).max(86_400).default(900).meta({
  description: 'Seconds after which a change that is still in progress counts as failed.',
});
