/**
 * What other ways between host and BMC would cost for MCTP packets, beside this binding on the LPC bus. Models of the
 * wire alone: no software, no waiting for the other side, no wait states; each is the best case of its kind.
 *
 * Where no source fixes a figure the assumption is marked with "assumed"; it favours the transport.
 */
import {
  CLOCK_HERTZ,
  IO_CLOCKS,
  packetBusBytes,
  packetSeconds,
  windowClocks,
  type WindowAccess,
} from "../../../src/cli/bench/bus-model.ts";
import { BTU, largestMtu } from "../../../src/core/binding/layout.ts";
import type { Direction } from "../../../src/core/binding/side.ts";
import { framingOf, type Version } from "../../../src/core/binding/versions.ts";
import { PACKET_HEADER_BYTES } from "../../../src/core/wire/packet-parts.ts";

/** Of one packet on its way. */
export interface Cost {
  /** Bytes that cross the wire, whatever they mean. */
  readonly bytes: number;
  readonly seconds: number;
}

export interface Transport {
  readonly name: string;
  /** How each side learns that there is something to do. */
  readonly interrupts: string;
  /** Packets under way in each direction. */
  readonly inFlight: "1" | "many";
  /** Payload bytes of the largest packet that is counted with. */
  readonly payload: number;
  packet(payload: number, direction: Direction): Cost;
}

/** A message cut into packets as large as the transport takes. */
export function messageCost(transport: Transport, messageBytes: number, direction: Direction): Cost {
  let bytes = 0;
  let seconds = 0;
  for (let left = messageBytes; left > 0; left -= transport.payload) {
    const packet = transport.packet(Math.min(left, transport.payload), direction);
    bytes += packet.bytes;
    seconds += packet.seconds;
  }
  return { bytes, seconds };
}

/** Payload bytes a second of the largest packets one after the other. */
export function transportRate(transport: Transport, direction: Direction): number {
  return transport.payload / transport.packet(transport.payload, direction).seconds;
}

/* ---- This binding ---- */

export function thisBinding(version: Version, mtu: number): Transport {
  return {
    name: `this binding, version ${String(version)}, MTU ${String(mtu)}`,
    interrupts: "the KCS byte, both ways",
    inFlight: "1",
    payload: mtu,
    packet: (payload, direction) => ({
      bytes: packetBusBytes(version, direction, payload),
      seconds: packetSeconds(version, direction, payload),
    }),
  };
}

/* ---- Bytes through I/O ports of the same bus ---- */

function ports(accesses: number): Cost {
  return { bytes: accesses, seconds: (accesses * IO_CLOCKS) / CLOCK_HERTZ };
}

/**
 * MCTP over KCS (DSP0254): `b0 01 length | packet | PEC`, moved as IPMI moves a message through KCS (IPMI 2.0, clause
 * 9): polled, STR read once a byte, which is the least.
 *
 * To the BMC: an STR read; WRITE_START, each byte and WRITE_END, a write and an STR read each. To the host: for each
 * byte an STR read, a data read and a READ written; at the end STR and a dummy byte. Assumed: the packet to the host is
 * the answer in a transfer that the host has begun; one that the BMC sends unasked costs a request more (Get MCTP
 * Packet). The length byte would allow 251 payload bytes; what must be taken is 64 (DSP0236, baseline).
 */
const KCS: Transport = {
  name: "KCS alone (DSP0254)",
  interrupts: "each byte, or polled",
  inFlight: "1",
  payload: BTU,
  packet: (payload, direction) => {
    const bytes = 3 + PACKET_HEADER_BYTES + payload + 1;
    return ports(direction === "hostToBmc" ? 1 + 2 * (bytes + 2) : 3 * bytes + 2);
  },
};

/**
 * IPMI block transfer (IPMI 2.0, clause 11): a FIFO of 64 bytes behind one port, as ASPEED has it. No MCTP binding
 * exists; assumed: each transfer has the four bytes of an IPMI message (length, NetFn, sequence, command) and up to 60
 * bytes of the packet, and wants no answer.
 *
 * To the BMC: control read (not busy), write pointer cleared, the bytes, attention set. To the host: control read,
 * host busy, attention cleared, read pointer cleared, the bytes, host busy cleared.
 */
const BT_FIFO_BYTES = 64;
const BT_HEADER_BYTES = 4;
const BLOCK_TRANSFER: Transport = {
  name: "IPMI BT, 64-byte FIFO",
  interrupts: "each transfer, both ways",
  inFlight: "1",
  payload: BTU,
  packet: (payload, direction) => {
    const packet = PACKET_HEADER_BYTES + payload;
    const transfers = Math.ceil(packet / (BT_FIFO_BYTES - BT_HEADER_BYTES));
    const handshake = direction === "hostToBmc" ? 3 : 5;
    return ports(packet + transfers * (BT_HEADER_BYTES + handshake));
  },
};

/**
 * The mailbox registers of ASPEED's SuperIO: 16 bytes in I/O space. No MCTP binding exists; assumed: a use like that of
 * flash access through them, a command and a sequence number in registers 0 and 1, 11 bytes of packet in registers 2 to
 * 12, the rest for status.
 *
 * Each transfer: the used registers, then the doorbell written, or read and cleared, and the state that says that the
 * registers are free again.
 */
