/** The readers of bytes that come from a peer or a file: what each is fed with, and what must hold whatever the bytes are. */
import {
  decodeVendorRequest,
  encodeVendorRequest,
  decodeOffsetFields,
  decodeOpenFields,
} from "../../src/agent/files/vendor-messages.ts";
import {
  CONTROL_FIELDS_BYTES,
  decodeControlRegion,
  encodeControlRegion,
} from "../../src/core/binding/control-region.ts";
import { askedSize, judgeLayout } from "../../src/core/binding/layout.ts";
import { isVersion, negotiateVersion } from "../../src/core/binding/versions.ts";
import { Control, decodeControl, encodeRequest } from "../../src/core/mctp/control/codec.ts";
import { respond } from "../../src/core/mctp/control/responder.ts";
import type { ControlServices, EndpointIdentity } from "../../src/core/mctp/control/services.ts";
import { versionNumber } from "../../src/core/mctp/control/version-number.ts";
import { decodeTrace, encodeTrace } from "../../src/core/trace/format.ts";
import { Ladder } from "../../src/core/trace/ladder.ts";
import { equalBytes, readU32be, toHex } from "../../src/core/wire/bytes.ts";
import { eid, millis } from "../../src/core/wire/units.ts";
import { EndpointCore } from "../../src/core/mctp/endpoint.ts";
import { packetHeader, messageHeader } from "../../src/core/mctp/packet.ts";
import { rethrowing } from "../support/endpoints.ts";
import { MESSAGE_TARGETS } from "./message-targets.ts";
import { EIDS } from "./subject.ts";
import { must, type Target } from "./target.ts";

const WINDOW_BYTES = 64 * 1024;

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Version range and MTU of the reader, then the region. */
const controlRegion: Target = {
  name: "control-region",
  seeds: [
    Buffer.from("03" + "4d43545000010003000100030003000000000100" + "0000004c0000014c0000004c", "hex"),
    Buffer.from("01" + "4d43545000010001000000000000000000000100" + "ffffff00fffffff000000048", "hex"),
  ],
  run: (bytes) => {
    if (bytes.length < 1 + CONTROL_FIELDS_BYTES) return;
    const fields = bytes.subarray(1, 1 + CONTROL_FIELDS_BYTES);
    const region = decodeControlRegion(fields);
    const again = encodeControlRegion(region);
    again.set(fields.subarray(0x0e, 0x10), 0x0e);
    must(equalBytes(again, fields), "a region read and written is another");
    const cur = 1 + (bytes[0]! % 3);
    const version = negotiateVersion(region.bmcVersions, { min: 1, cur });
    must(
      version === 0 || version <= Math.min(cur, region.bmcVersions.cur),
      "a version that one of them does not speak",
    );
    for (const each of [version, region.negotiatedVersion]) {
      if (!isVersion(each)) continue;
      const judged = judgeLayout(region.layout, each, WINDOW_BYTES);
      const { bmcToHost, hostToBmc } = region.layout;
      if (judged.ok) {
        for (const { offset, size } of [bmcToHost, hostToBmc]) {
          must(offset >= 0x100 && offset + size <= WINDOW_BYTES && size >= 72, "a buffer that is not in the window");
        }
        const [first, second] = bmcToHost.offset < hostToBmc.offset ? [bmcToHost, hostToBmc] : [hostToBmc, bmcToHost];
        must(first.offset + first.size <= second.offset, "buffers that overlap");
      }
      const asked = askedSize(region.layout, each, bytes[0]! < 128 ? undefined : 64 + bytes[0]!, WINDOW_BYTES);
      must(
        Number.isInteger(asked) && asked >= 72 && asked <= 0xffff_ffff,
        `rx_size ${String(asked)} cannot be asked for`,
      );
    }
  },
};

function identity(kind: "endpoint" | "busOwner"): EndpointIdentity {
  const messageTypes = new Map([[0x7f, [versionNumber(1, 0, 0)]]]);
  return { eid: eid(9), uuid: new Uint8Array(16), kind, staticEid: eid(9), assigned: false, messageTypes };
}

