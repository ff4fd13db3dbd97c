// What benchmark streams carry, again and again: 64 KiB that differ from each other. Used by the client, and sent to the server's pod as text.
function createPattern() {
  const block = Buffer.from(Uint8Array.from({ length: 65536 }, (_, i) => (i * 31 + (i >> 8) * 7) & 0xff));
  return {
    block,
    position: 0,
    /** Whether `chunk` is what comes next. */
    continuesWith(chunk) {
      for (let at = 0; at < chunk.length;) {
        const from = this.position % block.length;
        const length = Math.min(block.length - from, chunk.length - at);
        if (block.compare(chunk, at, at + length, from, from + length) !== 0) return false;
        at += length;
        this.position += length;
      }
      return true;
    },
  };
}

module.exports = { createPattern };
