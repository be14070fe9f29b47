import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * The folder that Nx was called in: it selects the project if none is named. Nx does not pass it to plugins: a plugin
 * runs in Nx's process, in a process that Nx starts at the workspace root, or in the daemon.
 *
 * @param argv of Nx
 * @returns undefined where it cannot be known: with the daemon, where there is no /proc
 */
export function calledIn(argv: readonly string[]): string | undefined {
  const isNx = process.argv.slice(2).join('\0') === argv.slice(2).join('\0');
  return isNx ? process.cwd() : folderOfProcess(argv);
}

/** The folder of the process with these arguments; undefined if several match, in more than one folder. */
function folderOfProcess(argv: readonly string[]): string | undefined {
  const [, script = '', ...words] = argv;
  const end = `\0${[script, ...words].join('\0')}\0`;
  const folders = processes().flatMap((pid) => {
    try {
      // https://man7.org/linux/man-pages/man5/proc_pid_cmdline.5.html
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').endsWith(end)
        ? [readlinkSync(`/proc/${pid}/cwd`)]
        : [];
    } catch {
      // It has ended, or belongs to another user.
      return [];
    }
  });
  const [folder, ...others] = new Set(folders);
  return others.length === 0 ? folder : undefined;
}

function processes(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
