/** Answers to a proposal that a host has to take, to decline, or to take for another host's (LPC-HOST-7, LPC-MTU-5, -6). */
import { CONTROL_REGION_BYTES, Field, type Layout } from "../../core/binding/control-region.ts";
import { BTU, bufferBytes } from "../../core/binding/layout.ts";
import { Command, commandName } from "../../core/binding/registers.ts";
import type { Case } from "../case.ts";
import type { AnswerChanges, PlayedBmc, SeenProposal } from "../played-bmc.ts";
import {
  AT_ONCE,
  expectInitialise,
  expectSession,
  isClose,
  isServing,
  STRANGER_OPTIONS,
  SURE_REST,
  takeFences,
  takeProposal,
} from "./steps.ts";

/** Room behind rx_offset, more than most hosts ask for at least: the smaller of it and the host's wish is answered. */
const ROOM = 2060;
const FURTHER = 8192;
const VERSIONS = [1, 2, 3] as const;

interface BadAnswer {
  readonly name: string;
  readonly what: string;
  readonly requirement: "LPC-MTU-5" | "LPC-VER-3";
  readonly changes: (proposal: SeenProposal, windowBytes: number) => AnswerChanges;
  readonly risk?: string;
}

const AT = CONTROL_REGION_BYTES;
const MAY_OVERRUN = "a host that does not judge the layout may write outside the window, or end";

const BAD_ANSWERS: readonly BadAnswer[] = [
  {
    name: "version-4",
    what: "negotiated_ver 4 and Channel Active",
    requirement: "LPC-VER-3",
    changes: () => ({ version: 4 }),
  },
  {
    name: "version-0",
    what: "negotiated_ver 0 and Channel Active",
    requirement: "LPC-VER-3",
    changes: () => ({ version: 0, accepted: true }),
  },
  {
    name: "overlapping-buffers",
    what: "buffers that overlap",
    requirement: "LPC-MTU-5",
    changes: ({ rxSize }) => ({ layout: layoutOf(AT, rxSize, AT + rxSize - 4, rxSize) }),
  },
  {
    name: "in-control-region",
    what: "a bmcToHost buffer in the control region",
    requirement: "LPC-MTU-5",
    changes: ({ rxSize }) => ({ layout: layoutOf(0x80, rxSize, AT + ROOM, rxSize) }),
  },
  {
    name: "behind-window",
    what: "a hostToBmc buffer that ends behind the window",
    requirement: "LPC-MTU-5",
    changes: ({ rxSize }, windowBytes) => ({ layout: layoutOf(AT, rxSize, windowBytes - rxSize + 4, rxSize) }),
    risk: MAY_OVERRUN,
  },
  {
    name: "rx-behind-window",
    what: "a bmcToHost buffer that ends behind the window",
    requirement: "LPC-MTU-5",
    changes: ({ rxSize }, windowBytes) => ({ layout: layoutOf(windowBytes - 8, rxSize, AT, rxSize) }),
    risk: MAY_OVERRUN,
  },
  {
    name: "rx-below-btu",
    what: "a bmcToHost buffer too small for the BTU",
    requirement: "LPC-MTU-5",
    changes: ({ rxSize, versions: { cur } }) => {
      const version = VERSIONS.find((one) => one === cur) ?? 3;
      return { layout: layoutOf(AT, bufferBytes(version, BTU) - 1, AT + ROOM, rxSize) };
    },
    risk: "a host that does not judge the sizes may compute an MTU below 0",
  },
  {
    name: "tx-below-btu",
    what: "a hostToBmc buffer too small for the BTU",
    requirement: "LPC-MTU-5",
    changes: ({ rxSize }) => ({ layout: layoutOf(AT, rxSize, AT + ROOM, 12) }),
    risk: "a host that does not judge the sizes may compute an MTU below 0",
  },
  {
    name: "wraps-around",
    what: "a buffer whose end does not fit in 32 bits",
    requirement: "LPC-MTU-5",
    changes: ({ rxSize }) => ({ layout: layoutOf(AT, rxSize, 0xffff_fff0, rxSize) }),
    risk: MAY_OVERRUN,
  },
];

function declined({ name, what, requirement, changes, risk }: BadAnswer): Case<PlayedBmc> {
  return {
    name: `answer/${name}`,
    text: `an answer with ${what} is declined: a close, and a rest`,
    requirements: [requirement, "LPC-TIME-2"],
    needs: ["start/session", "start/answer-fences"],
    ...(risk === undefined ? {} : { risk }),
    async play(bmc: PlayedBmc): Promise<void> {
      const since = await answerWith(bmc, changes);
      await expectDeclined(bmc, requirement, what);
      await expectRest(bmc, since, bmc.surroundings.silence, `behind an answer with ${what}`);
    },
  };
}

