/** How each fault of a host shows to its BMC. */
import { pause } from "../../support/processes.ts";
import type { OppositeBmc } from "./opposite-bmc.ts";
import type { Probe } from "./probes-both.ts";

type HostProbe = Probe<OppositeBmc>;

const INITIALISE = 0x00;
const TX_BEGIN = 0x01;
const RX_COMPLETE = 0x02;
const FENCE = 0xff;
const GET_EID = [0x00, 0x80, 0x02];

/** Starts the host against a BMC that is up, and gives its first bytes. */
async function firstBytes(other: OppositeBmc, count: number): Promise<readonly number[]> {
  other.start();
  other.program.launch();
  await other.until(() => other.bytes.length >= count, 1500);
  await other.run(50);
  return other.bytes.slice(0, count);
}

/** The host's first proposal. */
function proposal(shows: (other: OppositeBmc) => boolean): HostProbe {
  return async (other) => {
    await other.open();
    return shows(other);
  };
}

/** Whether the host stays in the session that an answer begins, shown by its traffic. */
function taken(answer: Parameters<OppositeBmc["answerWith"]>[0]): HostProbe {
  return async (other) => {
    other.answerWith(answer);
    other.start();
    other.program.launch();
    await other.until(() => other.opened.length > 0);
    return other.until(() => other.count(TX_BEGIN) > 0, 400);
  };
}

/** Milliseconds between the first two proposals whose answers these are. */
async function between(
  other: OppositeBmc,
  answer: Parameters<OppositeBmc["answerWith"]>[0],
  nth: number,
): Promise<number> {
  other.answerWith(answer);
  other.start();
  other.program.launch();
  await other.until(() => other.opened.length > nth, 2500);
  const [before, after] = [other.opened[nth - 1], other.opened[nth]];
  return before === undefined || after === undefined ? Infinity : after.milliseconds - before.milliseconds;
}

const OVERLAP = { txOffset: 0x180 };

