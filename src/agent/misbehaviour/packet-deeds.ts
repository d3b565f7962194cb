/** What a side does wrong with the packets that it writes: length field, header, trailer, bounds, and who owns the buffer. */
import { LENGTH_BYTES } from "../../core/binding/packet-buffer.ts";
import { Command } from "../../core/binding/registers.ts";
import { sentBy } from "../../core/binding/side.ts";
import { readU32be, writeU32be } from "../../core/wire/bytes.ts";
import { crc32 } from "../../core/wire/crc.ts";
import { PACKET_HEADER_BYTES } from "../../core/wire/packet-parts.ts";
import { STEPS, type Deed, type Misdeed } from "./misdeed.ts";

const TRAILER_BYTES = 4;
const LARGEST_U32 = 0xffffffff;
const LARGEST_BYTE = 0xff;
const HEADER_VERSION = 1;
/** Of the length field. */
const LOWEST_BYTE = LENGTH_BYTES - 1;

/** Whether the first access of a packet holds all of it, trailer included. */
function hasTrailer(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === LENGTH_BYTES + readU32be(bytes, start) + TRAILER_BYTES;
}

const wrongCrc: Deed = (bus, act) => ({
  writeWindow: (step, offset, bytes, start, end) => {
    const { head, trailer } = STEPS[act.role];
    const isConcerned = step === trailer || (step === head && hasTrailer(bytes, start, end));
    if (!isConcerned || !act.strikes()) {
      bus.writeWindow(step, offset, bytes, start, end);
      return;
    }
    const changed = bytes.slice(start, end);
    changed[changed.length - 1]! ^= LARGEST_BYTE;
    bus.writeWindow(step, offset, changed, 0, changed.length);
  },
});

const wrongLength: Deed = (bus, act) => ({
  writeWindow: (step, offset, bytes, start, end) => {
    if (step !== STEPS[act.role].head || !act.strikes()) {
      bus.writeWindow(step, offset, bytes, start, end);
      return;
    }
    const changed = bytes.slice(start, end);
    writeU32be(changed, 0, act.value);
    bus.writeWindow(step, offset, changed, 0, changed.length);
  },
});

/** The lowest byte of the length comes in the round behind the one that writes Tx Begin. */
const tornLength: Deed = (bus, act) => {
  const { head, txBegin, look } = STEPS[act.role];
  let missing: { readonly offset: number; readonly byte: Uint8Array } | undefined;
  let isDue = false;
  return {
    writeWindow: (step, offset, bytes, start, end) => {
      if (step === head) missing = undefined;
      if (step !== head || !act.chosen()) {
        bus.writeWindow(step, offset, bytes, start, end);
        return;
      }
      const changed = bytes.slice(start, end);
      const right = changed[LOWEST_BYTE]!;
      missing = { offset: offset + LOWEST_BYTE, byte: Uint8Array.of(right) };
      changed[LOWEST_BYTE] = right === 0 ? LARGEST_BYTE : 0;
      bus.writeWindow(step, offset, changed, 0, changed.length);
    },
    writeData: (step, value) => {
      bus.writeData(step, value);
      if (step === txBegin && value === Command.TX_BEGIN) isDue = missing !== undefined;
    },
    readStatus: (step) => {
      if (isDue && missing !== undefined && step === look) {
        bus.writeWindow(head, missing.offset, missing.byte, 0, 1);
        act.done();
      }
      isDue = false;
      return bus.readStatus(step);
    },
  };
};

/** A changed byte in the place of one that the peer is told of. */
const touchBuffer: Deed = (bus, act) => {
  const { head, txBegin } = STEPS[act.role];
  let last: { readonly offset: number; readonly byte: Uint8Array } | undefined;
  return {
    writeWindow: (step, offset, bytes, start, end) => {
      bus.writeWindow(step, offset, bytes, start, end);
      if (step !== head) return;
      const at = Math.min(end - start, LENGTH_BYTES + readU32be(bytes, start)) - 1;
      last = { offset: offset + at, byte: Uint8Array.of(bytes[start + at]! ^ LARGEST_BYTE) };
    },
    writeData: (step, value) => {
      bus.writeData(step, value);
      if (step !== txBegin || last === undefined || !act.strikes()) return;
      bus.writeWindow(head, last.offset, last.byte, 0, 1);
    },
  };
};

