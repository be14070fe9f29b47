import { type Document, isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import { type AppSpec, type AppSpecIssue, checkAppSpec, isTemplate } from './app-spec.js';
import type { Issue } from './check-against.js';
import { isShallow } from './nesting.js';
import { pairOf, resolved, shadowedKeys, specYaml } from './spec-yaml.js';
import { yamlProblem } from './yaml-problem.js';

/** An issue, and its place in the file. */
export interface AppSpecFileIssue extends AppSpecIssue {
  file: string;
  /** Counted from 1. */
  line?: number;
}

/** All errors of a file, one line per issue: of an App Spec, or of what changes one. */
export class AppSpecError extends Error {
  override readonly name = 'AppSpecError';

  constructor(readonly issues: readonly AppSpecFileIssue[]) {
    super(issues.map(describeFileIssue).join('\n'));
  }
}

/** `app-spec.yaml:12: services/0/http_port: expected ...` */
export function describeFileIssue({ file, path, message, line }: AppSpecFileIssue): string {
  return [line === undefined ? file : `${file}:${line}`, ...(path === '' ? [] : [path]), message].join(': ');
}

/** The App Spec of a file. */
export interface AppSpecFile {
  spec: AppSpec;
  /** Finds the places of issues in the file; sorted by line. */
  locate(issues: readonly Issue[]): AppSpecFileIssue[];
}

/** What a file in YAML says. */
export interface YamlFile {
  content: unknown;
  /** Finds the places of issues in the file; sorted by line. */
  locate(issues: readonly Issue[]): AppSpecFileIssue[];
}

/**
 * Reads YAML (or JSON, which is YAML) as DigitalOcean's tools read App Specs. `file` is only for the messages.
 * @throws AppSpecError with every issue of the syntax
 */
export function readYaml(text: string, file: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    ...specYaml,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  });
  const broken = syntaxIssues(document, text, lines);
  if (broken.length > 0) throw new AppSpecError(broken.map((issue) => ({ ...issue, file })));
  const inFile = ({ path, message }: Issue) => ({ path, message, file, line: lineOf(document, path, lines) });
  return {
    content: toValue(document, file),
    locate: (issues) => issues.map(inFile).sort((a, b) => a.line - b.line),
  };
}

/**
 * Reads an App Spec. In a deploy template ("Deploy to DO" button, `.do/deploy.template.yaml`) it is what is under `spec`.
 * @throws AppSpecError with every issue: those of the syntax, or else those of the content
 */
export function readAppSpec(text: string, file: string): AppSpecFile {
  const { content, locate: inFile } = readYaml(text, file);
  const template = isTemplate(content) ? content : undefined;
  const locate = (issues: readonly Issue[]) =>
    inFile(issues.map((issue) => (template ? below('spec', issue) : issue)));
  const check = checkAppSpec(template ? template.spec : content);
  const issues = [...inFile(besideSpec(template)), ...locate(check.ok ? [] : check.issues)];
  if (!check.ok || issues.length > 0) throw new AppSpecError(issues);
  return { spec: check.spec, locate };
}

function below(field: string, { path, message }: Issue): Issue {
  return { path: path === '' ? field : `${field}/${path}`, message };
}

function besideSpec(template: object = {}): Issue[] {
  const others = Object.keys(template).filter((key) => key !== 'spec');
  const message = 'unknown field: a deploy template has only "spec". Move it below that, or delete it';
  return others.map((path) => ({ path, message }));
}

/** Like `readAppSpec`, for who needs no places. @throws AppSpecError */
export function parseAppSpec(text: string, file: string): AppSpec {
  return readAppSpec(text, file).spec;
}

function syntaxIssues(
  document: Document.Parsed,
  text: string,
  lines: LineCounter,
): { path: string; message: string; line: number }[] {
  const issue = (offset: number, message: string) => ({
    path: '',
    message,
    line: lines.linePos(offset).line,
  });
  if (document.errors.length > 0)
    return oneOfEachLine(
      document.errors.map((error) => issue(error.pos[0], `not valid YAML: ${yamlProblem(error, text)}`)),
    );
  return shadowedKeys(document).map(({ key, node }) =>
    issue(
      node.range?.[0] ?? 0,
      `"${key}" is set here and by the "<<" below it, and tools disagree on which counts. Move the "<<" above it`,
    ),
  );
}

/** One slip makes the reader stumble several times. */
function oneOfEachLine<T extends { line: number }>(issues: readonly T[]): T[] {
  return issues.filter(({ line }, index) => issues.findIndex((one) => one.line === line) === index);
}

function toValue(document: Document.Parsed, file: string): unknown {
  const value = toJavaScript(document, file);
  if (value === null) throw new AppSpecError([{ file, path: '', message: 'the file is empty' }]);
  if (isShallow(value)) return value;
  const message = 'nests too deeply, or an anchor (&) contains its own alias (*)';
  throw new AppSpecError([{ file, path: '', message }]);
}

function toJavaScript(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const message = `not valid YAML: ${error instanceof Error ? error.message : String(error)}`;
    throw Object.assign(new AppSpecError([{ file, path: '', message }]), { cause: error });
  }
}

/** The line of the deepest part of the path that the document has: for a missing field, that of its parent. */
function lineOf(document: Document.Parsed, path: string, lines: LineCounter): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? node.range?.[0] : undefined;
  for (const key of path.split('/')) {
    const parent = resolved(document, node);
    const pair = isMap(parent) ? pairOf(document, parent, key) : undefined;
    node = pair ? pair.value : isSeq(parent) ? parent.items[Number(key)] : undefined;
    const place = pair ? pair.key : node;
    if (!isNode(place)) break;
    offset = place.range?.[0] ?? offset;
  }
  return offset === undefined ? 1 : lines.linePos(offset).line;
}
