/** How each fault of a BMC shows to its host. */
import type { OppositeHost } from "./opposite-host.ts";
import type { Probe } from "./probes-both.ts";

type BmcProbe = Probe<OppositeHost>;

const MAGIC = 0x4d435450;
const INITIALISE = 0x00;
const TX_BEGIN = 0x01;
const RX_COMPLETE = 0x02;
const DUMMY = 0xff;
const FENCE = 0xff;
const GET_EID = [0x00, 0x80, 0x02];
const ECHO = [0x7f, 0x00, 0x00, 0x7e, 0xd9, 0x01, 0x01];
const NOTIFY = [0x00, 0x81, 0x0d];

/** What the answer to a proposal leaves in the control region. */
function answer(
  proposal: readonly [low: number, high: number, rxSize: number],
  shows: (other: OppositeHost) => boolean,
): BmcProbe {
  return async (other) => {
    await other.awaitActive();
    await other.shut();
    await other.propose(...proposal);
    return shows(other);
  };
}

/** The bytes that a BMC writes at its start, each read at once, until BMC Active is 1. */
async function announcements(other: OppositeHost): Promise<number> {
  let count = 0;
  other.program.launch();
  await other.until(() => {
    const active = (other.status & 0x80) !== 0;
    if (!active) count = other.count(DUMMY);
    return active;
  });
  return count;
}

/** Ends a program that has a session, and starts it again. */
async function restart(other: OppositeHost, reads = true): Promise<void> {
  await other.open();
  other.reads = reads;
  await other.program.kill();
  other.program.launch();
}

