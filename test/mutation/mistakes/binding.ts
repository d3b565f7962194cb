/** Mistakes in what both sides share: control region, versions, layouts, packet buffers, the side's own interface. */
import { explored, type Mistake, offBus, onBus, tested } from "../mistake.ts";
import { always, argument, atStart, instead, leaveOut, never, returns } from "../operators/operators.ts";
import { call, constant, entry, nth, returning, sets } from "../operators/places.ts";

const BINDING_TESTS = "test/core/binding";
/** The last lines of the rules that make or take something. */
const NEGOTIATED = returning("binding", "negotiateVersion", "isVersion");
const RECEIVED = call("binding", "receivePacket", "keepReceived");

export const BINDING: readonly Mistake[] = [
  /* ---- Control region and versions ---- */
  {
    name: "region-exchanges-directions",
    text: "rx_ and tx_ are taken as seen from the BMC",
    breaks: ["LPC-SEC-1", "LPC-REG-1"],
    bus: onBus(["LPC-REG-1", "LPC-SEC-1"], "each side writes the buffer that is the other's"),
    does: [
      instead(entry("binding", "decodeLayout", "bmcToHost"), "{ offset: readU32be(@1, 8), size: readU32be(@1, 12) }"),
      instead(entry("binding", "decodeLayout", "hostToBmc"), "{ offset: readU32be(@1, 0), size: readU32be(@1, 4) }"),
      atStart("binding", "encodeLayout", "@1 = { bmcToHost: @1.hostToBmc, hostToBmc: @1.bmcToHost };"),
    ],
    noticedBy: tested(BINDING_TESTS, "LPC-REG-1"),
  },
  {
    name: "pad-carries-meaning",
    text: "the pad is read as part of negotiated_ver",
    breaks: ["LPC-REG-4"],
    bus: onBus(["LPC-REG-4"], "a session that is good is declined where pad is not 0"),
    does: [instead(entry("binding", "decodeControlRegion", "negotiatedVersion"), "@it | readU16be(@1, Field.pad)")],
    noticedBy: tested("test/host", "LPC-REG-4"),
  },
  {
    name: "negotiation-takes-larger",
    text: "the larger of the two newest versions is negotiated",
    breaks: ["LPC-VER-1"],
    bus: onBus(["LPC-VER-1"], "negotiated_ver is not the smaller of the two newest versions"),
    does: [instead(call("binding", "negotiateVersion", "min"), "Math.max(@1.cur, @2.cur)")],
    noticedBy: [...explored("v2"), ...tested(BINDING_TESTS, "LPC-VER-1")],
  },
  {
    name: "negotiation-takes-zero",
    text: "a host range that begins at 0 is taken",
    breaks: ["LPC-VER-2"],
    bus: onBus(["LPC-VER-2"], "a range that begins at 0 is accepted"),
    does: [always(NEGOTIATED, "@2.min & OLDEST_VERSION")],
    noticedBy: tested(BINDING_TESTS, "LPC-VER-2"),
  },
  {
    name: "negotiation-takes-apart-ranges",
    text: "ranges that do not meet get the smaller of the two newest versions all the same",
    breaks: ["LPC-VER-2"],
    bus: onBus(["LPC-VER-2"], "ranges that do not meet are accepted"),
    does: [always(NEGOTIATED, "@2.min & @1.cur"), always(NEGOTIATED, "@1.min & @2.cur")],
    noticedBy: explored("refused"),
  },
  {
    name: "host-speaks-newest-version-alone",
    text: "a host that is not told otherwise speaks version 3 alone, which few BMCs do",
    breaks: ["LPC-VER-4"],
    bus: onBus(["LPC-VER-4"], "host_ver_min is 3"),
    does: [instead(constant("host", "HOST_DEFAULTS", "versions"), "{ min: NEWEST_VERSION, cur: NEWEST_VERSION }")],
    noticedBy: tested("test/project/specification-values", "LPC-VER-4"),
  },

  /* ---- MTU and layout ---- */
  {
    name: "v1-follows-sizes",
    text: "in version 1 the MTU follows the sizes: packets of more than 64 bytes, which the other side drops",
    breaks: ["LPC-BUF-9", "LPC-MTU-2", "F8", "F9", "F14"],
    bus: onBus(["LPC-BUF-9", "LPC-MTU-2"], "a packet of version 1 has more than 64 bytes of payload"),
    does: [instead(constant("binding", "FRAMINGS", "1", "fixedMtu"), "false")],
    noticedBy: tested(BINDING_TESTS, "LPC-MTU-2"),
  },
  {
    name: "v1-takes-no-more-than-btu",
    text: "a receiver of version 1 takes 64 bytes and no more, though the buffer holds what deployed senders cut larger",
    breaks: ["LPC-BUF-4", "F14"],
    bus: onBus(["LPC-BUF-4"], "a packet whose length is within bounds is not read"),
    does: [returns("binding", "receiveLimit", "mtuOfBuffer(@1, @2.size)")],
    noticedBy: tested(BINDING_TESTS, "LPC-BUF-4"),
  },
  {
    name: "v1-takes-the-next-buffer",
    text: "a receiver of version 1 takes what reaches into the other buffer",
    breaks: ["LPC-BUF-4", "LPC-SEC-1"],
    bus: onBus(["LPC-BUF-4", "LPC-SEC-1"], "a packet whose length is out of bounds is read"),
    does: [returns("binding", "receiveLimit", "framingOf(@1).fixedMtu ? @4 - @2.offset : mtuOfBuffer(@1, @2.size)")],
    noticedBy: tested(BINDING_TESTS, "LPC-BUF-4"),
  },
  {
    name: "sizes-without-trailer",
    text: "the trailer is not counted in the sizes",
    breaks: ["LPC-MTU-3", "LPC-BUF-9", "LPC-MTU-1"],
    bus: onBus(["LPC-MTU-1", "LPC-MTU-3", "LPC-BUF-9"], "packets have four bytes more than the sizes allow"),
    does: [returns("binding", "overheadBytes", "framingOf(@1).lengthBytes + PACKET_HEADER_BYTES")],
    noticedBy: tested(BINDING_TESTS, "LPC-MTU-1"),
  },
  {
    name: "tx-size-above-rx-size",
    text: "tx_size is above rx_size: deployed hosts hold no memory for what they then send",
    breaks: ["LPC-MTU-4", "F4", "F5"],
    bus: onBus(["LPC-MTU-4"], "tx_size of the answer is above its rx_size"),
    does: [instead(entry("binding", "resizedLayout", "hostToBmc"), "({ ...(@it), size: (@it).size + 16 })")],
    noticedBy: [...explored("deployed host: F1: no fault, no clock"), ...tested(BINDING_TESTS, "LPC-MTU-4")],
  },
  {
    name: "asked-beyond-room",
    text: "the host asks for its own MTU, whatever the room between the buffers",
    breaks: ["LPC-MTU-3"],
    bus: onBus(["LPC-MTU-3"], "rx_size of the proposal is above the room"),
    does: [argument(nth(call("binding", "askedSize", "min"), 1), 1, "Infinity")],
    noticedBy: tested(BINDING_TESTS, "LPC-MTU-3"),
  },
  {
    name: "overlap-unseen",
    text: "buffers that overlap each other are taken",
    breaks: ["LPC-MTU-5"],
    bus: onBus(["LPC-MTU-5"], "a session is used whose buffers overlap"),
    does: [instead(call("binding", "judgeLayout", "overlap"), "false")],
    noticedBy: [...tested("test/host", "LPC-MTU-5"), ...tested(BINDING_TESTS, "LPC-MTU-5")],
  },

  /* ---- Packet buffers ---- */
  {
    name: "length-without-floor",
    text: "a length below the MCTP header's is read",
    breaks: ["LPC-BUF-4", "F18"],
    bus: onBus(["LPC-BUF-4"], "a packet whose length is out of bounds is read"),
    does: [always(RECEIVED, "< & PACKET_HEADER_BYTES")],
    noticedBy: tested(BINDING_TESTS, "LPC-BUF-4"),
  },
  {
    name: "length-counts-trailer",
    text: "a length may exceed the MTU by the trailer's four bytes",
    breaks: ["LPC-BUF-4", "LPC-SEC-1"],
    bus: onBus(["LPC-BUF-4", "LPC-SEC-1"], "a packet whose length is out of bounds is read"),
    does: [atStart("binding", "receivePacket", "@6 += 4;")],
    noticedBy: tested(BINDING_TESTS, "LPC-BUF-4"),
  },
  {
    name: "length-read-twice",
    text: "the length is judged, then read again and believed",
    breaks: ["LPC-BUF-2", "LPC-SEC-1", "H2.5", "B2.6"],
    bus: onBus(["LPC-BUF-2"], "the length is read twice behind one Tx Begin"),
    does: [
      argument(
        nth(call("binding", "receivePacket", "readWindow"), 1),
        4,
        "(@bus.readWindow(@2, @5.offset, @tools.lengthField, 0, LENGTH_BYTES), readU32be(@tools.lengthField, 0))",
      ),
    ],
    noticedBy: tested(BINDING_TESTS, "LPC-BUF-2"),
  },
  {
    name: "crc-unchecked",
    text: "the trailer of a received packet is not compared",
    breaks: ["LPC-BUF-5"],
    bus: onBus(["LPC-BUF-5"], "a damaged request is answered"),
    does: [never(sets("binding", "receivePacket", "crcMismatch"), "crc32")],
    noticedBy: tested(BINDING_TESTS, "LPC-BUF-5"),
  },
  {
    name: "crc-counts-length",
    text: "the CRC-32 of a small packet is made over the length field, too",
    breaks: ["LPC-BUF-3"],
    bus: onBus(["LPC-BUF-3"], "the trailer is the CRC-32 of other bytes"),
    does: [argument(call("binding", "sendPacket", "crc32OfWords"), 2, "0")],
    noticedBy: explored("v3"),
  },
  {
    name: "crc-without-header",
    text: "the CRC-32 of a packet in pieces leaves the MCTP header out",
    breaks: ["LPC-BUF-3"],
    bus: onBus(["LPC-BUF-3"], "the trailer is the CRC-32 of other bytes"),
    does: [argument(nth(call("binding", "sendPacket", "crc32"), 1), 3, "0")],
    noticedBy: explored("large-packets"),
  },
  {
    name: "trailer-after-mtu",
    text: "the trailer of a packet in pieces leaves a gap behind the payload",
    breaks: ["LPC-BUF-3", "LPC-BUF-1"],
    bus: onBus(["LPC-BUF-1", "LPC-BUF-3"], "the trailer does not follow the payload"),
    does: [argument(nth(call("binding", "sendPacket", "writeWindow"), 3), 1, "@it + 4")],
    noticedBy: explored("large-packets"),
  },
  {
    name: "length-with-itself",
    text: "the length field counts itself",
    breaks: ["LPC-BUF-3", "LPC-BUF-1"],
    bus: onBus(["LPC-BUF-1", "LPC-BUF-3"], "the length field is four more than what is written"),
    does: [argument(nth(call("binding", "sendPacket", "writeU32be"), 0), 2, "@it + LENGTH_BYTES")],
    noticedBy: [...explored("v2"), ...tested(BINDING_TESTS, "LPC-BUF-1")],
  },

  /* ---- The side's interface ---- */
  {
    name: "offer-above-mtu",
    text: "a packet above the session's MTU is taken for sending",
    breaks: ["LPC-BUF-9", "F4", "F5"],
    bus: onBus(["LPC-BUF-9"], "a packet has more payload than the MTU"),
    does: [never(call("binding", "Side.offer", "RangeError"), ">")],
    noticedBy: tested(BINDING_TESTS, "LPC-BUF-9"),
  },
  {
    name: "offer-without-session",
    text: "a side without a session says that it takes packets",
    breaks: ["LPC-HOST-11", "F20"],
    bus: offBus("what a side says to the layers above; nothing is written to the bus before a session"),
    does: [returns("binding", "Side.canOffer", "this.state.channel?.outgoing === undefined && !this.state.stopping")],
    noticedBy: tested("test/host", "LPC-HOST-11"),
  },
  {
    name: "stall-reported-for-ever",
    text: "a stalled packet is reported in every round",
    breaks: ["LPC-TIME-3"],
    bus: offBus("a report to the layers above: the accesses are the same"),
    does: [leaveOut(sets("binding", "reportStall", "stallReported"))],
    noticedBy: tested("test/host", "LPC-TIME-3"),
  },
];