const MAILBOX_HEADER_BYTES = 2;
const MAILBOX_DATA_BYTES = 11;
const MAILBOX: Transport = {
  name: "SuperIO mailbox, 16 registers",
  interrupts: "each transfer, both ways",
  inFlight: "1",
  payload: BTU,
  packet: (payload) => {
    const packet = PACKET_HEADER_BYTES + payload;
    const transfers = Math.ceil(packet / MAILBOX_DATA_BYTES);
    return ports(packet + transfers * (MAILBOX_HEADER_BYTES + 2));
  },
};

/* ---- The same memory, as circular buffers ---- */

/**
 * MMBI (DSP0282, DSP0284) in the same window: a ring a direction. A packet has a header of 4 bytes in every public
 * driver. They contradict each other in its fields (Annex B.2), which changes no cost.
 *
 * The host reads or writes the packet, reads the other side's pointer and writes its own, 4 bytes each. Assumed: each
 * packet padded to 4, as the newer drivers do; no check beside it; one access of each pointer for every packet, though
 * several packets may share them; as doorbell, which is optional, one write of a byte in I/O space, or one read to clear
 * the interrupt.
 */
const MMBI_HEADER_BYTES = 4;
function mmbi(payload: number): Transport {
  return {
    name: `MMBI (DSP0284) in the same window, packets of ${String(payload)}`,
    interrupts: "optional, both ways",
    inFlight: "many",
    payload,
    packet: (packetPayload, direction) => {
      const packet = MMBI_HEADER_BYTES + PACKET_HEADER_BYTES + packetPayload;
      const kind = direction === "hostToBmc" ? "write" : "read";
      const accesses: readonly WindowAccess[] = [
        { kind, offset: MMBI_HEADER_BYTES, bytes: Math.ceil(packet / 4) * 4 },
        { kind: "read", offset: 0, bytes: 4 },
        { kind: "write", offset: 0, bytes: 4 },
      ];
      const doorbell = ports(1);
      const clocks = accesses.reduce((sum, access) => sum + windowClocks(access), 0);
      return {
        bytes: accesses.reduce((sum, { bytes }) => sum + bytes, doorbell.bytes),
        seconds: clocks / CLOCK_HERTZ + doorbell.seconds,
      };
    },
  };
}

/* ---- Other wires ---- */

/**
 * MCTP over serial (DSP0253): `7e 01 length | packet | FCS | 7e`, ten bits a byte (start, eight, stop). 0x7d and 0x7e in
 * the packet are sent as two bytes: counted is the mean of random bytes, 2 in 256; at worst a packet takes twice its
 * bytes. Payload 64: Linux takes packets of 68 bytes.
 */
export const SERIAL_FRAMING_BYTES = 6;
const ESCAPED_SHARE = 2 / 256;
const BITS_A_CHARACTER = 10;
function serial(baud: number): Transport {
  return {
    name: `serial (DSP0253), ${baud >= 1e6 ? `${String(baud / 1e6)} M` : String(baud)} baud`,
    interrupts: "the UART's",
    inFlight: "many",
    payload: BTU,
    packet: (payload) => {
      const bytes = SERIAL_FRAMING_BYTES + (PACKET_HEADER_BYTES + payload) * (1 + ESCAPED_SHARE);
      return { bytes, seconds: (bytes * BITS_A_CHARACTER) / baud };
    },
  };
}

/**
 * MCTP over PCIe vendor-defined messages (DSP0238) on one lane of the first generation: 2.5 Gbit/s, ten bits a byte.
 * A packet has a header of four double words, the last of which is the MCTP header, the payload padded to 4, and on the
 * link (PCI Express base specification) 2 bytes of sequence number, 4 of LCRC and 2 of framing. Assumed: no ECRC, no
 * share of the acknowledgements and credits of the other direction, which take some percent. What a BMC's controller
 * and its driver make of it is far less.
 */
const PCIE_BYTES_A_SECOND = 2.5e9 / 10;
const PCIE_OVERHEAD_BYTES = 16 + 2 + 4 + 2;
const PCIE_VDM: Transport = {
  name: "PCIe VDM (DSP0238), Gen1 x1",
  interrupts: "the controller's",
  inFlight: "many",
  payload: BTU,
  packet: (payload) => {
    const bytes = PCIE_OVERHEAD_BYTES + Math.ceil(payload / 4) * 4;
    return { bytes, seconds: bytes / PCIE_BYTES_A_SECOND };
  },
};

/* ---- All of them ---- */

/** The MTUs that tables and drawings show: the baseline, two in use, the largest of the usual window. */
export const SHOWN_MTUS: readonly number[] = [BTU, 4096, 32_768, largestMtu(3, 1024 * 1024)];

/** Whether a version has packets of this size. */
export function speaksMtu(version: Version, mtu: number): boolean {
  return mtu === BTU || !framingOf(version).fixedMtu;
}

export const TRANSPORTS: readonly Transport[] = [
  ...([1, 2, 3] as const).flatMap((version) =>
    SHOWN_MTUS.filter((mtu) => speaksMtu(version, mtu)).map((mtu) => thisBinding(version, mtu)),
  ),
  mmbi(BTU),
  mmbi(4096),
  KCS,
  BLOCK_TRANSFER,
  MAILBOX,
  serial(115_200),
  serial(921_600),
  serial(3_000_000),
  PCIE_VDM,
];
