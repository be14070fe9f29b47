import { Run, type RunRequest } from './skill-run.js';

/** What is done to the app of a skill without a new version of it. */
export class AppRun<Request extends RunRequest = RunRequest> extends Run<Request> {
  readonly afterwards = 'a health check shows how it ended';
  /** The digest of the artefact that is live in the end. */
  digest = '-';
}
