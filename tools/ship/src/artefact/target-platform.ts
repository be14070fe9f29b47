import { readFile } from 'node:fs/promises';
import { basename, relative } from 'node:path';
import * as z from 'zod';
import { packageNameOf, readPackageJson } from './package-folder.js';

/** App Platform runs it, and so do the base images: https://docs.digitalocean.com/products/app-platform/reference/buildpacks/ */
const target = 'linux/amd64';

/** A package with native code that does not run where the artefact runs. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
}

interface NativeFile {
  file: string;
  platform: string;
}

/**
 * The files of a package for the platform that artefacts run on. Where the package has files for several platforms, those of
 * others are left out; where it was traced on another platform, the right ones are taken instead.
 *
 * @param files those that the package needs here @param every lists all files of the package
 * @returns undefined for a package that is for another platform as a whole, such as @img/sharp-darwin-arm64
 * @throws PlatformError where it has no native code for that platform
 */
export async function filesForTarget(
  folder: string,
  files: readonly string[],
  every: () => Promise<string[]>,
): Promise<string[] | undefined> {
  const native = await nativeFiles(files);
  const foreign = new Set(native.filter(({ platform }) => platform !== target).map(({ file }) => file));
  if (foreign.size === 0) return [...files];
  const others = files.filter((file) => !foreign.has(file));
  if (foreign.size < native.length) return others;
  const right = (await nativeFiles(await every())).filter(({ platform }) => platform === target);
  if (right.length > 0) return [...others, ...right.map(({ file }) => file)];
  if (isOnePlatform(folder)) return undefined;
  throw noneForTarget(folder, native);
}

async function nativeFiles(files: readonly string[]): Promise<NativeFile[]> {
  const found: NativeFile[] = [];
  for (const file of files.filter((one) =>
    /\.node$|\.so(?:\.|$)|\.dylib$|\.dll$|^[^.]+$/.test(basename(one)),
  )) {
    const platform = platformOf(await readFile(file));
    if (platform !== undefined) found.push({ file, platform });
  }
  return found;
}

const onePlatform = z.object({ os: z.array(z.string()).min(1) });

/** Packages that npm installs on one platform only name it: https://docs.npmjs.com/cli/configuring-npm/package-json#os */
function isOnePlatform(folder: string): boolean {
  return onePlatform.safeParse(readPackageJson(folder)).success;
}

function noneForTarget(folder: string, [first]: readonly NativeFile[]): PlatformError {
  const file = first ? relative(folder, first.file) : folder;
  return new PlatformError(
    `${packageNameOf(folder)}: ${file} runs on ${first?.platform}, and artefacts run on ${target}. Build on ${target}, as CI does, or install ` +
      'the package for it: npm install --os=linux --cpu=x64 --libc=glibc',
  );
}

/** The packages of one platform that were left out must have one for the right platform beside them. */
export function requireForTarget(leftOut: readonly string[], kept: readonly string[]): void {
  const stems = new Set(kept.filter(isOnePlatform).map(stemOf));
  for (const folder of leftOut) {
    if (stems.has(stemOf(folder))) continue;
    throw new PlatformError(
      `${packageNameOf(folder)} does not run on ${target}, where artefacts run, and its package for that is not installed. ` +
        `Build on ${target}, as CI does, or install it, too: npm install --os=linux --cpu=x64 --libc=glibc`,
    );
  }
}

function stemOf(folder: string): string {
  return packageNameOf(folder).replace(
    /[-.]?(?:linuxmusl|linux|darwin|win32|freebsd|android|arm64|x64|arm|ia32|gnu|musl|glibc|msvc)(?![a-z])/g,
    '',
  );
}

/** What a native file runs on, such as `linux/amd64`; undefined for a file that is not native code. */
function platformOf(bytes: Uint8Array): string | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < 20) return undefined;
  // https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html: the machine is at byte 18.
  if (file.readUInt32BE(0) === 0x7f454c46) return elfPlatform(file);
  // Mach-O, of one processor or of several: https://en.wikipedia.org/wiki/Mach-O
  if ([0xcffaedfe, 0xcefaedfe, 0xcafebabe].includes(file.readUInt32BE(0))) return `darwin/${machOf(file)}`;
  return file.toString('latin1', 0, 2) === 'MZ' ? 'win32' : undefined;
}

function elfPlatform(file: Buffer): string {
  const machine =
    { 0x3e: 'amd64', 0xb7: 'arm64', 0x28: 'arm', 0x03: '386' }[file.readUInt16LE(18)] ?? 'other';
  // musl has its own name for the C library, which glibc does not load: https://wiki.musl-libc.org
  return `linux/${machine}${file.includes('libc.musl-') ? ' (musl)' : ''}`;
}

function machOf(file: Buffer): string {
  return { 0x01000007: 'amd64', 0x0100000c: 'arm64' }[file.readUInt32LE(4)] ?? 'several processors';
}
