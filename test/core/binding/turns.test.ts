/** Whose turn it is in an outbound register, whatever the peer does and whenever it does it. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { commandToWrite } from "../../../src/core/binding/channel.ts";
import { Command, Status } from "../../../src/core/binding/registers.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { AccessBus } from "../../../src/core/binding/access-bus.ts";
import { frameOf, packetOf, partsOf } from "../../support/frames.ts";
import { bmcInSession, hostInSession, OPEN } from "../../support/in-session.ts";

const NOW = millis(0);
const ROLES: readonly RoleName[] = ["host", "bmc"];

/** What a read of STR finds, and the byte that a read of the inbound register then takes. */
interface Look {
  readonly inboundFull: boolean;
  readonly outboundFull: boolean;
  readonly byte: number;
}

const looks: fc.Arbitrary<readonly Look[]> = fc.array(
  fc.record({
    inboundFull: fc.boolean(),
    outboundFull: fc.boolean(),
    byte: fc.constantFrom<number>(Command.TX_BEGIN, Command.TX_BEGIN, Command.RX_COMPLETE, Command.DUMMY),
  }),
  { minLength: 20, maxLength: 200 },
);

/** Runs rounds that find these looks, packets waiting at all times; gives the commands that were written. */
function run(role: RoleName, found: readonly Look[]): readonly number[] {
  const { side, receivesAt } = role === "host" ? hostInSession() : bmcInSession();
  const frame = frameOf(3, packetOf(20));
  const [inbound, outbound] = role === "host" ? [Status.OBF, Status.IBF] : [Status.IBF, Status.OBF];
  const written: number[] = [];
  let next = 0;
  let look: Look = { inboundFull: false, outboundFull: true, byte: Command.DUMMY };
  /** Rx Completes written since a Tx Begin waits. */
  let passedBy = 0;
  const bus = new AccessBus((access) => {
    switch (access.kind) {
      case "readStatus":
        look = found[next++] ?? { ...look, inboundFull: false };
        return OPEN | (look.inboundFull ? inbound : 0) | (look.outboundFull ? outbound : 0);
      case "readData":
        return look.byte;
      case "readWindow": {
        const from = access.offset - receivesAt;
        access.into.set(frame.subarray(from, from + access.length), access.at);
        return 0;
      }
      case "writeData": {
        const isWaiting = side.state.channel?.transmit === "beginPending";
        passedBy = access.value === Command.RX_COMPLETE && isWaiting ? passedBy + 1 : 0;
        expect(passedBy).toBeLessThanOrEqual(1);
        written.push(access.value);
        return 0;
      }
      default:
        return 0;
    }
  });
  while (next < found.length) {
    if (side.canOffer) side.offer(partsOf(packetOf(20)));
    const before = written.length;
    const progress = side.service(bus, NOW);
    side.takeReceived();
    if (progress === "waiting" && !look.outboundFull && written.length === before) {
      // A register that was seen empty stays so only where nothing waits for it.
      expect(commandToWrite(side.state.channel!)).toBeUndefined();
    }
  }
  return written;
}

describe("LPC-KCS-12 turns", () => {
  test.each(ROLES)(
    "LPC-KCS-6, LPC-KCS-12: the %s: one Rx Complete at most passes a waiting Tx Begin, and no turn is lost",
    (role) => {
      const commands = { [Command.TX_BEGIN]: 0, [Command.RX_COMPLETE]: 0 };
      fc.assert(
        fc.property(looks, (found) => {
          for (const command of run(role, found)) commands[command as keyof typeof commands]++;
        }),
        { numRuns: 300 },
      );
      expect(Math.min(...Object.values(commands))).toBeGreaterThan(300);
    },
  );
});
