import { Socket } from 'node:net';
import type { buildConnector } from 'undici';

/** On loopback a connection takes this long only to a service whose queue of new ones is full. */
const CONNECT_MS = 10_000;

type Written = (error?: Error | null) => void;

/**
 * A connection that outlives a failed write. A service may answer and close before it has read the whole body
 * (413, say): writing the rest then fails, and node:net would drop the socket with the answer unread in it. Here
 * the write is let go, and reading ends the connection: with the answer, the error or the end.
 */
class PatientSocket extends Socket {
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

/** undici's way to a service on 127.0.0.1. */
export function connectTo(port: number): buildConnector.connector {
  return (_options, connected) => {
    const socket = new PatientSocket();
    const fail = (error: Error): void => connected(error, null);
    const giveUp = (): void => void socket.destroy(new Error(`No connection in ${CONNECT_MS / 1000} s.`));
    socket.setNoDelay(true).setTimeout(CONNECT_MS, giveUp).once('error', fail);
    socket.connect(port, '127.0.0.1', () => {
      socket.setTimeout(0, giveUp).off('error', fail);
      connected(null, socket);
    });
  };
}
