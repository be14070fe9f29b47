import { type Picture, pictureOf } from './picture.js';

/** What is decoded in WebAssembly is in memory as a whole. */
export const maxWholePixels = 8_000_000;

/** The decoder of AVIF keeps several frames: 35 bytes a pixel, and twice as many with more than 8 bits a sample. */
export const maxAvifPixels = 4_200_000;

const maxDecoderBytes = 320 * 1024 * 1024;

interface Image {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

/** The bytes; for a JPEG whether its orientation is obeyed, for an AVIF the bits of a sample. */
type Input = [bytes: Buffer, option?: boolean | number];

/** What emscripten makes of a decoder in C. */
export interface Decoder {
  decode: (...input: Input) => Image | null;
}

interface Options {
  noInitialRun: true;
  print: () => void;
  printErr: () => void;
  quit: (status: number, thrown: Error) => never;
  instantiateWasm: (imports: WebAssembly.Imports, use: (instance: WebAssembly.Instance) => void) => object;
}

export type CreateDecoder = (options: Options) => Promise<Decoder>;

/** Decodes a JPEG and turns it as its orientation says. @throws when it is broken */
export async function decodeJpeg(bytes: Buffer): Promise<Picture> {
  const { default: create } = await import('@jsquash/jpeg/codec/dec/mozjpeg_dec.js');
  const { default: code } = await import('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm');
  return decode(create, code, [bytes, true]);
}

/** Decodes a WebP. @throws when it is broken, or an animation */
export async function decodeWebp(bytes: Buffer): Promise<Picture> {
  const { default: create } = await import('@jsquash/webp/codec/dec/webp_dec.js');
  const { default: code } = await import('@jsquash/webp/codec/dec/webp_dec.wasm');
  return decode(create, code, [bytes]);
}

/** Decodes an AVIF. @throws when it is broken */
export async function decodeAvif(bytes: Buffer): Promise<Picture> {
  const { default: create } = await import('@jsquash/avif/codec/dec/avif_dec.js');
  const { default: code } = await import('@jsquash/avif/codec/dec/avif_dec.wasm');
  return decode(create, code, [bytes, 8]);
}

/** A decoder that has failed may be broken and never gives memory back, so each picture gets its own. */
async function decode(create: CreateDecoder, code: Uint8Array<ArrayBuffer>, input: Input): Promise<Picture> {
  const compiled = await WebAssembly.compile(code);
  const decoder = await create({
    noInitialRun: true,
    print: () => undefined,
    printErr: () => undefined,
    // By default it sets the exit code of the process.
    quit: (_status, thrown) => {
      throw thrown;
    },
    instantiateWasm: (imports, use) => {
      const instance = new WebAssembly.Instance(compiled, imports);
      for (const part of Object.values(instance.exports)) if (part instanceof WebAssembly.Memory) bound(part);
      use(instance);
      return instance.exports;
    },
  });
  const image = decoder.decode(...input);
  if (!image) throw new Error('the decoder refuses it');
  const { width, height, data } = image;
  return pictureOf({ width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) });
}

/** Refuses a decoder more memory, which it takes for the end of the machine's: whatever a picture claims or holds. */
function bound(memory: WebAssembly.Memory): void {
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * 65_536 > maxDecoderBytes) throw new RangeError('enough memory');
    return grow(pages);
  };
}
