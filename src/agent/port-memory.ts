/**
 * What the peers of one port can make an agent hold at most, by what holds it: each row is bounded by the constants named, so
 * their sum is a bound, too, whatever the peers do at once. The largest window is assumed.
 */
import { LARGEST_WINDOW_BYTES, largestMtu } from "../core/binding/layout.ts";
import { NEWEST_VERSION } from "../core/binding/versions.ts";
import { TRANSIT_OF_PORT } from "../core/mctp/bridge/router.ts";
import { REPEATS_BYTES } from "../core/mctp/control/repeats.ts";
import { ENDPOINT_DEFAULTS } from "../core/mctp/endpoint-defaults.ts";
import { PART_OF_PEER } from "../core/mctp/transmit-queue.ts";
import { SPARE_LIMIT } from "../node/packet-memory.ts";
import { BYTES_A_HASH, PIECE_BYTES } from "./files/file-hash.ts";
import { FINISHED_SHARES, OPENING_SHARES, OPEN_SHARES, PARTIAL_SHARES, STORING_SHARES } from "./files/limits.ts";

export interface MemoryUse {
  /** In words for people: "messages half received". */
  readonly what: string;
  readonly bytes: number;
}

/** Bytes that a packet in a queue takes beside its own: array, entry and place. */
const PACKET_OVERHEAD = 256;
/** Bytes that the names, digests and handles of a transfer take. */
const BYTES_A_TRANSFER = 2048;

const { assembly, queue } = ENDPOINT_DEFAULTS;
const LARGEST_PACKET = largestMtu(NEWEST_VERSION, LARGEST_WINDOW_BYTES);
const transfers = [OPEN_SHARES, OPENING_SHARES, PARTIAL_SHARES, FINISHED_SHARES].reduce(
  (sum, { port }) => sum + port,
  0,
);

export const PORT_MEMORY: readonly MemoryUse[] = [
  { what: "messages half received", bytes: assembly.totalBytes },
  {
    what: "answers that wait to be fetched, of which the first may be as long as any message",
    bytes: PART_OF_PEER * queue.bytes + assembly.messageBytes,
  },
  { what: "answers kept for requests that come again", bytes: REPEATS_BYTES },
  {
    what: "packets that wait to be forwarded, of which the first may be as large as any packet",
    bytes: Math.max(TRANSIT_OF_PORT.bytes, LARGEST_PACKET) + PACKET_OVERHEAD * TRANSIT_OF_PORT.packets,
  },
  { what: "the packet that is being received, and memory kept for the next", bytes: LARGEST_PACKET + SPARE_LIMIT },
  { what: "files that are being read back and hashed", bytes: STORING_SHARES.port * BYTES_A_HASH },
  { what: "the one file that is read back while more of it comes", bytes: PIECE_BYTES },
  { what: "transfers and partial files that are known", bytes: transfers * BYTES_A_TRANSFER },
];

/** Bytes that the peers of one port can make an agent hold, all in all. */
export const MOST_BYTES_A_PORT: number = PORT_MEMORY.reduce((sum, { bytes }) => sum + bytes, 0);
