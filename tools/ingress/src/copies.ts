/** As long as the longest read of an answer. */
const size = 64 * 1024;

/** Up to here a copy costs less than what it would keep. */
const small = 16 * 1024;

/** How many are kept for the next copies: 2 MB. */
const mostFree = 32;

const free: Buffer[] = [];

/**
 * A copy of a part of an answer, to be handed to `release` when it is sent. Their memory is used again: for each new buffer of this
 * size Node.js asks the system for memory, and so many make it look for garbage in all of its heap.
 */
export function copyOf(data: Buffer): Buffer {
  if (data.length <= small || data.length > size) return Buffer.from(data);
  const whole = free.pop() ?? Buffer.allocUnsafeSlow(size);
  data.copy(whole);
  return whole.subarray(0, data.length);
}

/** Takes a copy back that nothing reads any more. */
export function release(copy: Buffer): void {
  if (copy.length > small && copy.buffer.byteLength === size && free.length < mostFree)
    free.push(Buffer.from(copy.buffer));
}
