/** Messages of many packets, from the host and for it (LPC-BUF-9, LPC-MCTP-6, LPC-MCTP-18, DSP0236). */
import { BTU } from "../../core/binding/layout.ts";
import { Command } from "../../core/binding/registers.ts";
import { equalBytes } from "../../core/wire/bytes.ts";
import { RESPONSE_FIELDS_AT } from "../../core/vendor-messages/operations.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import type { SeenPacket } from "../player.ts";
import { findLongQuestion, LONG_TAG, sendLong, type LongQuestion } from "./long-answers.ts";

/** No multiple of 64 nor of 4: a unit that is rounded shows. */
const MTU = 101;
/** Bytes of a message in more than four packets: sequence numbers come round. */
const LONG = 6 * MTU + 11;
const HEADER_BYTES = 4;
const SOM = 0x80;
const EOM = 0x40;
const TAG_AND_OWNER = 0x0f;
/** A long answer may take so many times the patience of a run. */
const LONG_PATIENCE = 3;

export const LONG_MESSAGE_CASES: readonly Case<PlayedBmc>[] = [
  ...([3, 2, 1] as const).map((version): Case<PlayedBmc> => {
    return {
      name: `long/answer-version-${String(version)}`,
      text: `in version ${String(version)} a long answer comes in packets of one size, from the BTU to the MTU, numbered one behind the other`,
      requirements: ["LPC-BUF-9", "LPC-MCTP-18", "LPC-MTU-2"],
      needs: [
        `packet/lengths-version-${String(version)}`,
        "control/mandatory",
        "packet/rx-complete-withheld",
        "packet/both-ways",
      ],
      async play(bmc: PlayedBmc): Promise<void> {
        await bmc.openSession({ versions: { min: 1, cur: version }, mtu: MTU });
        const session = bmc.session ?? bmc.notTestable("the host has left its session");
        if (session.version !== version) bmc.notTestable(`the session speaks version ${String(session.version)}`);
        const question = await findLongQuestion(bmc);
        const request = question.request(LONG);
        const since = bmc.packets.length;
        await sendLong(bmc, request, session.sendsMtu);
        const limit = LONG_PATIENCE * bmc.surroundings.patience;
        const answer = await bmc.serveUntil(() => bmc.messages.find(question.isAnswer), limit);
        judgeAnswer(bmc, bmc.packets.slice(since).filter(isOfAnswer), answer !== undefined);
        const wanted = question.contents(request);
        if (answer === undefined || wanted === undefined) return;
        if (equalBytes(answer.bytes.subarray(RESPONSE_FIELDS_AT), wanted)) return;
        bmc.broken(
          "DSP0236",
          `the answer to an echo of ${String(wanted.length)} bytes in packets holds other bytes`,
          "the payload of the packets in their order, no byte more or less",
        );
      },
    };
  }),
  {
    name: "long/given-up",
    text: "a long answer that a session's end cuts is not continued in the next session",
    requirements: ["LPC-MCTP-6"],
    needs: ["long/answer-version-3", "end/channel-inactive"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession({ mtu: MTU });
      const question = await findLongQuestion(bmc);
      await beginAnswer(bmc, question);
      bmc.dropSession();
      const since = bmc.packets.length;
      await bmc.ring(Command.DUMMY);
      await bmc.reopenSession();
      await bmc.serveSilence();
      const later = bmc.packets.slice(since).filter(isOfAnswer);
      if (later.length === 0) return;
      bmc.broken(
        "LPC-MCTP-6",
        `${String(later.length)} packets of an answer come behind the end of the session in which it began`,
        "the message is given up with its session",
      );
    },
  },
  {
    name: "long/packets-meanwhile",
    text: "packets for the host get Rx Complete while it waits with a long answer",
    requirements: ["LPC-BUF-8", "LPC-BUF-7"],
    needs: ["long/answer-version-3"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession({ mtu: MTU });
      const question = await findLongQuestion(bmc);
      await beginAnswer(bmc, question);
      for (let sent = 0; sent < 3; sent++) {
        if (await bmc.probe()) continue;
        bmc.broken(
          "LPC-BUF-8",
          "with a packet of its long answer outstanding, the host gives no Rx Complete for a packet of the BMC",
          "Rx Complete waits for nothing that is done with packets",
        );
      }
      bmc.release();
      const isWhole = await bmc.serveUntil(() => bmc.messages.find(question.isAnswer), bmc.surroundings.patience);
      if (isWhole !== undefined) return;
      bmc.broken(
        "LPC-BUF-7",
        "behind an Rx Complete that came late, a long answer is not continued",
        "behind Rx Complete the buffer is the host's again, and the next packet follows",
      );
    },
  },
];