export const BMC_PROBES: Readonly<Record<string, BmcProbe>> = {
  "magic-missing": async (other) => {
    other.program.launch();
    await other.until(() => (other.status & 0x80) !== 0);
    return other.get(0) !== MAGIC;
  },
  "magic-late": async (other) => {
    other.reads = false;
    other.program.launch();
    await other.until(() => other.inIsFull);
    return other.get(0) !== MAGIC;
  },
  "versions-little-endian": async (other) => {
    await other.awaitActive();
    return other.get(0x06, 2) === 0x300;
  },
  "no-announcement": async (other) => (await announcements(other)) === 0,
  "one-announcement": async (other) => (await announcements(other)) === 1,
  "announcement-not-awaited": async (other) => {
    other.program.launch();
    await other.until(() => other.count(DUMMY) === 1);
    other.reads = false;
    return other.until(() => (other.status & 0x80) !== 0, 300);
  },
  "announcement-awaited-past-t-ann": async (other) => {
    other.reads = false;
    other.program.launch();
    return !(await other.until(() => (other.status & 0x80) !== 0, 1200));
  },
  "str-not-cleared-at-start": async (other) => {
    await restart(other, false);
    return !(await other.until(() => (other.status & 0xc0) === 0, 400));
  },
  "host-versions-kept": async (other) => {
    await restart(other);
    await other.until(() => (other.status & 0xc0) === 0x80);
    return other.get(0x08) !== 0;
  },
  "active-before-layout": async (other) => {
    other.program.launch();
    await other.until(() => (other.status & 0x80) !== 0);
    return other.get(0x06, 2) === 0;
  },
  "version-smallest": answer([1, 3, 1036], (other) => other.version === 1),
  "version-own": answer([1, 2, 1032], (other) => other.version === 3),
  "version-0-taken": answer([0, 3, 1036], (other) => other.version !== 0),
  "reversed-range-taken": answer([3, 2, 1036], (other) => other.version !== 0),
  "answer-above-asked": answer([1, 3, 1036], (other) => other.incoming.size > 1036),
  "tx-size-of-offer": answer([1, 3, 1036], (other) => other.outgoing.size > 1036),
  "version-1-sizes": answer([1, 1, 0], (other) => other.outgoing.size !== 72),
  "size-without-framing": answer([1, 3, 1036], (other) => other.incoming.size === 1024),
  "below-btu-taken": answer([1, 3, 75], (other) => other.version !== 0),
  "offer-not-restored": answer([1, 3, 75], (other) => other.get(0x14) === 75),
  "offsets-move": answer([1, 3, 1036], (other) => other.outgoing.offset !== 0x110c),
  "host-fields-zeroed": answer([1, 3, 1036], (other) => other.get(0x08) === 0),
  "reserved-bytes-heeded": async (other) => {
    await other.awaitActive();
    other.put(0x20, 1);
    await other.shut();
    await other.propose(1, 3, 1036);
    return other.version === 0;
  },
  "str-before-layout": async (other) => {
    await other.awaitActive();
    await other.shut();
    other.put(0x08, 0x00010003);
    other.put(0x14, 1036);
    other.queue.push(INITIALISE);
    await other.until(() => other.active);
    return other.get(0x0c, 2) === 0;
  },
  "no-dummy": async (other) => {
    await other.awaitActive();
    const from = other.bytes.length;
    await other.shut();
    return other.count(DUMMY, from) === 0;
  },
  "dummy-last": async (other) => {
    await other.open();
    other.reads = false;
    other.send(other.request(GET_EID));
    await other.run(50);
    other.put(0x08, 0x00010003);
    other.put(0x14, 1036);
    await other.command(INITIALISE);
    other.send(other.request(GET_EID));
    await other.run(50);
    other.take();
    await other.run(50);
    return other.take() === RX_COMPLETE;
  },
  "dummy-overwrites": async (other) => {
    await other.open();
    other.reads = false;
    other.send(other.request(GET_EID));
    await other.run(50);
    await other.command(INITIALISE);
    await other.run(50);
    return other.take() !== RX_COMPLETE;
  },
  "str-clears-obf": async (other) => {
    await other.open();
    other.reads = false;
    other.send(other.request(GET_EID));
    await other.until(() => other.inIsFull);
    other.put(0x08, 0);
    await other.command(INITIALISE);
    await other.until(() => !other.active);
    return other.take() !== RX_COMPLETE;
  },
  "str-reserved-bit": async (other) => {
    await other.awaitActive();
    return (other.status & 0x34) !== 0;
  },
  "owed-kept": async (other) => {
    await other.open();
    other.reads = false;
    other.send(other.request(GET_EID));
    await other.run(50);
    other.queue.push(TX_BEGIN);
    await other.run(50);
    other.put(0x08, 0x00010003);
    other.put(0x14, 1036);
    await other.command(INITIALISE);
    await other.run(20);
    const from = other.bytes.length;
    other.reads = true;
    await other.run(100);
    return other.count(RX_COMPLETE, from) > 1;
  },
  "packet-survives-initialise": async (other) => {
    await other.open();
    const from = other.bytes.length;
    other.send(other.request(GET_EID));
    await other.until(() => other.count(RX_COMPLETE, from) > 0);
    await other.reopen();
    return other.until(() => other.response() !== undefined, 300);
  },
  "close-ignored": async (other) => {
    await other.open();
    await other.shut();
    return other.active;
  },
  "fence-answered": async (other) => {
    await other.open();
    await other.quiet();
    const from = other.bytes.length;
    await other.fence();
    await other.run(50);
    return other.count(DUMMY, from) > 0;
  },
  "odr-not-polled": async (other) => {
    await other.open();
    return (await other.ask(GET_EID)) === undefined;
  },
  "reset-ignored": async (other) => {
    await other.open();
    other.reset();
    return !(await other.until(() => (other.status & 0xc0) === 0x80, 800));
  },
  "no-dummy-at-stop": async (other) => {
    await other.open();
    const from = other.bytes.length;
    await other.program.stop();
    await other.run(50);
    return other.count(DUMMY, from) === 0;
  },
  "active-after-stop": async (other) => {
    await other.open();
    await other.program.stop();
    return (other.status & 0x80) !== 0;
  },
  "null-source": async (other) => {
    await other.open();
    await other.ask(GET_EID);
    return other.response()?.bytes[2] === 0;
  },
  "notify-unsupported": async (other) => {
    await other.open();
    return (await other.ask(NOTIFY))?.[3] === 5;
  },
  "discovery-unasked": async (other) => {
    await other.open();
    await other.run(300);
    return other.packets.length > 0;
  },
  "discovery-order": async (other) => {
    await other.open();
    await other.ask(NOTIFY);
    await other.run(200);
    return other.packets.find(({ bytes }) => ((bytes[3] ?? 0) & 0x08) !== 0)?.bytes[6] === 0x01;
  },
  "set-eid-taken": async (other) => {
    await other.open();
    return (await other.ask([0x00, 0x81, 0x01, 0x00, 0x20]))?.[4] === 0;
  },
  "tx-begin-outside-answered": async (other) => {
    await other.awaitActive();
    await other.shut();
    const from = other.bytes.length;
    await other.command(TX_BEGIN);
    await other.run(100);
    return other.count(RX_COMPLETE, from) > 0;
  },
  "crc-not-reflected": unansweredV3,
  "crc-aligned": unansweredV3,
  "rx-complete-before-copy": async (other) => {
    await other.open();
    const from = other.bytes.length;
    other.send(other.request(GET_EID), { spoil: 1 });
    await other.until(() => other.count(RX_COMPLETE, from) > 0);
    other.write(other.request(GET_EID));
    return other.until(() => other.response() !== undefined, 400);
  },
  "rx-size-little-endian": answer([1, 3, 1036], (other) => other.incoming.size > 1036),
  "idr-left-while-odr-full": async (other) => {
    await other.open();
    other.reads = false;
    other.send(other.request(GET_EID));
    await other.until(() => other.inIsFull);
    await other.run(50);
    other.queue.push(FENCE);
    await other.run(100);
    return other.outIsFull;
  },
  "second-initialise-ignored": async (other) => {
    await other.open();
    await other.propose(1, 2, 1032);
    return other.version === 3;
  },
  "announcement-zero": async (other) => {
    other.program.launch();
    await other.until(() => (other.status & 0x80) !== 0);
    return other.count(0x00) === 2;
  },
  "largest-packet-dropped": async (other) => {
    await other.open();
    const largest = [...ECHO, ...Array.from({ length: other.outgoing.size - 12 - ECHO.length }, (_, i) => i & 0xff)];
    other.send(other.request(largest));
    return !(await other.until(() => other.response() !== undefined, 400));
  },
  "response-to-null": async (other) => {
    await other.open();
    await other.ask(GET_EID);
    return other.response()?.bytes[1] === 0;
  },
  "sequence-unchecked": async (other) => {
    await other.open();
    const from = other.bytes.length;
    other.send([1, 0, other.own, 0x89, ...GET_EID.slice(0, 2)]);
    await other.until(() => other.count(RX_COMPLETE, from) > 0);
    other.send([1, 0, other.own, 0x69, ...GET_EID.slice(2)]);
    return other.until(() => other.response() !== undefined, 400);
  },
};

/** No answer in version 3 to a packet with its CRC-32. */
async function unansweredV3(other: OppositeHost): Promise<boolean> {
  await other.open();
  return (await other.ask(GET_EID)) === undefined;
}