export const HOST_PROBES: Readonly<Record<string, HostProbe>> = {
  "no-close": proposal(({ proposals }) => proposals[0]?.low !== 0),
  "no-fence": async (other) => !(await firstBytes(other, 4)).includes(FENCE),
  "one-fence-after-close": async (other) => (await firstBytes(other, 3))[2] === INITIALISE,
  "one-fence-after-open": async (other) => {
    const bytes = await firstBytes(other, 6);
    return bytes[4] === FENCE && bytes[5] !== FENCE;
  },
  "fence-overwrites": async (other) => {
    other.start();
    other.reads = false;
    other.program.launch();
    await other.until(() => other.inIsFull);
    await other.run(100);
    return other.take() === FENCE;
  },
  "judges-early": async (other) => {
    const bytes = await firstBytes(other, 5);
    return bytes[3] === INITIALISE && bytes[4] !== FENCE;
  },
  "fields-after-initialise": proposal(({ proposals }) => proposals[1]?.low === 0),
  "versions-little-endian": proposal(({ opened }) => opened[0]?.low === 0x100),
  "versions-reversed": proposal(({ opened }) => opened[0]?.low === 3 && opened[0].high === 1),
  "rx-size-missing": proposal(({ opened }) => opened[0]?.rxSize === 4108),
  "rx-size-little-endian": proposal(({ opened }) => opened[0]?.rxSize === 0x0c040000),
  "rx-size-above-room": proposal(({ opened, window }) => opened[0]?.rxSize === window.size),
  "rx-size-below-btu": proposal(({ opened }) => opened[0]?.rxSize === 64),
  "layout-written": async (other) => {
    let seen = 0;
    other.answerWith((_) => {
      seen = other.get(0x18);
      return {};
    });
    other.start();
    other.program.launch();
    await other.until(() => other.opened.length > 0);
    return seen !== 0x110c;
  },
  "magic-unchecked": async (other) => {
    other.start(0);
    other.program.launch();
    return other.until(() => other.count(INITIALISE) > 0, 300);
  },
  "odr-read-before-magic": async (other) => {
    other.start(0);
    other.look();
    other.program.launch();
    return other.until(() => !other.outIsFull, 300);
  },
  "bmc-active-not-awaited": async (other) => {
    other.writeRegion();
    other.program.launch();
    return other.until(() => other.count(INITIALISE) > 0, 300);
  },
  "odr-left-while-waiting": async (other) => {
    other.start();
    other.program.launch();
    other.reads = false;
    await other.until(() => other.inIsFull);
    await other.until(() => !other.outIsFull);
    other.force(FENCE);
    await other.run(100);
    return other.outIsFull;
  },
  "active-at-opening-ignored": async (other) => {
    other.start();
    other.keepActive = true;
    other.program.launch();
    return other.until(() => other.opened.length > 0, 600);
  },
  "early-tx-begin-lost": async (other) => {
    other.start();
    other.answers = false;
    other.early = other.request(GET_EID);
    other.program.launch();
    await other.until(() => other.version !== 0);
    // A host that waits for a processor answers late.
    for (let waits = 0; waits < 10 && other.count(RX_COMPLETE) === 0; waits++) await other.run(150);
    return other.count(RX_COMPLETE) === 0;
  },
  "unread-odr-at-opening": async (other) => {
    other.start();
    other.program.launch();
    let unread = false;
    other.answerWith(() => {
      unread ||= other.outIsFull;
      return {};
    });
    await other.until(() => other.opened.length > 0);
    return unread;
  },
  "version-outside-taken": taken(() => ({ version: 7 })),
  "overlap-taken": taken(() => OVERLAP),
  "size-above-asked-taken": taken(({ rxSize }) => ({ rxSize: rxSize + 16 })),
  "no-close-after-bad-answer": async (other) => {
    other.answerWith(() => OVERLAP);
    other.start();
    other.program.launch();
    await other.until(() => other.opened.length > 0);
    await other.run(400);
    return other.proposals.length === 2;
  },
  "no-rest-after-bad-answer": async (other) => (await between(other, () => OVERLAP, 1)) < 500,
  "no-rest-after-refusal": async (other) => (await between(other, () => ({ refuse: true }), 2)) < 500,
  "rest-after-first-refusal": async (other) => (await between(other, () => ({ refuse: true }), 1)) > 500,
  "restart-awaited": async (other) => {
    await between(other, () => ({ refuse: true }), 1);
    await other.fences();
    await other.run(100);
    const before = other.proposals.length;
    other.down();
    await other.run(50);
    other.start();
    return !(await other.until(() => other.proposals.length > before, 400));
  },
  "begins-again-without-rest": async (other) => {
    other.answerWith(({ rxSize }) => ({ rxSize: rxSize + 16 }));
    other.start();
    other.program.launch();
    return other.until(() => other.opened.length > 10, 800);
  },
  "bmc-active-loss-ignored": async (other) => {
    await other.open();
    other.setStatus(0x41);
    return (await other.ask(GET_EID)) !== undefined;
  },
  "channel-loss-ignored": async (other) => {
    await other.open();
    other.setStatus(0x81);
    return (await other.ask(GET_EID)) !== undefined;
  },
  "str-not-read-again": async (other) => {
    await other.open();
    other.send(other.request(GET_EID));
    await other.until(() => other.queue.length === 0);
    await other.until(() => !other.outIsFull);
    other.setStatus(0x01);
    other.look();
    const known = other.bytes.length;
    return other.until(() => other.count(RX_COMPLETE, known) > 0, 200);
  },
  "reserved-bits-heeded": async (other) => {
    await other.open();
    other.setStatus(0xc1 | 0x10);
    return other.until(() => other.ended(), 300);
  },
  "initialise-from-bmc-taken": async (other) => {
    await other.open();
    other.queue.push(INITIALISE);
    return other.until(() => other.ended(), 300);
  },
  "no-close-at-stop": async (other) => {
    await other.open();
    void other.program.stop();
    return !(await other.until(() => other.ended(), 900));
  },
  "close-at-stop-overwrites": async (other) => {
    await other.open();
    other.reads = false;
    other.send(other.request(GET_EID));
    await other.run(50);
    void other.program.stop();
    await other.run(100);
    return other.take() === INITIALISE;
  },
  "no-notify": async (other) => {
    await other.open();
    return !other.packets.some(({ bytes }) => bytes[6] === 0x0d);
  },
  "other-own-eid": async (other) => {
    await other.open();
    return other.packets[0]?.bytes[2] === 10;
  },
  "set-eid-from-old-eid": async (other) => {
    await other.open();
    await other.ask([0x00, 0x81, 0x01, 0x00, 0x20]);
    return other.response()?.bytes[2] === 9;
  },
  "set-eid-forgotten": async (other) => {
    await other.open();
    await other.ask([0x00, 0x81, 0x01, 0x00, 0x20]);
    await pause(10);
    return (await other.ask(GET_EID))?.[4] === 9;
  },
  "reserved-eid-taken": async (other) => {
    await other.open();
    return (await other.ask([0x00, 0x81, 0x01, 0x00, 0x03]))?.[3] === 0;
  },
  "tx-begin-outside-answered": async (other) => {
    other.writeRegion();
    other.setStatus(0x81);
    other.force(TX_BEGIN);
    other.program.launch();
    await other.until(() => other.bytes.length > 0);
    return other.bytes[0] === RX_COMPLETE;
  },
};
