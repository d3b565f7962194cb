/** Mistakes in what both sides share: control region, versions, layouts, packet buffers, the side's own interface. */
import { replaced, without, type Mistake } from "../mistake.ts";

const CONTROL_REGION = "src/core/binding/control-region.ts";
const VERSIONS = "src/core/binding/versions.ts";
const LAYOUT = "src/core/binding/layout.ts";
const PACKET_BUFFER = "src/core/binding/packet-buffer.ts";
const SIDE = "src/core/binding/side.ts";

export const BINDING: readonly Mistake[] = [
  /* ---- Control region and versions ---- */
  {
    name: "region-exchanges-directions",
    text: "rx_ and tx_ are taken as seen from the BMC",
    breaks: ["LPC-REG-1"],
    file: CONTROL_REGION,
    edits: [
      ...replaced(
        "    bmcToHost: { offset: readU32be(bytes, 0), size: readU32be(bytes, 4) },\n    hostToBmc: {",
        "    hostToBmc: { offset: readU32be(bytes, 0), size: readU32be(bytes, 4) },\n    bmcToHost: {",
      ),
      ...replaced("writeU32be(bytes, 0, layout.bmcToHost.offset);", "writeU32be(bytes, 0, layout.hostToBmc.offset);"),
      ...replaced("writeU32be(bytes, 4, layout.bmcToHost.size);", "writeU32be(bytes, 4, layout.hostToBmc.size);"),
      ...replaced("writeU32be(bytes, 8, layout.hostToBmc.offset);", "writeU32be(bytes, 8, layout.bmcToHost.offset);"),
      ...replaced("writeU32be(bytes, 12, layout.hostToBmc.size);", "writeU32be(bytes, 12, layout.bmcToHost.size);"),
    ],
    noticedBy: [
      {
        test: "test/core/binding/control-region.test.ts",
        title: "LPC-REG-1: rx_ is the host's receive buffer: BMC to host",
      },
    ],
  },
  {
    name: "pad-carries-meaning",
    text: "the pad is read as part of negotiated_ver",
    breaks: ["LPC-REG-4"],
    file: CONTROL_REGION,
    edits: replaced(
      "negotiatedVersion: readU16be(bytes, Field.negotiatedVersion),",
      "negotiatedVersion: readU16be(bytes, Field.negotiatedVersion) | readU16be(bytes, Field.pad),",
    ),
    noticedBy: [{ test: "test/host/role/start-up.test.ts", title: "LPC-REG-4: pad and reserved bytes change nothing" }],
  },
  {
    name: "negotiation-takes-larger",
    text: "the larger of the two newest versions is negotiated",
    breaks: ["LPC-VER-1"],
    file: VERSIONS,
    edits: replaced("Math.min(bmc.cur, host.cur)", "Math.max(bmc.cur, host.cur)"),
    noticedBy: [{ explore: "v2" }],
  },
  {
    name: "negotiation-takes-zero",
    text: "a host range that begins at 0 is taken",
    breaks: ["LPC-VER-2"],
    file: VERSIONS,
    edits: replaced("host.min < OLDEST_VERSION || ", ""),
    noticedBy: [
      {
        test: "test/core/binding/versions.test.ts",
        title: "LPC-VER-2: an empty range and the reserved version 0 are refused by every BMC",
      },
    ],
  },
  {
    name: "negotiation-takes-apart-ranges",
    text: "ranges that do not meet get the smaller of the two newest versions all the same",
    breaks: ["LPC-VER-2"],
    file: VERSIONS,
    edits: without("  if (host.min > bmc.cur || bmc.min > host.cur) return 0;\n"),
    noticedBy: [{ explore: "refused" }],
  },

  /* ---- MTU and layout ---- */
  {
    name: "v1-follows-sizes",
    text: "in version 1 the MTU follows the sizes: packets of more than 64 bytes, which the other side drops",
    breaks: ["LPC-MTU-2", "F8", "F9", "F14"],
    file: VERSIONS,
    edits: replaced(
      "1: { lengthBytes: 4, trailerBytes: 0, fixedMtu: true },",
      "1: { lengthBytes: 4, trailerBytes: 0, fixedMtu: false },",
    ),
    noticedBy: [
      {
        test: "test/core/binding/layout.test.ts",
        title: "LPC-MTU-2: a buffer carries what its size leaves, but version 1 always 64",
      },
    ],
  },
  {
    name: "sizes-without-trailer",
    text: "the trailer is not counted in the sizes",
    breaks: ["LPC-MTU-1"],
    file: LAYOUT,
    edits: replaced(" + framing.trailerBytes;\n}", ";\n}"),
    noticedBy: [
      {
        test: "test/core/binding/layout.test.ts",
        title: "LPC-MTU-1: length field, MCTP header and trailer are counted",
      },
    ],
  },
  {
    name: "tx-size-above-rx-size",
    text: "tx_size is above rx_size: deployed hosts hold no memory for what they then send",
    breaks: ["LPC-MTU-4", "F4", "F5"],
    file: LAYOUT,
    edits: replaced(
      "hostToBmc: { offset: layout.hostToBmc.offset, size },",
      "hostToBmc: { offset: layout.hostToBmc.offset, size: size + 16 },",
    ),
    noticedBy: [{ explore: "deployed host: F1: no fault, no clock" }],
  },
  {
    name: "asked-beyond-room",
    text: "the host asks for its own MTU, whatever the room between the buffers",
    breaks: ["LPC-MTU-3"],
    file: LAYOUT,
    edits: replaced("Math.min(wanted, room)", "wanted"),
    noticedBy: [
      {
        test: "test/core/binding/layout.test.ts",
        title: "LPC-MTU-3: a host may ask for more than the BMC's first offer, up to the other buffer",
      },
    ],
  },
  {
    name: "overlap-unseen",
    text: "buffers that overlap each other are taken",
    breaks: ["LPC-MTU-5"],
    file: LAYOUT,
    edits: replaced(
      'return overlap(layout.bmcToHost, layout.hostToBmc) ? reject("buffersOverlap") : ok(layout);',
      "return ok(layout);",
    ),
    noticedBy: [
      {
        test: "test/host/role/judging.test.ts",
        title: "LPC-MTU-5: %s: declined with a closing Initialise, then a rest",
      },
    ],
  },

  /* ---- Packet buffers ---- */
  {
    name: "length-without-floor",
    text: "a length below the MCTP header's is read",
    breaks: ["LPC-BUF-4", "F18"],
    file: PACKET_BUFFER,
    edits: replaced("length < PACKET_HEADER_BYTES || ", ""),
    noticedBy: [
      {
        test: "test/core/binding/packet-buffer.test.ts",
        title: "LPC-BUF-4: %s, version %p, MTU %p: length %p is dropped and answered with Rx Complete",
      },
    ],
  },
  {
    name: "length-counts-trailer",
    text: "a length may exceed the MTU by the trailer's four bytes",
    breaks: ["LPC-BUF-4", "LPC-SEC-1"],
    file: PACKET_BUFFER,
    edits: replaced("length > PACKET_HEADER_BYTES + mtu", "length > PACKET_HEADER_BYTES + mtu + 4"),
    noticedBy: [
      {
        test: "test/core/binding/packet-buffer.test.ts",
        title: "LPC-BUF-4: %s, version %p, MTU %p: length %p is dropped and answered with Rx Complete",
      },
    ],
  },
  {
    name: "crc-unchecked",
    text: "the trailer of a received packet is not compared",
    breaks: ["LPC-BUF-5"],
    file: PACKET_BUFFER,
    edits: replaced("if (trailerBytes > 0 && tools.memory.crc32(", "if (trailerBytes > 4 && tools.memory.crc32("),
    noticedBy: [
      {
        test: "test/core/binding/packet-buffer.test.ts",
        title: "LPC-BUF-5: %s: one wrong bit anywhere in %p bytes drops the packet, with Rx Complete",
      },
    ],
  },
  {
    name: "crc-counts-length",
    text: "the CRC-32 of a small packet is made over the length field, too",
    breaks: ["LPC-BUF-3"],
    file: PACKET_BUFFER,
    edits: replaced(
      "tools.memory.crc32(frame, LENGTH_BYTES, packetEnd, 0)",
      "tools.memory.crc32(frame, 0, packetEnd, 0)",
    ),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "crc-without-header",
    text: "the CRC-32 of a packet in pieces leaves the MCTP header out",
    breaks: ["LPC-BUF-3"],
    file: PACKET_BUFFER,
    edits: replaced("packet.start, packet.end, headerCrc)", "packet.start, packet.end, headerCrc * 0)"),
    noticedBy: [{ explore: "large-packets" }],
  },
  {
    name: "trailer-after-mtu",
    text: "the trailer of a packet in pieces leaves a gap behind the payload",
    breaks: ["LPC-BUF-1"],
    file: PACKET_BUFFER,
    edits: replaced(
      "yield at(write, buffer.offset + LENGTH_BYTES + packetBytes, ends, 0, trailerBytes);",
      "yield at(write, buffer.offset + LENGTH_BYTES + packetBytes + 4, ends, 0, trailerBytes);",
    ),
    noticedBy: [{ explore: "large-packets" }],
  },
  {
    name: "length-with-itself",
    text: "the length field counts itself",
    breaks: ["LPC-BUF-1"],
    file: PACKET_BUFFER,
    edits: replaced(
      "writeU32be(frame, 0, PACKET_HEADER_BYTES + payload);",
      "writeU32be(frame, 0, LENGTH_BYTES + PACKET_HEADER_BYTES + payload);",
    ),
    noticedBy: [{ explore: "v2" }],
  },

  /* ---- The side's interface ---- */
  {
    name: "offer-above-mtu",
    text: "a packet above the session's MTU is taken for sending",
    breaks: ["LPC-BUF-9", "F4", "F5"],
    file: SIDE,
    edits: replaced("if (payload > mtu) {", "if (payload < 0) {"),
    noticedBy: [
      {
        test: "test/core/binding/packet-buffer.test.ts",
        title: "LPC-BUF-9: a packet above the %s's MTU, or where none is wanted, is misuse",
      },
    ],
  },
  {
    name: "offer-without-session",
    text: "a side without a session says that it takes packets",
    breaks: ["LPC-HOST-11", "F20"],
    file: SIDE,
    edits: replaced(
      "return channel !== undefined && channel.outgoing === undefined && !stopping;",
      "return channel?.outgoing === undefined && !stopping;",
    ),
    noticedBy: [{ test: "test/host/role/service.test.ts", title: "LPC-HOST-11: outside a session no packet is taken" }],
  },
  {
    name: "stall-reported-for-ever",
    text: "a stalled packet is reported in every round",
    breaks: ["LPC-TIME-3"],
    file: "src/core/binding/channel.ts",
    edits: without("  channel.stallReported = true;\n"),
    noticedBy: [
      { test: "test/host/role/service.test.ts", title: "LPC-TIME-3: a packet %s for T_stall is reported once" },
    ],
  },
];
