/** An environment variable that this project reads. */
interface Variable {
  name: string;
  /** Who reads it: targets and commands, or a running skill. */
  readBy: string;
  about: string;
}

/** All variables that are read, except those that App Specs and `nx.json` name: `${NAME}`. */
export const variables: readonly Variable[] = [
  {
    name: 'DIGITALOCEAN_ACCESS_TOKEN',
    readBy: '`-c production`',
    about:
      'The token of App Platform. Scopes: `app:read` to look, `app:create` and `app:update` to deploy, `app:delete` to delete previews and orphans, those of `registry` to push to DOCR. Alone it never ships to production.',
  },
  { name: 'DO_ACCESS_TOKEN', readBy: '`-c production`', about: 'The same, if the other is not set.' },
  {
    name: 'DIGITALOCEAN_API_URL',
    readBy: '`-c production`',
    about: "Another endpoint with App Platform's API, if `--platformUrl` is not given.",
  },
  {
    name: 'GITHUB_TOKEN',
    readBy: '`deploy`, `nx-skills comment`',
    about: 'To push to GHCR (scope `write:packages`); to comment on a pull request.',
  },
  {
    name: 'DOCKERHUB_TOKEN',
    readBy: '`plan`, `deploy`',
    about: 'To push to Docker Hub, and to read a base image there, with `DOCKERHUB_USERNAME`.',
  },
  { name: 'DOCKERHUB_USERNAME', readBy: '`plan`, `deploy`', about: 'The user of that token.' },
  {
    name: 'GITHUB_ACTOR',
    readBy: '`deploy`',
    about: 'The user of that login; any name works. In CI, also who deployed.',
  },
  {
    name: 'GITHUB_REPOSITORY',
    readBy: '`nx-skills comment`',
    about: '`owner/name`: where the comment goes.',
  },
  {
    name: 'GITHUB_HEAD_REF',
    readBy: '`plan`, `deploy`',
    about: 'The branch of a pull request, if no branch is checked out.',
  },
  {
    name: 'GITHUB_REF_NAME',
    readBy: '`plan`, `deploy`',
    about:
      'The branch, if that is not set. In App Specs `${GITHUB_REF_NAME}` is the branch in every checkout.',
  },
  { name: 'GITHUB_API_URL', readBy: '`nx-skills comment`', about: 'Of a GitHub Enterprise Server.' },
  {
    name: 'DOCKER_CONFIG',
    readBy: '`deploy`',
    about:
      'Folder of `config.json`, where docker keeps logins, or names the helper that does. Default: `~/.docker`.',
  },
  {
    name: 'NX_SKILLS_WEBHOOK_URL',
    readBy: '`deploy`, `rollback`',
    about: 'A webhook that is notified of them. It overrides the one in `nx.json`.',
  },
  {
    name: 'NX_SKILLS_WEBHOOK_FORMAT',
    readBy: '`deploy`, `rollback`',
    about: '`slack`, `discord` or `json`. Default: by the host of the URL.',
  },
  {
    name: 'ROLLOUT_KEY',
    readBy: '`deploy`, `rollout`',
    about:
      'With production: the key from which the secrets of rollouts are made, at least 16 characters; the same for all who deploy.',
  },
  {
    name: 'CI',
    readBy: 'all',
    about:
      'If it is set, nothing is redrawn, and no link with a token is printed. A `deploy` that a newer version has overtaken succeeds.',
  },
  { name: 'NO_COLOR', readBy: 'all', about: 'If it is set, there are no colours.' },
  { name: 'TERM', readBy: 'all', about: '`dumb`: no colours, and nothing is redrawn.' },
  {
    name: 'PORT',
    readBy: 'a skill',
    about: 'The port that it listens on. The platform sets it. Default: 8080.',
  },
  {
    name: 'HOST',
    readBy: 'a skill',
    about: 'The address that it listens on. Default: all where `PORT` is set, else 127.0.0.1.',
  },
  { name: 'LOG_LEVEL', readBy: 'a skill', about: 'Its log level. Default: `info`.' },
  {
    name: 'SKILL_DIGEST',
    readBy: 'a skill',
    about: 'Its artefact. `deploy` adds it to the App Spec; `GET /health` reports it.',
  },
  {
    name: 'PROVENANCE_KEY',
    readBy: 'runs, `audit verify`',
    about:
      'The private key, in PEM, or the path of its file, that signs the provenance of images: Ed25519, or ECDSA with the curve P-256.',
  },
  {
    name: 'PROFILE_SECRET',
    readBy: 'a skill, `profile`',
    about:
      'With it, a skill answers `POST /profile` to who knows it; `profile` sends it. At least 16 characters.',
  },
  {
    name: 'SKILLS_MARK',
    readBy: 'a skill',
    about:
      'The write that has started its deployment. `deploy` adds it to the App Spec; traces and metrics have it.',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    readBy: 'a skill, runs',
    about:
      'Where traces and metrics are sent, as OTLP over HTTP; set for a run, where the trace of the run is sent. The other variables of OpenTelemetry apply, too: [Traces and metrics](tracing.md). Default: none are made.',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    readBy: 'a skill, runs',
    about: 'The same for traces only, with its path, such as `/v1/traces`.',
  },
  { name: 'OTEL_TRACES_EXPORTER', readBy: 'a skill, runs', about: '`none`: no traces.' },
  {
    name: 'OTEL_TRACES_SAMPLER',
    readBy: 'a skill',
    about: 'Which traces are kept. Default: `parentbased_always_on`, all but those that their caller drops.',
  },
  { name: 'OTEL_SDK_DISABLED', readBy: 'a skill, runs', about: '`true`: no traces and metrics.' },
];
