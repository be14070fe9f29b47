/** The bundler puts the bytes of a WebAssembly module into the bundle. */
declare module '*.wasm' {
  const code: Uint8Array<ArrayBuffer>;
  export default code;
}

declare module '@jsquash/jpeg/codec/dec/mozjpeg_dec.js' {
  const create: import('./whole.js').CreateDecoder;
  export default create;
}

declare module '@jsquash/avif/codec/dec/avif_dec.js' {
  const create: import('./whole.js').CreateDecoder;
  export default create;
}

declare module '@jsquash/webp/codec/dec/webp_dec.js' {
  const create: import('./whole.js').CreateDecoder;
  export default create;
}

/** What the types of Node leave out. */
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, unknown>>;
  class Module {
    private constructor();
  }
  class Memory {
    private constructor();
    readonly buffer: ArrayBuffer;
    grow: (pages: number) => number;
  }
  class Instance {
    constructor(module: Module, imports: Imports);
    readonly exports: object;
  }
  function compile(code: Uint8Array): Promise<Module>;
}