/** What bridges and bus owners of any binding have, each answering from little. */
function everyService(): ControlServices {
  const routes = Array.from({ length: 20 }, (_, index) => ({
    first: eid(40 + index),
    count: 1,
    kind: "endpoint" as const,
    isStatic: false,
    port: index,
    binding: 0xff,
    medium: 0,
    address: new Uint8Array(0),
  }));
  return {
    vendors: [],
    networkId: new Uint8Array(16),
    discovery: { discovered: false },
    onDiscoveryNotify: () => undefined,
    interfaces: () => [],
    pool: {
      pool: "wanted",
      poolSize: 3,
      allocate: () => ({ accepted: true, poolSize: 3, first: eid(30) }),
    },
    routing: {
      entries: () => routes,
      resolve: (target) => (target === 40 ? { bridge: eid(8), address: new Uint8Array(0) } : undefined),
      hop: (target) => (target === 40 ? { next: eid(8), incomingUnit: 64, outgoingUnit: 64 } : undefined),
      resolveUuid: () => [],
    },
    routingUpdates: { update: (entries) => entries.length < 3 },
  };
}

/** One control message; its first byte carries TO in bit 0, the role in bit 1, and whether there are services in bit 2. */
const control: Target = {
  name: "control",
  seeds: Object.values(Control).map((command) =>
    Uint8Array.of(
      1,
      ...encodeRequest(
        3,
        command,
        command === 1 ? Uint8Array.of(0, 20) : command === 4 ? Uint8Array.of(0) : new Uint8Array(0),
      ),
    ),
  ),
  run: (bytes) => {
    const tagOwner = ((bytes[0] ?? 0) & 1) !== 0;
    const message = bytes.subarray(1);
    const decoded = decodeControl(message, tagOwner);
    if (decoded?.kind !== "request") return;
    must(tagOwner, "a request without TO");
    const self = identity(((bytes[0] ?? 0) & 2) !== 0 ? "busOwner" : "endpoint");
    const services = ((bytes[0] ?? 0) & 4) !== 0 ? everyService() : {};
    const response = respond(decoded, self, services, eid(20));
    if (response === undefined) {
      must(decoded.command === Control.ENDPOINT_DISCOVERY && services.discovery?.discovered === true, "silence");
      return;
    }
    must(response.length <= 64, "a response that does not fit the baseline unit");
    const back = decodeControl(response, false);
    must(
      back?.kind === "response" && back.instance === decoded.instance && back.command === decoded.command,
      "no response",
    );
    must(back!.completion === 0 || back!.data.length === 0, "data behind an error");
    must(
      Object.values(Control).some((one) => one === decoded.command) || back!.completion === 5,
      "an unknown command was taken",
    );
    must(self.eid >= 8 && self.eid <= 254, "an EID that no endpoint may have");
  },
};

const vendor: Target = {
  name: "vendor",
  seeds: [
    encodeVendorRequest({ operation: 1, data: Uint8Array.of(1, 2, 3) }),
    encodeVendorRequest({ operation: 2, size: 5000, sha256: new Uint8Array(32), name: "name" }),
    encodeVendorRequest({ operation: 3, handle: 1, offset: 64, data: Uint8Array.of(1) }),
    encodeVendorRequest({ operation: 4, handle: 1 }),
  ],
  run: (bytes) => {
    const fields = Buffer.from(bytes);
    decodeOffsetFields(fields);
    decodeOpenFields(fields);
    const decoded = decodeVendorRequest(bytes);
    if (!decoded.ok) return;
    const { value } = decoded;
    must(equalBytes(encodeVendorRequest(value), bytes), "a request read and written is another");
    if (value.operation !== 2) return;
    must(Number.isSafeInteger(value.size) && value.sha256.length === 32, "a size or a digest that cannot be");
    must(
      !/[/\\\0]/.test(value.name) && value.name !== ".." && value.name !== ".",
      "a name that leads out of its folder",
    );
  },
};

