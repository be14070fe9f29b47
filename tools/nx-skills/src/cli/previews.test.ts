import { expect, it } from 'vitest';
import { previewsCommand } from './previews.js';

it.each([
  [['--delete'], 'Expected --pull-request=<number>.'],
  [['--pull-request=7;8'], 'Expected --pull-request=<number>.'],
  [
    ['--pull-request=7', '-c', 'prod'],
    'Expected -c production, or nothing for the local platform; got "prod".',
  ],
  [['--pull-request=7', '--platform-url=http://127.0.0.1:1'], 'Add: -c production'],
  [['--pull-request=7', '--name=shop'], "Unknown option '--name'"],
])('refuses %j', async (args, told) => {
  await expect(previewsCommand(args)).rejects.toThrow(told);
});
