/** SHA-256 of files as they are on the disk. */
import { createHash } from "node:crypto";
import { system } from "../../platform/system.ts";

const PIECE_BYTES = 512 * 1024;
/** What one call of `sha256OfFile` takes: two buffers. */
export const BYTES_A_HASH: number = 2 * PIECE_BYTES;

/**
 * SHA-256 of the first `size` bytes of the file open at `fd`. Two buffers take turns: while one is hashed the next
 * piece is read, and the event loop has its turn between pieces. Undefined when the file has become shorter. Throws what
 * the system says.
 */
export async function sha256OfFile(fd: number, size: number): Promise<Buffer | undefined> {
  const hash = createHash("sha256");
  const pieceBytes = Math.min(PIECE_BYTES, size);
  let reading = Buffer.allocUnsafeSlow(pieceBytes);
  let spare = Buffer.allocUnsafeSlow(pieceBytes);
  const readAt = (at: number): Promise<number> =>
    system.readLater(fd, reading.subarray(0, Math.min(pieceBytes, size - at)), at);
  let next = size > 0 ? readAt(0) : undefined;
  for (let at = 0; next !== undefined;) {
    const bytesRead = await next;
    if (bytesRead === 0) return undefined;
    at += bytesRead;
    const filled = reading;
    [reading, spare] = [spare, filled];
    next = at < size ? readAt(at) : undefined;
    hash.update(filled.subarray(0, bytesRead));
  }
  return hash.digest();
}
