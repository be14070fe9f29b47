import type { DeployEvent, DeployResult } from '@odoobo/app-platform';
import { isLocal } from '../placement/environment.js';
import type { RunRecord } from './record.js';
import { Recorder } from './recorder.js';
import type { RunName } from './run-name.js';
import { readRunRecords, resultsIn } from './run-records.js';
import { runStatus } from './run-status.js';
import type { WorkspaceFolders } from './workspace-folders.js';

type RunStarted = Extract<RunRecord, { type: 'run-started' }>;

/** The remote for anchors of production. */
const remote = 'origin';

/** Longest time for the export of its trace, in milliseconds; an interrupted run has a moment left. */
export const traceMs = 2_000;
const shortTraceMs = 300;

export interface DeploymentRun extends RunName {
  environment: string;
  skills: RunStarted['skills'];
  by?: string | undefined;
  pipeline?: string | undefined;
  despite_freeze?: RunStarted['despite_freeze'];
}

/** Keeps the records of a run that changes what is live. The engine has removed the secrets from its events. */
export class DeploymentRecorder extends Recorder {
  constructor(
    folders: WorkspaceFolders,
    override readonly run: DeploymentRun,
    warn: (message: string) => void,
  ) {
    super(folders, run, warn);
  }

  /** Results of earlier batches of the same run. */
  earlierResults(): DeployResult[] {
    return resultsIn(this.readJournal((journal) => readRunRecords(journal, this.run)) ?? []);
  }

  /** By skill, the deployment that an earlier run has started and not verified. */
  unverified(): ReadonlyMap<string, string> {
    const skills = Object.entries(this.readStatus()?.skills ?? {});
    return new Map(
      skills.flatMap(([skill, { unverified_deployment: id }]) => (id === undefined ? [] : [[skill, id]])),
    );
  }

  start(): void {
    const { run, environment, skills, by, pipeline, despite_freeze: despite } = this.run;
    const at = new Date().toISOString();
    this.append({
      type: 'run-started',
      run,
      at,
      environment,
      skills,
      ...(by !== undefined && { by }),
      ...(pipeline !== undefined && { pipeline }),
      ...(despite && { despite_freeze: despite }),
    });
  }

  event(event: DeployEvent): void {
    const { run, environment } = this.run;
    this.append({ ...event, run, environment });
  }

  /** @param results of all batches of the run */
  async finish(results: readonly DeployResult[]): Promise<void> {
    const status = runStatus(results);
    this.append({ type: 'run-finished', run: this.run.run, at: new Date().toISOString(), status });
    await this.trace(status === 'interrupted' ? shortTraceMs : traceMs);
    // An interrupted run has a moment left, which is too short for a remote.
    const isShared = !isLocal(this.run.environment) && status !== 'interrupted';
    if (results.some(acts)) await this.anchor(isShared ? remote : undefined);
    if (results.some(acts) && isLocal(this.run.environment) && status !== 'interrupted')
      await this.#sendFigures();
    await this.close();
  }

  /** Without a warning: the page says of when its figures are, and the next deploy sends them again. */
  async #sendFigures(): Promise<void> {
    const { sendFigures } = await import('../delivery/send-figures.js');
    await sendFigures(this.folders).catch(() => undefined);
  }
}

/** Whether there is something to prove later. Most runs find everything up to date, and should cost no more than that. */
export function acts({ outcome }: DeployResult): boolean {
  return outcome !== 'unchanged' && outcome !== 'skipped' && outcome !== 'held';
}
