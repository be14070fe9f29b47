/** An image that is missing, damaged or not of a kind that this machine can run. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}
