/** Pixels of a PNG picture as renderers write it: 8 bits a sample, RGB or RGBA, not interlaced. */
import { inflateSync } from "node:zlib";

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Four bytes a pixel: red, green, blue, alpha. */
  readonly pixels: Uint8Array;
}

const SIGNATURE_BYTES = 8;

/** Throws for a picture of another kind. */
export function readPng(file: Buffer): Picture {
  let header: Buffer | undefined;
  const data: Buffer[] = [];
  for (let at = SIGNATURE_BYTES; at + 8 <= file.length;) {
    const length = file.readUInt32BE(at);
    const kind = file.toString("latin1", at + 4, at + 8);
    const body = file.subarray(at + 8, at + 8 + length);
    if (kind === "IHDR") header = body;
    if (kind === "IDAT") data.push(body);
    at += 12 + length;
  }
  const [depth, colour, , , interlace] = [...(header?.subarray(8, 13) ?? [])];
  const samples = colour === 6 ? 4 : colour === 2 ? 3 : undefined;
  if (header === undefined || depth !== 8 || samples === undefined || interlace !== 0) {
    throw new Error(`a PNG of ${String(depth)} bits, colour type ${String(colour)}, is not read here`);
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const rows = unfiltered(inflateSync(Buffer.concat(data)), width * samples, height, samples);
  if (samples === 4) return { width, height, pixels: rows };
  const pixels = new Uint8Array(4 * width * height).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) {
    pixels.set(rows.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
  }
  return { width, height, pixels };
}

/** Each row was written as differences from its neighbours, in one of five ways. */
function unfiltered(raw: Buffer, rowBytes: number, height: number, step: number): Uint8Array {
  const out = new Uint8Array(rowBytes * height);
  const zeros = new Uint8Array(rowBytes);
  for (let row = 0; row < height; row++) {
    const at = row * (rowBytes + 1);
    const line = out.subarray(row * rowBytes, (row + 1) * rowBytes);
    line.set(raw.subarray(at + 1, at + 1 + rowBytes));
    const above = row === 0 ? zeros : out.subarray((row - 1) * rowBytes, row * rowBytes);
    addPrediction(raw[at] ?? 0, line, above, step);
  }
  return out;
}

function addPrediction(filter: number, line: Uint8Array, above: Uint8Array, step: number): void {
  const { length } = line;
  if (filter === 1) for (let at = step; at < length; at++) line[at]! += line[at - step]!;
  if (filter === 2) for (let at = 0; at < length; at++) line[at]! += above[at]!;
  if (filter === 3) for (let at = 0; at < length; at++) line[at]! += ((line[at - step] ?? 0) + above[at]!) >> 1;
  if (filter !== 4) return;
  for (let at = 0; at < length; at++) {
    const [left, up, corner] = at < step ? [0, above[at]!, 0] : [line[at - step]!, above[at]!, above[at - step]!];
    const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
    line[at]! += a <= b && a <= c ? left : b <= c ? up : corner;
  }
}
