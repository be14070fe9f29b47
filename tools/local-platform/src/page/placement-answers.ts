/*
 * What the page's address about placements answers. The page is built with these types, so they import nothing that a browser has not.
 */

/** What an app is a placement of, as the last deploy of its skill has marked it. */
export interface Placed {
  /** The skill. */
  of: string;
  environment: string;
  /** Missing for the default placement. */
  name?: string;
  tenant?: string;
  /** What is live differs from what that deploy has written: someone else has changed it. */
  changed: boolean;
}

/** `GET /page/placements`: the apps that are placements of skills, by id. */
export interface PlacementsAnswer {
  apps: Record<string, Placed>;
}
