import { type Document, LineCounter, type Node, parseDocument } from 'yaml';
import { type AppSpec, type AppSpecIssue, checkAppSpec } from './app-spec.js';

/** An issue, and its place in the file. */
export interface AppSpecFileIssue extends AppSpecIssue {
  file: string;
  /** Counted from 1. */
  line?: number;
}

/** All errors of the spec in a file, one line per issue. */
export class AppSpecError extends Error {
  override readonly name = 'AppSpecError';

  constructor(readonly issues: readonly AppSpecFileIssue[]) {
    super(issues.map(describe).join('\n'));
  }
}

function describe({ file, path, message, line }: AppSpecFileIssue): string {
  if (path !== '') return `${file}: ${path}: ${message}`;
  return line === undefined ? `${file}: ${message}` : `${file}:${line}: ${message}`;
}

/**
 * Parses an App Spec in YAML (or JSON, which is YAML). `file` is only for the messages.
 * @throws AppSpecError with every issue: those of the syntax, or else those of the content
 */
export function parseAppSpec(text: string, file: string): AppSpec {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new AppSpecError(
      document.errors.map((error) => ({
        file,
        path: '',
        message: `not valid YAML: ${error.message}`,
        line: lines.linePos(error.pos[0]).line,
      })),
    );
  }
  const check = checkAppSpec(toValue(document, file));
  if (check.ok) return check.spec;
  const issues = check.issues.map((issue) => ({ ...issue, file, line: lineOf(document, issue, lines) }));
  throw new AppSpecError(issues.sort((a, b) => a.line - b.line));
}

function toValue(document: Document.Parsed, file: string): unknown {
  if (document.contents === null) throw new AppSpecError([{ file, path: '', message: 'the file is empty' }]);
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const message = `not valid YAML: ${error instanceof Error ? error.message : String(error)}`;
    throw Object.assign(new AppSpecError([{ file, path: '', message }]), { cause: error });
  }
}

/** The line of the deepest node on the issue's path: for a missing field, that of its parent. */
function lineOf(document: Document.Parsed, issue: AppSpecIssue, lines: LineCounter): number {
  const path = issue.path === '' ? [] : issue.path.split('/');
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as Node | undefined;
    const offset = node?.range?.[0];
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return 1;
}