/** The trailer is that of the header as it is written, so that nothing but MCTP finds it. */
const headerVersion: Deed = (bus, act) => {
  const { head, payload, trailer } = STEPS[act.role];
  /** Of the packet as it is written, so far; undefined for one that is as it should be. */
  let sum: number | undefined;
  return {
    writeWindow: (step, offset, bytes, start, end) => {
      if (step === head) {
        sum = undefined;
        if (act.strikes()) {
          const changed = bytes.slice(start, end);
          changed[LENGTH_BYTES] = act.value;
          const isWhole = hasTrailer(changed, 0, changed.length);
          const packetEnd = changed.length - (isWhole ? TRAILER_BYTES : 0);
          sum = crc32(changed, LENGTH_BYTES, packetEnd);
          if (isWhole) writeU32be(changed, packetEnd, sum);
          bus.writeWindow(step, offset, changed, 0, changed.length);
          return;
        }
      } else if (step === payload && sum !== undefined) sum = crc32(bytes, start, end, sum);
      else if (step === trailer && sum !== undefined) {
        const changed = new Uint8Array(TRAILER_BYTES);
        writeU32be(changed, 0, sum);
        bus.writeWindow(step, offset, changed, 0, TRAILER_BYTES);
        return;
      }
      bus.writeWindow(step, offset, bytes, start, end);
    },
  };
};

/** Fills the buffer from its first byte to its last, and no byte of the other one. */
const aboveMtu: Deed = (bus, act) => {
  const { head, payload, trailer } = STEPS[act.role];
  let isSpoilt = false;
  return {
    writeWindow: (step, offset, bytes, start, end) => {
      const session = act.session();
      if (step === head) isSpoilt = session !== undefined && act.strikes();
      if (!isSpoilt || session === undefined) bus.writeWindow(step, offset, bytes, start, end);
      else if (step === head) {
        const direction = sentBy(act.role);
        const frame = new Uint8Array(session.layout[direction].size);
        frame.set(bytes.subarray(start, Math.min(end, start + LENGTH_BYTES + readU32be(bytes, start))));
        writeU32be(frame, 0, PACKET_HEADER_BYTES + session.mtu[direction] + 1);
        bus.writeWindow(step, offset, frame, 0, frame.length);
      } else if (step !== payload && step !== trailer) bus.writeWindow(step, offset, bytes, start, end);
    },
  };
};

export const PACKET_DEEDS: readonly Misdeed[] = [
  {
    name: "wrong-crc",
    help: "writes a trailer with eight bits flipped, in version 3",
    breaks: both("LPC-BUF-3"),
    afterwards: "goesOn",
    deed: wrongCrc,
  },
  {
    name: "length",
    value: { label: "N", least: 0, most: LARGEST_U32, fallback: 0 },
    help: "writes N into the length field; which requirement it breaks depends on N",
    breaks: both("LPC-BUF-1", "LPC-BUF-9", "LPC-BUF-3"),
    afterwards: "goesOn",
    deed: wrongLength,
  },
  {
    name: "torn-length",
    help: "writes the lowest byte of the length field in the round behind Tx Begin",
    breaks: both("LPC-BUF-7"),
    afterwards: "goesOn",
    deed: tornLength,
  },
  {
    name: "above-mtu",
    help: "writes a packet with one payload byte more than the MTU, cut at the end of the buffer",
    breaks: both("LPC-BUF-9"),
    afterwards: "goesOn",
    deed: aboveMtu,
  },
  {
    name: "touch-buffer",
    help: "changes a byte of the packet right behind its Tx Begin",
    breaks: both("LPC-BUF-7"),
    afterwards: "goesOn",
    deed: touchBuffer,
  },
  {
    name: "header-version",
    value: {
      label: "BYTE",
      least: 0,
      most: LARGEST_BYTE,
      fallback: 2,
      refuse: (value) => (value === HEADER_VERSION ? "is the header version of MCTP" : undefined),
    },
    help: "writes BYTE as the first of the MCTP header, with a right trailer",
    breaks: both("LPC-MCTP-1"),
    afterwards: "goesOn",
    deed: headerVersion,
  },
];

function both(...requirements: readonly string[]): Misdeed["breaks"] {
  return { host: requirements, bmc: requirements };
}
