import { type Page, pageOf, readPages } from '@odoobo/ship/test-support/pages';
import { beforeAll, expect, it } from 'vitest';
import { wrongIn } from '../test-support/check-command.js';
import { type CommandTables, readTables } from '../test-support/command-tables.js';
import { commandsOf } from '../test-support/shell-words.js';

let tables: CommandTables;

beforeAll(async () => {
  tables = await readTables();
});

it('every command on every page exists, with its options', async () => {
  const pages = (await readPages()).filter(
    ({ path }) => path !== 'CHANGELOG.md' && !path.startsWith('bench/'),
  );
  expect(pages.flatMap(wrongCommands)).toEqual([]);
});

it('finds unknown commands, targets and options', () => {
  const page = pageOf(
    'docs/a.md',
    [
      '```sh',
      'A=1 npx nx deploy shop --smokeTest --timeout=5 && npx nx depoly shop   # npx nx no',
      'npx nx run-many -t merge,plan -p a,b --no-push --parallel=2 --skip-nx-cache',
      'npx nx affected -t deploy \\',
      '  --base=$(npx nx-skills bse) --smokeTst',
      'npx nx logs shop --type=runn > "some file" 2>&1 | npx nx-skills report --al',
      'npx local-platform start --simulate "bad-* deploy=5s" --prot 1; npx local-platform halt',
      'npm run benhc; npm test; npm ci',
      'npx nx g @odoobo/nx-skills:skil x; npx nx g @odoobo/nx-skills:ci --overwrite',
      'npx nx-skills deploy -c production --retry --retyr',
      '```',
      'In prose: `npx nx rollback <skill> --revrt`, `nx reset`, `npx other`, `--anything`.',
    ].join('\n'),
  );
  expect(wrongCommands(page)).toEqual([
    'docs/a.md:2: there is no target depoly',
    'docs/a.md:4: there is no option --smokeTst',
    'docs/a.md:4: nx-skills has no command bse',
    'docs/a.md:6: --type is one of build, deploy, run, restarted',
    'docs/a.md:6: nx-skills report has no option --al',
    'docs/a.md:7: local-platform start has no option --prot',
    'docs/a.md:7: local-platform has no command halt',
    'docs/a.md:8: there is no script benhc',
    'docs/a.md:9: there is no generator @odoobo/nx-skills:skil',
    'docs/a.md:10: there is no option --retyr',
    'docs/a.md:12: there is no option --revrt',
    'docs/a.md:12: there is no program other',
  ]);
});

function wrongCommands(page: Page): string[] {
  return commandsOf(page).flatMap(({ at, words }) => {
    const wrong = wrongIn(words, tables);
    return wrong === undefined ? [] : [`${at}: ${wrong}`];
  });
}
