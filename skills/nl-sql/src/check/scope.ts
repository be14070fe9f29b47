/** What one entry of FROM brings: the name it goes by, and its columns. */
export interface Source {
  name: string;
  columns: ReadonlySet<string>;
}

/** The names that an expression may use: those of its own SELECT, then those of the ones around it. */
export class Scope {
  constructor(
    readonly outer: Scope | undefined,
    readonly sources: Source[] = [],
    /** Columns that USING has made one of two, so that they are not ambiguous. */
    readonly merged: Set<string> = new Set(),
  ) {}

  /** What is wrong with a column's name; undefined when it is known. */
  problemWith(table: string | undefined, column: string): string | undefined {
    const text = table === undefined ? column : `${table}.${column}`;
    if (column === '*') return `it selects ${text}: name the columns instead`;
    const candidates = this.sources.filter(({ name }) => table === undefined || name === table);
    const holders = candidates.filter(({ columns }) => columns.has(column));
    if (holders.length > 1 && !this.merged.has(column)) {
      return `column ${column} is ambiguous: choose one of ${holders.map(({ name }) => `${name}.${column}`).join(', ')}`;
    }
    if (holders.length > 0) return undefined;
    const isShadowed = table !== undefined && candidates.length > 0;
    if (this.outer && !isShadowed) return this.outer.problemWith(table, column);
    return `column ${text} is unknown`;
  }
}
