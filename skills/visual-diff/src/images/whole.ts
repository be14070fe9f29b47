import { type Picture, pictureOf } from './picture.js';

/** What is decoded in WebAssembly is in memory as a whole. */
export const maxWholePixels = 8_000_000;

interface Image {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

/** The bytes, and for a JPEG whether its orientation is obeyed. */
type Input = [bytes: Buffer, preserveOrientation?: boolean];

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
      use(instance);
      return instance.exports;
    },
  });
  const image = decoder.decode(...input);
  if (!image) throw new Error('the decoder refuses it');
  const { width, height, data } = image;
  return pictureOf({ width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) });
}
