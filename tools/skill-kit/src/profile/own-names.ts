import { readFile } from 'node:fs/promises';
import type { HeapProfiler, Profiler, Runtime } from 'node:inspector';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

interface Profiles {
  cpu: Profiler.Profile;
  heap: HeapProfiler.SamplingHeapProfile;
}

/** The profiles with the names, files and lines of the source, where a bundle has its source map beside it. */
export async function withOwnNames({ cpu, heap }: Profiles): Promise<Profiles> {
  const frames = [...cpu.nodes.map(({ callFrame }) => callFrame), ...framesIn(heap.head)];
  const maps = new Map<string, SourceMap | undefined>();
  for (const { url } of frames) if (!maps.has(url)) maps.set(url, await mapOf(url));
  for (const frame of frames) rename(frame, maps.get(frame.url));
  return { cpu, heap };
}

function framesIn(node: HeapProfiler.SamplingHeapProfileNode): Runtime.CallFrame[] {
  return [node.callFrame, ...node.children.flatMap(framesIn)];
}

/** Undefined for what is no bundle. */
async function mapOf(url: string): Promise<SourceMap | undefined> {
  if (!url.startsWith('file:')) return undefined;
  try {
    const text = await readFile(`${fileURLToPath(url)}.map`, 'utf8');
    return new SourceMap(JSON.parse(text) as ConstructorParameters<typeof SourceMap>[0]);
  } catch {
    return undefined;
  }
}

/** What the source map says of a place: it says more than its types. */
interface Entry {
  originalSource?: string;
  originalLine?: number;
  originalColumn?: number;
  name?: string;
}

function rename(frame: Runtime.CallFrame, map: SourceMap | undefined): void {
  if (!map) return;
  const entryAt = (column: number): Entry => map.findEntry(frame.lineNumber, Math.max(0, column));
  const { originalSource, originalLine, originalColumn } = entryAt(frame.columnNumber);
  if (originalSource === undefined || originalLine === undefined) return;
  frame.functionName = originalName(frame, entryAt) ?? frame.functionName;
  frame.url = originalSource;
  frame.lineNumber = originalLine;
  frame.columnNumber = originalColumn ?? 0;
}

/** A function is where its parameters begin; its name is shortly before: `function a(`, `a=(`, `a=async(`, `async a(`. */
function originalName(
  { functionName, columnNumber }: Runtime.CallFrame,
  entryAt: (column: number) => Entry,
): string | undefined {
  if (functionName === '') return undefined;
  const short = functionName.split(/[ .]/).at(-1) ?? functionName;
  const before = ['', '=', '=async', '=async '].map(({ length }) => columnNumber - short.length - length);
  return before.map((column) => entryAt(column).name).find((name) => name !== undefined);
}
