import { describeError } from '../terminal/describe-error.js';
import { baseCommand } from './base.js';
import { changedCommand } from './changed.js';
import { commentCommand } from './comment.js';
import { deployCommand } from './deploy.js';
import { orphansCommand } from './orphans.js';
import { planCommand } from './plan.js';
import { previewsCommand } from './previews.js';
import { reportCommand } from './report.js';

const help = `nx-skills plan [options]   what deploy would do: runs the target "plan" of all skills
  --fail-on-change   end with 2 where deploy would create or update anything
  --json             print the plan as JSON, and nothing else, on stdout
  --markdown         print it as Markdown, for a comment on a pull request
  --affected         only skills that changes since the base affect
  Every other option is one of Nx or of the target: -p a,b  -c production  --base=main

nx-skills deploy [options]   deploys the skills that have changed since each was last live, committed or not
  Every option is one of Nx or of the target: -c production  --smokeTest  --retry

nx-skills base [-c production]   the commit since which anything has changed that is not live yet:
  npx nx affected -t deploy --base=$(npx nx-skills base)

nx-skills changed [options]   the skills to ship: those that changes since the base affect
  --base=<commit>    since when; else the default base of Nx
  --skills=a,b       these instead; an unknown name is an error
  --all              all of them
  --json             on one line, as a matrix of GitHub Actions takes it

nx-skills report [options]   what the last deployment has come to
  --markdown         as a table in Markdown: so it is without this, too
  --json             as JSON
  --from=<folder>    of all journals in a folder: those of the jobs of a pipeline
  --skills=a,b       of these, also of one that was not deployed at all
  --unrecorded=cancelled   those of which nothing is recorded were cancelled, or superseded by a newer commit
  --notify           tell the webhook of the workspace, too

nx-skills previews --pull-request=<number> [options]   its previews: what deploy --preview=<number> has made
  -c production      on App Platform; else on the local platform
  --platform-url=<url>   on another platform that speaks its API
  --markdown         print them as Markdown, for a comment on the pull request
  --delete           delete them, and nothing else

nx-skills orphans [options]   apps of skills that were deleted or renamed, with what would go with them
  -c production      on App Platform; else on the local platform
  --platform-url=<url>   on another platform that speaks its API
  --delete           delete them, and nothing else

nx-skills comment --pull-request=<number> --file=<file>   put Markdown on a pull request; later ones replace it
  --about=<word>     replace only those about the same; else: plan
  Needs GITHUB_REPOSITORY and GITHUB_TOKEN in the environment.

Ends with 0, with 2 for changes, with 1 for an error.
`;

const commands: Record<string, (options: readonly string[]) => Promise<number>> = {
  plan: planCommand,
  deploy: deployCommand,
  base: baseCommand,
  changed: changedCommand,
  report: reportCommand,
  previews: previewsCommand,
  orphans: orphansCommand,
  comment: commentCommand,
};

/** Runs a command line; returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [command, ...options] = args;
  const wantsHelp = command === undefined || args.some((one) => one === '--help' || one === '-h');
  if (wantsHelp) {
    process.stdout.write(help);
    return 0;
  }
  const run = commands[command];
  if (!run) {
    process.stderr.write(`nx-skills: there is no command "${command}". See: npx nx-skills --help\n`);
    return 1;
  }
  try {
    return await run(options);
  } catch (error) {
    process.stderr.write(`nx-skills: ${describeError(error)}\n`);
    return 1;
  }
}