export const ANSWER_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "answer/reserved-bytes",
    text: "pad and the bytes 0x20 to 0xff, whatever they hold, change nothing",
    requirements: ["LPC-REG-4"],
    needs: ["start/session"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start();
      await takeProposal(bmc);
      bmc.put(Field.pad, Uint8Array.of(0xff, 0xfe));
      const reserved = new Uint8Array(CONTROL_REGION_BYTES - 0x20).fill(0xa5);
      bmc.put(0x20, reserved);
      await bmc.answerInitialise();
      await expectSession(bmc, "LPC-REG-4", "behind an answer whose pad and reserved bytes are not 0");
      const kept = bmc.get(0x20, reserved.length);
      bmc.put(0x20, new Uint8Array(reserved.length));
      bmc.put(Field.pad, Uint8Array.of(0, 0));
      if (kept.every((byte) => byte === 0xa5)) return;
      bmc.broken(
        "LPC-REG-3",
        "the host writes in 0x20 to 0xff",
        "it writes host_ver_min, host_ver_cur and rx_size alone",
      );
    },
  },
  {
    name: "answer/unequal-sizes",
    text: "a layout with a smaller hostToBmc buffer is taken, and each direction has its own MTU",
    requirements: ["LPC-MTU-5", "LPC-MTU-2", "LPC-BUF-4"],
    needs: ["start/session", "start/answer-fences"],
    async play(bmc: PlayedBmc): Promise<void> {
      const small = bufferBytes(3, BTU);
      await answerWith(bmc, ({ rxSize }) => ({ layout: layoutOf(AT, rxSize, AT + ROOM, small) }));
      if (bmc.session === undefined) bmc.notTestable("the host asks for no size that leaves room");
      if (!(await bmc.serveStartUp())) {
        bmc.broken(
          "LPC-MTU-5",
          "the host opens no session on buffers of unequal sizes",
          "unequal sizes are no fault: each direction has an MTU of its own",
        );
      }
      const { sendsMtu } = bmc.session;
      if (sendsMtu === BTU) return;
      if (await bmc.send(bmc.packet(full(sendsMtu), STRANGER_OPTIONS))) return;
      bmc.broken(
        "LPC-BUF-4",
        `a packet of ${String(sendsMtu)} payload bytes, which the bmcToHost buffer holds, gets no Rx Complete`,
        "lengths are bounded by the buffer that the packet lies in",
      );
    },
  },
  {
    name: "answer/buffers-out-of-order",
    text: "a layout with the hostToBmc buffer first is taken",
    requirements: ["LPC-MTU-5"],
    needs: ["start/session"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession({ layout: layoutOf(AT + ROOM, ROOM, AT, ROOM), mtu: ROOM - 12 });
      if (!(await isServing(bmc))) bmc.notTestable("the host has left its session");
    },
  },
  ...BAD_ANSWERS.map(declined),
  {
    name: "answer/version-outside-range",
    text: "a version outside the host's own range is declined: a close, and a rest",
    requirements: ["LPC-VER-3", "LPC-TIME-2"],
    needs: ["start/session", "start/answer-fences"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start({ layout: layoutOf(AT, ROOM, AT + ROOM, ROOM), mtu: ROOM - 12 });
      const { versions } = await takeProposal(bmc);
      const version = VERSIONS.find((one) => one < versions.min || one > versions.cur);
      if (version === undefined) bmc.notTestable("the host proposes every version");
      await bmc.answerInitialise({ accepted: true, version });
      const since = bmc.now;
      await takeFences(bmc);
      const what = `negotiated_ver ${String(version)}, which the host did not propose,`;
      await expectDeclined(bmc, "LPC-VER-3", what);
      await expectRest(bmc, since, bmc.surroundings.silence, `behind an answer with ${what}`);
    },
  },
  {
    name: "answer/rest",
    text: "behind an answer that it declines the host rests for T_refused",
    requirements: ["LPC-TIME-2"],
    needs: ["answer/overlapping-buffers"],
    async play(bmc: PlayedBmc): Promise<void> {
      const since = await answerWith(bmc, ({ rxSize }) => ({
        layout: layoutOf(AT, rxSize, AT + rxSize - 4, rxSize),
      }));
      await expectDeclined(bmc, "LPC-MTU-5", "buffers that overlap");
      await bmc.answerInitialise();
      await expectRest(bmc, since, SURE_REST, "behind an answer with buffers that overlap");
      await expectInitialise(bmc, "LPC-TIME-2", "behind a rest of T_refused");
    },
  },
  {
    name: "answer/rx-size-above-asked",
    text: "an answer with more than was asked for is another host's: the start-up begins again at once",
    requirements: ["LPC-MTU-6"],
    needs: ["start/session", "start/answer-fences", "start/proposal"],
    async play(bmc: PlayedBmc): Promise<void> {
      await answerWith(bmc, ({ rxSize, versions: { cur } }) => {
        if (cur < 2) bmc.notTestable("the host speaks version 1 alone");
        return { layout: layoutOf(AT, rxSize + 16, AT + FURTHER, rxSize) };
      });
      await expectBegunAgain(bmc, "LPC-MTU-6", "an rx_size above the asked one");
    },
  },
  {
    name: "answer/rx-size-unasked",
    text: "an answer in version 2 to a host that asked for no rx_size is another host's",
    requirements: ["LPC-MTU-6"],
    needs: ["answer/rx-size-above-asked"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start({ versions: { min: 1, cur: 1 } });
      const { versions } = await takeProposal(bmc);
      if (versions.cur < 2) bmc.notTestable("the host speaks version 1 alone");
      await bmc.answerInitialise({ version: 2, layout: layoutOf(AT, 104, AT + ROOM, 104) });
      await takeFences(bmc);
      await expectBegunAgain(bmc, "LPC-MTU-6", "an rx_size that it had not asked for");
    },
  },
];

