/** Mistakes in what both sides share: control region, versions, layouts, packet buffers, the side's own interface. */
import { mistake, type Mistake, offBus } from "../mistake.ts";
import { always, argument, atStart, instead, leaveOut, never, returns } from "../operators/operators.ts";
import { call, constant, entry, nth, returning, sets } from "../operators/places.ts";

/** The last lines of the rules that make or take something. */
const NEGOTIATED = returning("binding", "negotiateVersion", "isVersion");
const RECEIVED = call("binding", "receivePacket", "keepReceived");

export const BINDING: readonly Mistake[] = [
  /* ---- Control region and versions ---- */
  mistake(
    "region-exchanges-directions: rx_ and tx_ are taken as seen from the BMC",
    "LPC-SEC-1* LPC-REG-1* | test/core/binding LPC-REG-1 | shown by pair/start/1-1/1-1",
    instead(entry("binding", "decodeLayout", "bmcToHost"), "{ offset: readU32be(@1, 8), size: readU32be(@1, 12) }"),
    instead(entry("binding", "decodeLayout", "hostToBmc"), "{ offset: readU32be(@1, 0), size: readU32be(@1, 4) }"),
    atStart("binding", "encodeLayout", "@1 = { bmcToHost: @1.hostToBmc, hostToBmc: @1.bmcToHost };"),
  ),
  mistake(
    "pad-carries-meaning: the pad is read as part of negotiated_ver",
    "LPC-REG-4* | test/host LPC-REG-4 | shown by host/pad",
    instead(entry("binding", "decodeControlRegion", "negotiatedVersion"), "@it | readU16be(@1, Field.pad)"),
  ),
  mistake(
    "negotiation-takes-larger: the larger of the two newest versions is negotiated",
    "LPC-VER-1* | v2 | test/core/binding LPC-VER-1 | shown by pair/start/1-1/1-2",
    instead(call("binding", "negotiateVersion", "min"), "Math.max(@1.cur, @2.cur)"),
  ),
  mistake(
    "negotiation-takes-zero: a host range that begins at 0 is taken",
    "LPC-VER-2* | test/core/binding LPC-VER-2 | shown by bmc/versions/1-3",
    always(NEGOTIATED, "@2.min & OLDEST_VERSION"),
  ),
  mistake(
    "negotiation-takes-apart-ranges: ranges that do not meet get the smaller of the two newest versions all the same",
    "LPC-VER-2* | refused | shown by pair/start/1-1/2-2",
    always(NEGOTIATED, "@2.min & @1.cur"),
    always(NEGOTIATED, "@1.min & @2.cur"),
  ),
  mistake(
    "host-speaks-newest-version-alone: a host that is not told otherwise speaks version 3 alone, which few BMCs do",
    "LPC-VER-4* | test/project/specification-values LPC-VER-4 | shown by pair/defaults",
    instead(constant("host", "HOST_DEFAULTS", "versions"), "{ min: NEWEST_VERSION, cur: NEWEST_VERSION }"),
  ),

  /* ---- MTU and layout ---- */
  mistake(
    "v1-follows-sizes: in version 1 the MTU follows the sizes: packets of more than 64 bytes, which the other side drops",
    "LPC-BUF-9* LPC-MTU-2* F8 F9 F14 | test/core/binding LPC-MTU-2 | shown by pair/start/1-1/1-1",
    instead(constant("binding", "FRAMINGS", "1", "fixedMtu"), "false"),
  ),
  mistake(
    "v1-takes-no-more-than-btu: a receiver of version 1 takes 64 bytes and no more, though the buffer holds what deployed senders cut larger",
    "LPC-BUF-4* F14 | test/core/binding LPC-BUF-4 | shown by host/packets/v1",
    returns("binding", "receiveLimit", "mtuOfBuffer(@1, @2.size)"),
  ),
  mistake(
    "v1-takes-the-next-buffer: a receiver of version 1 takes what reaches into the other buffer",
    "LPC-BUF-4* LPC-SEC-1* | test/core/binding LPC-BUF-4 | shown by host/packets/v1",
    returns("binding", "receiveLimit", "framingOf(@1).fixedMtu ? @4 - @2.offset : mtuOfBuffer(@1, @2.size)"),
  ),
  mistake(
    "sizes-without-trailer: the trailer is not counted in the sizes",
    "LPC-MTU-3* LPC-BUF-9* LPC-MTU-1* | test/core/binding LPC-MTU-1 | shown by pair/start/1-3/1-3",
    returns("binding", "overheadBytes", "framingOf(@1).lengthBytes + PACKET_HEADER_BYTES"),
  ),
  mistake(
    "tx-size-above-rx-size: tx_size is above rx_size: deployed hosts hold no memory for what they then send",
    "LPC-MTU-4* F4 F5 | deployed host: F1: no fault, no clock | test/core/binding LPC-MTU-4 | shown by pair/start/1-1/1-1",
    instead(entry("binding", "resizedLayout", "hostToBmc"), "({ ...(@it), size: (@it).size + 16 })"),
  ),
  mistake(
    "asked-beyond-room: the host asks for its own MTU, whatever the room between the buffers",
    "LPC-MTU-3* | test/core/binding LPC-MTU-3 | shown by pair/start/1-2/1-2",
    argument(nth(call("binding", "askedSize", "min"), 1), 1, "Infinity"),
  ),
  mistake(
    "overlap-unseen: buffers that overlap each other are taken",
    "LPC-MTU-5* | test/host LPC-MTU-5 | test/core/binding LPC-MTU-5 | shown by host/layout/overlapping",
    instead(call("binding", "judgeLayout", "overlap"), "false"),
  ),

  /* ---- Packet buffers ---- */
  mistake(
    "length-without-floor: a length below the MCTP header's is read",
    "LPC-BUF-4* F18 | test/core/binding LPC-BUF-4 | shown by host/packets/v1",
    always(RECEIVED, "< & PACKET_HEADER_BYTES"),
  ),
  mistake(
    "length-counts-trailer: a length may exceed the MTU by the trailer's four bytes",
    "LPC-BUF-4* LPC-SEC-1* | test/core/binding LPC-BUF-4 | shown by host/packets/v1",
    atStart("binding", "receivePacket", "@6 += 4;"),
  ),
  mistake(
    "length-read-twice: the length is judged, then read again and believed",
    "LPC-BUF-2* LPC-SEC-1 H2.5 B2.6 | test/core/binding LPC-BUF-2 | shown by pair/start/1-1/1-1",
    argument(
      nth(call("binding", "receivePacket", "readWindow"), 1),
      4,
      "(@bus.readWindow(@2, @5.offset, @tools.lengthField, 0, LENGTH_BYTES), readU32be(@tools.lengthField, 0))",
    ),
  ),
  mistake(
    "crc-unchecked: the trailer of a received packet is not compared",
    "LPC-BUF-5* | test/core/binding LPC-BUF-5 | shown by host/damaged-requests",
    never(sets("binding", "receivePacket", "crcMismatch"), "crc32"),
  ),
  mistake(
    "crc-counts-length: the CRC-32 of a small packet is made over the length field, too",
    "LPC-BUF-3* | v3 | shown by pair/start/1-3/1-3",
    argument(call("binding", "sendPacket", "crc32OfWords"), 2, "0"),
  ),
  mistake(
    "crc-without-header: the CRC-32 of a packet in pieces leaves the MCTP header out",
    "LPC-BUF-3* | large-packets | shown by pair/start/1-3/1-3",
    argument(nth(call("binding", "sendPacket", "crc32"), 1), 3, "0"),
  ),
  mistake(
    "trailer-after-mtu: the trailer of a packet in pieces leaves a gap behind the payload",
    "LPC-BUF-3* LPC-BUF-1* | large-packets | shown by pair/defaults",
    argument(nth(call("binding", "sendPacket", "writeWindow"), 3), 1, "@it + 4"),
  ),
  mistake(
    "length-with-itself: the length field counts itself",
    "LPC-BUF-3* LPC-BUF-1* | v2 | test/core/binding LPC-BUF-1 | shown by pair/start/1-1/1-1",
    argument(nth(call("binding", "sendPacket", "writeU32be"), 0), 2, "@it + LENGTH_BYTES"),
  ),

  /* ---- The side's interface ---- */
  mistake(
    "offer-above-mtu: a packet above the session's MTU is taken for sending",
    "LPC-BUF-9* F4 F5 | test/core/binding LPC-BUF-9 | shown by pair/offer-above-mtu",
    never(call("binding", "Side.offer", "RangeError"), ">"),
  ),
  mistake(
    "offer-without-session: a side without a session says that it takes packets",
    "LPC-HOST-11 F20 | test/host LPC-HOST-11 | shown by pair/host-alone",
    returns("binding", "Side.canOffer", "this.state.channel?.outgoing === undefined && !this.state.stopping"),
    offBus("what a side says to the layers above; nothing is written to the bus before a session"),
  ),
  mistake(
    "stall-reported-for-ever: a stalled packet is reported in every round",
    "LPC-TIME-3 | test/host LPC-TIME-3 | shown by host/stalled",
    leaveOut(sets("binding", "reportStall", "stallReported")),
    offBus("a report to the layers above: the accesses are the same"),
  ),
];
