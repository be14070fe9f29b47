import { keepFreeze, readFreeze, remoteUrl } from '@odoobo/git-flow';
import { UsageError } from '@odoobo/local-platform/command-line';
import { nameDeployer } from '@odoobo/ship/deploy/deployer';
import { describeFreeze } from '@odoobo/ship/deploy/frozen';
import { environmentOf } from './arguments.js';

export interface FreezeOptions {
  configuration?: string;
  until?: string;
  because?: string;
  end?: boolean;
}

const remote = 'origin';

/**
 * Shows the freeze of an environment, begins one, or ends it.
 * @throws where an option is wrong, or the remote does not answer
 */
export async function freezeCommand({ configuration, ...options }: FreezeOptions): Promise<number> {
  const { environment } = await environmentOf({ configuration: configuration ?? 'production' });
  const cwd = process.cwd();
  const shared = (await remoteUrl(remote, { cwd })) !== undefined;
  const git = { cwd, ...(shared && { remote }) };
  const wanted = wantedFreeze(options);
  if (wanted) {
    const by = await nameDeployer(process.env, { cwd });
    const freeze = { ...wanted, ...(by && { by }) };
    await keepFreeze(environment, freeze, git);
    const where = shared
      ? `All who deploy from ${remote} see it.`
      : 'Only this clone sees it: there is no origin.';
    process.stdout.write(`${describeFreeze(environment, freeze)}\n${where}\n`);
  } else if (options.end) {
    await keepFreeze(environment, undefined, git);
    process.stdout.write(`${environment} is not frozen any more.\n`);
  } else {
    const freeze = await readFreeze(environment, git);
    const holds = freeze && Date.parse(freeze.until) > Date.now();
    process.stdout.write(
      `${holds ? describeFreeze(environment, freeze) : `${environment} is not frozen.`}\n`,
    );
  }
  return 0;
}

/** Undefined if none is to begin. @throws UsageError */
function wantedFreeze({
  until,
  because,
  end,
}: FreezeOptions): { until: string; because: string } | undefined {
  if (until === undefined && because === undefined) return undefined;
  if (end) throw new UsageError('--end cannot be combined with --until or --because.');
  if (until === undefined || because === undefined || because.trim() === '')
    throw new UsageError('A freeze needs both: --until=2026-12-27T08:00Z --because="the sale"');
  // Without a zone it would mean another time in a pipeline.
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(until) ? Date.parse(until) : NaN;
  if (Number.isNaN(time))
    throw new UsageError(
      `Expected --until with a time and its zone, such as 2026-12-27T08:00Z or 2026-12-27T09:00+01:00; got "${until}".`,
    );
  if (time <= Date.now()) throw new UsageError(`--until=${until} is in the past.`);
  return { until: new Date(time).toISOString(), because };
}
