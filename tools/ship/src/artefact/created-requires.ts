import { createRequire } from 'node:module';

/** `createRequire` of Node, however a module names the module that has it. */
const create = String.raw`(?:process\.getBuiltinModule\(\s*['"](?:node:)?module['"]\s*\)\s*\.\s*|[\w$]+\.)?createRequire`;
/** From the module's own place, so that it finds what an import of the module finds. */
const ownRequire = String.raw`${create}\(\s*(?:import\.meta\.(?:url|filename)|__filename)\s*\)`;
const declared = new RegExp(String.raw`\b((?:const|let|var)\s+)([\w$]+)(\s*=\s*${ownRequire})`, 'g');
const literal = String.raw`\(\s*(['"])([^'"\n]+)\1\s*,?\s*\)`;
const called = new RegExp(`${ownRequire}${literal}`, 'g');

/** What stands for a `require` of the module's own that stays, so that the bundler follows the others. */
const kept = '__createdRequire';

/**
 * Lets the bundler follow what a module loads with a `require` that it has made by `createRequire(import.meta.url)`, as ES modules
 * load CommonJS, JSON and optional packages. One that is made from another place, such as the working directory, finds what is
 * installed where the service runs. The lines stay as they are.
 *
 * @param isOwn whether it is a module of the workspace itself: of these, what cannot be followed is for the bundler to say
 */
export function followedRequires(file: string, text: string, isOwn: boolean): string {
  if (!text.includes('createRequire')) return text;
  const direct = text.replace(called, (whole: string, _quote: string, name: string) =>
    isOwn || isFound(file, name) ? `require(${JSON.stringify(name)})` : whole,
  );
  const names = new Set([...direct.matchAll(declared)].map(([, , name = '']) => name));
  return [...names].reduce((rest, name) => follow(file, rest, name, isOwn), direct);
}

function follow(file: string, text: string, name: string, isOwn: boolean): string {
  const own = name === 'require' ? kept : name;
  const renamed = text.replace(declared, (whole: string, before: string, is: string, after: string) =>
    is === name ? `${before}${own}${after}` : whole,
  );
  const calls = new RegExp(
    String.raw`(?<![\w$.])${escaped(name)}(\s*[.(])(?:(?<=\()\s*(['"])([^'"\n]+)\2\s*,?\s*\))?`,
    'g',
  );
  return renamed.replace(calls, (whole: string, next: string, _quote?: string, wanted?: string) => {
    const isCall = next.endsWith('(');
    // What it resolves is a path, and not in the bundle.
    const isFollowed = isCall && (isOwn || (wanted !== undefined && isFound(file, wanted)));
    return `${isFollowed ? 'require' : own}${whole.slice(name.length)}`;
  });
}

function escaped(name: string): string {
  return name.replaceAll('$', String.raw`\$`);
}

/** Whether the bundler finds it. What it does not find is for the module to handle, as one that looks for an optional package does. */
function isFound(file: string, wanted: string): boolean {
  try {
    createRequire(file).resolve(wanted);
    return true;
  } catch {
    // Not there, or not for `require`.
    return false;
  }
}
