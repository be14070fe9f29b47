import { transform } from 'esbuild';
import { extname } from 'node:path';

/** The code of a module without types and comments. */
export async function asJavaScript(file: string, text: string): Promise<string> {
  const [, kind = 'j'] = /\.[cm]?([jt])sx?$/.exec(file) ?? [];
  const loader = `${kind}s${/x$/.test(extname(file)) ? 'x' : ''}` as 'js' | 'jsx' | 'ts' | 'tsx';
  return (await transform(text, { loader, target: 'node20' })).code;
}
