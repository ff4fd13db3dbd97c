type Transfer = (byteLength: number) => ArrayBuffer;

const { transfer } = ArrayBuffer.prototype as { readonly transfer?: Transfer };

/** From Node 22 on. */
export const canFreeBuffers = transfer !== undefined;

/**
 * Gives the memory behind a buffer back at once, where Node can, instead of when the collector comes by. Only for who knows that nobody uses it any more; it is
 * empty from then on. Node's pool, which small buffers share, is left alone.
 * @see {@link https://tc39.es/ecma262/#sec-arraybuffer.prototype.transfer | ECMA-262, ArrayBuffer.prototype.transfer}
 */
export function freeBuffer({ buffer }: Uint8Array): void {
  if (buffer.byteLength > Buffer.poolSize) transfer?.call(buffer, 0);
}
