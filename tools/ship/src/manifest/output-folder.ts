/** The name of the output of a build that lists the files of the artefact that Nx does not hash. */
export const recordFile = 'unhashed.json';

/** The name of the output of a build that lists the packages in the artefact. */
export const billFile = 'sbom.cdx.json';

/** The part of a manifest that decides where its build writes. */
export interface OutputOwner {
  buildTarget?: string | undefined;
}

/**
 * The folder for the outputs of our build, relative to the skill. `dist` belongs to a build of its own, which may empty
 * it, and which Nx restores as a whole.
 */
export function outputFolder({ buildTarget }: OutputOwner): string {
  return buildTarget === undefined ? 'dist' : '.artefact';
}