/** A packet of a long answer. */
function isOfAnswer({ bytes }: SeenPacket): boolean {
  return bytes.length > HEADER_BYTES && (bytes[3]! & TAG_AND_OWNER) === LONG_TAG;
}

/** Has the host answer at length, takes the first packet of it, and withholds the Rx Complete of the second. */
async function beginAnswer(bmc: PlayedBmc, question: LongQuestion): Promise<void> {
  const { sendsMtu } = bmc.session ?? bmc.notTestable("the host has left its session");
  const since = bmc.packets.length;
  const count = (): number => bmc.packets.slice(since).filter(isOfAnswer).length;
  await sendLong(bmc, question.request(LONG), sendsMtu);
  await bmc.serveUntil(() => count() > 0);
  bmc.withholds = true;
  await bmc.serveUntil(() => bmc.isHeld);
  if (count() === 0) bmc.notTestable("the host answers no message of several packets");
  if (bmc.messages.some(question.isAnswer)) bmc.notTestable("the whole answer came at once");
}

/** Packets of one message, as a receiver needs them. */
function judgeAnswer(bmc: PlayedBmc, packets: readonly SeenPacket[], isWhole: boolean): void {
  if (packets.length === 0) bmc.notTestable("the host answers no message of several packets");
  const { receivesMtu } = bmc.session ?? bmc.notTestable("the host has left its session");
  const units = packets.map(({ bytes }) => bytes.length - HEADER_BYTES);
  const largest = Math.max(...units);
  if (largest > receivesMtu) {
    bmc.shown(
      "LPC-BUF-9",
      `a packet has ${String(largest)} payload bytes, the MTU is ${String(receivesMtu)}`,
      "no more payload bytes than the MTU of the direction",
    );
  }
  const middle = units.slice(0, -1);
  const small = middle.find((unit) => unit < BTU);
  if (small !== undefined) {
    bmc.shown(
      "LPC-MCTP-18",
      `a packet that is not the last of its message has ${String(small)} payload bytes`,
      "no packet below 64 but the last of a message",
    );
  }
  const first = middle[0] ?? largest;
  if (middle.some((unit) => unit !== first) || units.at(-1)! > first) {
    bmc.shown(
      "DSP0236",
      `the packets of a message have ${units.join(", ")} payload bytes`,
      "all but the last have one size, and the last is no larger",
    );
  }
  const numbers = packets.map(({ bytes }) => (bytes[3]! >> 4) & 3);
  const begin = numbers[0] ?? 0;
  if (numbers.some((number, at) => number !== ((begin + at) & 3))) {
    bmc.shown(
      "DSP0236",
      `the packets of a message have the sequence numbers ${numbers.join(", ")}`,
      "each is one more than the one before, modulo 4",
    );
  }
  const marks = packets.map(({ bytes }) => bytes[3]! & (SOM | EOM));
  if (
    marks.some((mark, at) => ((mark & SOM) !== 0) !== (at === 0) || ((mark & EOM) !== 0 && at !== marks.length - 1))
  ) {
    bmc.shown(
      "DSP0236",
      `of ${String(marks.length)} packets of a message ${String(marks.filter((mark) => (mark & SOM) !== 0).length)} have SOM, and ${String(marks.filter((mark) => (mark & EOM) !== 0).length)} EOM`,
      "SOM in the first packet of a message, EOM in the last, and in no other",
    );
  }
  if (isWhole) return;
  bmc.broken(
    "DSP0236",
    `${String(packets.length)} packets of an answer come, and no last one in ${String(LONG_PATIENCE * bmc.surroundings.patience)} ms`,
    "the last packet of a message has EOM",
  );
}
