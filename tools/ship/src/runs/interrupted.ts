/** Exit code of a process that Ctrl-C ended. */
export const interruptedCode = 130;

/** Ctrl-C stops the run, not the deployments on the platform. A second signal changes nothing: the run is already ending. */
export function abortOnSignal(onInterrupt: () => void): { signal: AbortSignal; done: () => void } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) return;
    onInterrupt();
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  // Nx ends the process of a finished batch with SIGTERM.
  return { signal: controller.signal, done: () => void process.off('SIGINT', stop).off('SIGTERM', stop) };
}

/** Ends the process: Nx does not read the results of a run that it has stopped, and would only wait. */
export function endInterrupted(close: () => void): never {
  close();
  process.exit(interruptedCode);
}
