import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

type Written = (error?: Error | null) => void;

/**
 * A connection that outlives a failed write. A service may answer and close before it has read the whole body
 * (413, say): writing the rest then fails, and node:net would drop the socket with the answer unread in it. Here
 * the failed write is ignored, and reading ends the connection: with the answer, the error or the end.
 */
export class PatientSocket extends Socket {
  /** @param onread takes what is read, in place of the events of a stream */
  constructor(onread: OnReadOpts) {
    const options: SocketConstructorOpts & { onread: OnReadOpts } = { onread };
    super(options);
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, written: Written): void {
    super._write(chunk, encoding, letGo(written));
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], written: Written): void {
    super._writev?.(chunks, letGo(written));
  }
}

function letGo(written: Written): Written {
  return (error) => written(isClosedByPeer(error) ? null : error);
}

function isClosedByPeer(error: NodeJS.ErrnoException | null | undefined): boolean {
  return error?.code === 'EPIPE' || error?.code === 'ECONNRESET';
}
