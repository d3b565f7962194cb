/** MCTP packets in a capture, as libmctp and Linux write them; frames of anything else are counted and left out. */
import { CAPTURE_REJECT_TEXT, CaptureReader, type CaptureReject } from "../capture/capture-reader.ts";
import { LinkType, mctpPacketIn, type LinkReject } from "../capture/link-types.ts";
import { ok, reject, type Result } from "../wire/result.ts";

/** Beside the packet: the header of its link type. */
const HEADER_ROOM = 64;

export class CaptureInputs {
  readonly #reader: CaptureReader;
  readonly #leftOut: Record<LinkReject, number> = { linkType: 0, truncatedHeader: 0, otherProtocol: 0 };
  #cut = 0;

  /** `longest`: bytes of the longest packet. */
  constructor(longest: number) {
    this.#reader = new CaptureReader(longest + HEADER_ROOM);
  }

  push(bytes: Uint8Array): Result<readonly Uint8Array[], string> {
    const frames = this.#reader.push(bytes);
    if (!frames.ok) return reject(CAPTURE_REJECT_TEXT[frames.reject]);
    const packets: Uint8Array[] = [];
    for (const { linkType, bytes: frame, originalBytes } of frames.value) {
      // What a trace's capture has beside its packets: each of them is among these accesses.
      if (linkType === LinkType.USER0) continue;
      const packet = mctpPacketIn(linkType, frame);
      if (!packet.ok) this.#leftOut[packet.reject]++;
      else if (frame.length < originalBytes) this.#cut++;
      else packets.push(packet.value);
    }
    return ok(packets);
  }

  /** Gives what was left out, in words, a line each. */
  end(): Result<readonly string[], string> {
    const end: Result<undefined, CaptureReject> = this.#reader.end();
    if (!end.ok) return reject(CAPTURE_REJECT_TEXT[end.reject]);
    const { linkType, truncatedHeader, otherProtocol } = this.#leftOut;
    const rows: readonly (readonly [number, string])[] = [
      [linkType, "of other link types than LINUX_SLL and LINUX_SLL2"],
      [otherProtocol, "of other protocols than MCTP (0x00fa)"],
      [truncatedHeader + this.#cut, "of which the capture has a part only"],
    ];
    return ok(rows.flatMap(([count, what]) => (count === 0 ? [] : [`left out ${countText(count)} ${what}`])));
  }
}

function countText(count: number): string {
  return count === 1 ? "1 frame" : `${String(count)} frames`;
}
