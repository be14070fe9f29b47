import { runCommand } from '@odoobo/machine/command';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import type { BundledFile } from './bundle.js';

/** The name of the program in the artefact. */
export const goProgram = 'server';

/** What App Platform runs; without C, the program needs nothing of a base image. */
const target = { GOOS: 'linux', GOARCH: 'amd64', CGO_ENABLED: '0' };

/** The first build of a machine compiles Go's own packages. */
const timeoutMs = 30 * 60_000;

/** Nothing of this machine or of the state of git gets into the program: the same source gives the same bytes. */
const reproducible = ['-trimpath', '-buildvcs=false', '-ldflags=-buildid= -s -w'];

/** Source files of packages that are neither Go's own nor in its cache of modules. */
const ownFiles =
  '{{if and (not .Standard) .Module}}{{if not .Module.Version}}{{range .GoFiles}}{{$.Dir}}/{{.}}\n{{end}}{{range .EmbedFiles}}{{$.Dir}}/{{.}}\n{{end}}{{.Module.GoMod}}\n{{end}}{{end}}';

/**
 * Compiles the program of a Go skill.
 * @param entry the folder of its package main, from the skill
 * @returns the program, and the absolute paths of its sources in the workspace
 * @throws where Go is not installed, or what it prints when it does not compile
 */
export async function compileGo(
  skillRoot: string,
  entry: string,
): Promise<{ files: BundledFile[]; sources: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'go-'));
  const program = join(folder, goProgram);
  const main = `./${posix.normalize(entry)}`;
  try {
    await go(skillRoot, ['build', ...reproducible, '-o', program, main]);
    const listed = await go(skillRoot, ['list', '-deps', '-f', ownFiles, main]);
    return {
      files: [{ path: goProgram, contents: await readFile(program), executable: true }],
      sources: [...new Set(listed.split('\n').filter((line) => line !== ''))],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function go(cwd: string, args: string[]): Promise<string> {
  const env = { ...process.env, ...target };
  const { exitCode, stdout, stderr } = await runCommand('go', args, `go ${args[0]}`, { cwd, env, timeoutMs });
  if (exitCode === 0) return stdout;
  throw new Error(`go ${args[0]} failed in ${cwd}:\n${stderr || stdout}`);
}
