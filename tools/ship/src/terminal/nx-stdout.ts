let behindNx = true;

/** This process is no task of Nx: its stdout is where its output goes. */
export function runsWithoutNx(): void {
  behindNx = false;
}

/** Whether it is one, so that messages may name commands of Nx and of the plugin. */
export function runsBehindNx(): boolean {
  return behindNx;
}

/** The stdout of Nx, which reads the output of a task through a pipe; only Linux shows where it goes. */
export function stdoutOfNx(): string | undefined {
  return behindNx ? `/proc/${process.ppid}/fd/1` : undefined;
}
