/** What a native file runs on, such as `linux/amd64`; undefined for a file that is not native code. */
export function platformOf(bytes: Uint8Array): string | undefined {
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