const HEADER = messageHeader(EIDS.bmc, EIDS.host, true, 1);
function packet(header: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(5 + length, 0x7f);
  bytes[0] = 4 + length;
  bytes.writeUInt32BE(header, 1);
  return bytes;
}

/** Packets one after the other, each behind a byte with its length; from 200 on, time passes instead. */
const packets: Target = {
  name: "packets",
  seeds: [
    packet(packetHeader(HEADER, true, true, 0), 10),
    Buffer.concat([
      packet(packetHeader(HEADER, true, false, 0), 64),
      packet(packetHeader(HEADER, false, false, 1), 64),
      packet(packetHeader(HEADER, false, true, 2), 3),
    ]),
  ],
  run: (bytes) => {
    const limits = { messageBytes: 300, assemblies: 3, totalBytes: 900, timeout: millis(1000) };
    const self = { ...identity("busOwner"), eid: EIDS.bmc };
    const timing = { attemptTimeout: millis(300), retries: 2, tagHoldOff: millis(5000) };
    const endpoint = rethrowing(
      new EndpointCore({ identity: self, timing, assembly: limits, queue: { messages: 4, bytes: 1000 } }),
    );
    endpoint.linkUp(millis(0));
    const parts = new Map<number, Uint8Array[]>();
    let key = 0;
    endpoint.handle(0x7f, (message) => {
      // The message is what came in the packets since its start, whoever else sent some meanwhile.
      const wanted = Buffer.concat(parts.get(key) ?? []);
      must(equalBytes(wanted, message.bytes), `${toHex(message.bytes)} was put together from ${toHex(wanted)}`);
    });
    let now = 0;
    for (let at = 0; at < bytes.length;) {
      const length = bytes[at++]!;
      if (length >= 200) {
        now += 20 * (length - 199);
        endpoint.expire(millis(now));
        continue;
      }
      const one = bytes.slice(at, at + length);
      at += length;
      if (one.length >= 5) {
        const header = readU32be(one, 0);
        key = header & 0xff0f;
        const payload = one.subarray(4);
        if ((header & 0x80) !== 0) parts.set(key, [payload]);
        else parts.get(key)?.push(payload);
      }
      endpoint.receivePacket(one, 0, one.length, millis(now));
      const { assemblies, assemblyBytes, queuedMessages, queuedBytes } = endpoint.usage;
      must(64 * assemblies <= assemblyBytes && assemblyBytes <= 900, "assemblies beyond their limits");
      must(queuedMessages <= 4 && queuedBytes <= 1100, "a queue beyond its limits");
    }
    const received = endpoint.counters.messagesReceived;
    must(received >= 0, "counts that cannot be");
  },
};

const trace: Target = {
  name: "trace",
  seeds: [
    utf8('{"n":0,"side":"bmc","op":"kcs_write","reg":"STR","value":"01"}\n'),
    utf8('{"n":1,"t":"12","step":"B1","side":"host","op":"lpc_read","offset":0,"len":4,"value":"4d435450"}\n'),
    utf8(
      '{"trace":"mctp-lpc","version":2,"sides":["host"],"depth":0,"windowBytes":4096,"lives":true,"times":{"stop":500}}\n{"n":0,"t":7,"side":"host","op":"life","event":"started"}\n',
    ),
    utf8(
      '{"n":2,"side":"host","op":"lpc_write","offset":256,"len":300,"value":"00000008","cut":true}\n{"n":3,"side":"lab","op":"poke","reg":"IDR","value":"00"}\n',
    ),
  ],
  run: (bytes) => {
    const read = decodeTrace(new TextDecoder().decode(bytes));
    if (!read.ok) return;
    const again = decodeTrace(encodeTrace(read.value.rows, read.value.head));
    must(again.ok && JSON.stringify(again.value) === JSON.stringify(read.value), "a trace read and written is another");
    const ladder = new Ladder();
    for (const row of read.value.rows) ladder.push(row);
  },
};

export const TARGETS: readonly Target[] = [controlRegion, control, vendor, packets, trace, ...MESSAGE_TARGETS];
