/** SHA-256 of files as they are on the disk. */
import { createHash, type Hash } from "node:crypto";
import { system } from "../../platform/system.ts";

/** Read at once. The event loop has its turn between two of them. */
export const PIECE_BYTES: number = 512 * 1024;
/** What one call of `sha256OfFile` or `hashFile` takes: two buffers. */
export const BYTES_A_HASH: number = 2 * PIECE_BYTES;

/** SHA-256 of the first `size` bytes of the file open at `fd`; undefined when it has become shorter. Throws what the system says. */
export async function sha256OfFile(fd: number, size: number): Promise<Buffer | undefined> {
  const hash = createHash("sha256");
  return (await hashFile(hash, fd, 0, size)) ? hash.digest() : undefined;
}

/**
 * Hashes the bytes from `from` to `to` of the file open at `fd`. Two buffers take turns: while one is hashed the next piece
 * is read. False when the file has become shorter. Throws what the system says.
 */
export async function hashFile(hash: Hash, fd: number, from: number, to: number): Promise<boolean> {
  const pieceBytes = Math.min(PIECE_BYTES, to - from);
  let reading = Buffer.allocUnsafeSlow(pieceBytes);
  let spare = Buffer.allocUnsafeSlow(pieceBytes);
  const readAt = (at: number): Promise<number> =>
    system.readLater(fd, reading.subarray(0, Math.min(pieceBytes, to - at)), at);
  let next = to > from ? readAt(from) : undefined;
  for (let at = from; next !== undefined;) {
    const bytesRead = await next;
    if (bytesRead === 0) return false;
    at += bytesRead;
    const filled = reading;
    [reading, spare] = [spare, filled];
    next = at < to ? readAt(at) : undefined;
    hash.update(filled.subarray(0, bytesRead));
  }
  return true;
}
