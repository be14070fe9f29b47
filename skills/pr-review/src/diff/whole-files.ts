/** The repository as it is after the change, for what a diff does not show. */
export interface WholeFiles {
  /** The text of a file; nothing where it is missing, too large or not text. */
  read(path: string): Promise<string | undefined>;
  /** The names in a folder (`.` is the root); none where there is no such folder. */
  list(folder: string): Promise<string[]>;
}
