export const help = `local-platform: App Platform's API on this machine

Usage: local-platform <command> [options]

  start              Start the server, if it does not run. It runs on in the background.
    --port <port>      Preferred port (default 4100); another is taken when it is in use.
    --simulate <rule>  Run nothing: "build=2s deploy=30s", "bad-* deploy=5s fails=deploy". May be repeated.
    --fault <rule>     Let calls fail: "PUT /v2/apps/* 503 x2". May be repeated.
    --rate-limit <n>   Refuse too many calls: real, or calls a minute and an hour as 250/5000.
    --request-log <f>  Append each call to a file, as JSON.
  stop               Stop the server and every service. The apps are kept.
  status             The apps: phase, URL, image digest, since when. On a terminal, the link to its page.
    --json             As JSON.
  logs <app>         The log of an app.
    --type <type>      run (default), restarted (what ended processes printed last), deploy or build.
    --follow           Show new lines as they come, over deployments and restarts.
    --raw              Keep control sequences, such as colours.
  repository <owner/name> <path>
                     Take a repository of this machine, or another URL, for one of a git host.
  reset              Stop everything and delete the apps, images, builds and logs.
    --yes              Really do it; without it, only say what would be done.

  --directory <dir>  The platform's folder (default: .local-platform in the workspace's root).
  -h, --help         Show this.
`;