function layoutOf(rx: number, rxSize: number, tx: number, txSize: number): Layout {
  return { bmcToHost: { offset: rx, size: rxSize }, hostToBmc: { offset: tx, size: txSize } };
}

/** Payload bytes of a message that nobody takes. */
function full(bytes: number): Uint8Array {
  const payload = new Uint8Array(bytes);
  payload[0] = 0x7f;
  return payload;
}

/**
 * Has the host propose, answers with these changes, and reads its fences. Gives a moment before which the host cannot have
 * judged the answer.
 */
async function answerWith(bmc: PlayedBmc, changes: BadAnswer["changes"]): Promise<number> {
  await bmc.start({ layout: layoutOf(AT, ROOM, AT + ROOM, ROOM), mtu: ROOM - 12 });
  const proposal = await takeProposal(bmc);
  await bmc.answerInitialise({ accepted: true, ...changes(proposal, bmc.window.size) });
  const since = bmc.now;
  await takeFences(bmc);
  return since;
}

/** The next byte behind the fences is the close, and not a packet. */
async function expectDeclined(bmc: PlayedBmc, requirement: string, what: string): Promise<void> {
  await expectUnused(bmc, requirement, what, "the host closes and rests");
}

async function expectUnused(bmc: PlayedBmc, requirement: string, what: string, expected: string): Promise<void> {
  const byte = await bmc.takeByte(AT_ONCE);
  if (byte === Command.INITIALISE) {
    if (isClose(bmc.proposal())) return;
    bmc.notTestable("the host does not close before it opens");
  }
  bmc.broken(
    requirement,
    byte === undefined
      ? `behind an answer with ${what}, no close comes in ${String(AT_ONCE)} ms`
      : `behind an answer with ${what}, ${commandName(byte)} is written`,
    expected,
  );
}

/** Nothing is written for a while, nor, since that moment, before T_refused is nearly over. */
async function expectRest(bmc: PlayedBmc, since: number, milliseconds: number, behind: string): Promise<void> {
  const byte = await bmc.takeByte(milliseconds);
  const rested = bmc.now - since;
  if (byte === undefined || rested > SURE_REST) return;
  bmc.broken(
    "LPC-TIME-2",
    `${behind}, the host goes on with ${commandName(byte)} after ${String(Math.round(rested))} ms`,
    "it rests for T_refused, 1 s",
  );
}

/** The close, and behind it the fences of the next start-up without a rest. */
async function expectBegunAgain(bmc: PlayedBmc, requirement: string, what: string): Promise<void> {
  await expectUnused(bmc, requirement, what, "the start-up begins again at once");
  if ((await bmc.takeByte(AT_ONCE)) !== undefined) return;
  bmc.broken(
    requirement,
    `behind an answer with ${what}, the host closes, and goes on with nothing in ${String(AT_ONCE)} ms`,
    "the start-up begins again at once",
  );
}
