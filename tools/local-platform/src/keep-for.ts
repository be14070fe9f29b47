const dayMs = 24 * 3_600_000;

/** How long what nothing needs is kept for people to look at: logs of deployments that are over, mirrors of repositories. */
export const keptForMs = 30 * dayMs;
