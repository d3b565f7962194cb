/** Mistakes in how the BMC answers Initialise, and in what it writes to STR: B3 of the specification's tables. */
import { mistake, type Mistake, offBus, unseen } from "../mistake.ts";
import {
  access,
  after,
  before,
  instead,
  leaveOut,
  moveBefore,
  never,
  swap,
  type Operator,
} from "../operators/operators.ts";
import { call, entry, nth, returning, sets } from "../operators/places.ts";

/** Something of the session before is taken over into the next one. */
function takenOver(what: string): readonly Operator[] {
  return [
    before(
      sets("bmc", "endSession", "channel"),
      "if (@state.channel !== undefined) (@state as any).earlier = @state.channel;",
    ),
    after(
      sets("bmc", "initialise", "channel"),
      `const earlier = (@state as any).earlier; delete (@state as any).earlier; ${what}`,
    ),
  ];
}

export const BMC_INITIALISE: readonly Mistake[] = [
  /* ---- B3.3: the old session is forgotten ---- */
  mistake(
    "bmc-keeps-tx-begin: a Tx Begin that waits outlives Initialise and goes out in the next session",
    "LPC-BMC-4* B3.3 | killed | shown by walk/deployed-host-F1-a-BMC-of-version-2-one-kill/1",
    ...takenOver('if (earlier?.transmit === "beginPending") (@state.channel as any).transmit = "beginPending";'),
  ),
  mistake(
    "bmc-keeps-rx-complete: an Rx Complete that is owed outlives Initialise and goes out in the next session",
    "LPC-BMC-4* B3.3 | killed | shown by bmc/initialise-behind-packet",
    ...takenOver("if (earlier?.rxCompleteOwed === true) @state.channel.rxCompleteOwed = true;"),
  ),
  mistake(
    "bmc-keeps-outstanding: a packet whose Rx Complete never came counts as under way in the next session",
    "LPC-BMC-4 B3.3 | killed | shown by bmc/initialise-behind-packet",
    ...takenOver('if (earlier?.transmit === "outstanding") (@state.channel as any).transmit = "outstanding";'),
    offBus("a packet that is never sent is not on the bus"),
  ),
  mistake(
    "bmc-sends-on-after-initialise: a packet that waited when its session ended goes out in the next one",
    "LPC-BMC-4* LPC-MCTP-6* B3.3 F19 | killed-2+2 | shown by pair/killed/host/d0",
    ...takenOver("if (earlier?.outgoing !== undefined) @state.channel.outgoing = earlier.outgoing;"),
  ),

  /* ---- B3.4 to B3.8: layout, negotiated_ver, STR, dummy ---- */
  mistake(
    "bmc-reads-fields-before-status: the region is read before STR is looked at, not behind it",
    "LPC-BMC-9* LPC-BMC-4 LPC-BMC-13* B3.1 B3.4 | test/bmc LPC-BMC-4 | shown by pair/start/1-1/1-1",
    moveBefore(call("bmc", "initialise", "Uint8Array"), "B3.2"),
    moveBefore("B3.4", "B3.2"),
    unseen("a reset is seen by a look at STR before or behind the reading"),
  ),
  mistake(
    "bmc-sets-status-before-layout: Channel Active is set before layout and negotiated_ver are written",
    "LPC-BMC-4* B3.5 B3.7 | test/bmc LPC-BMC-4 | shown by pair/start/1-1/1-1",
    leaveOut("B3.7"),
    before("B3.5", 'if (@{negotiate}.version !== 0) @bus.writeStatus("B3.7", SESSION_BITS | KEEP_OBF);'),
    unseen("this host judges behind the fences (LPC-HOST-6)"),
  ),
  mistake(
    "bmc-sets-status-before-version: Channel Active is set before negotiated_ver is written",
    "LPC-BMC-4* B3.6 B3.7 | test/bmc LPC-BMC-4 | shown by pair/start/1-1/1-1",
    leaveOut("B3.7"),
    before("B3.6", 'if (@{negotiate}.version !== 0) @bus.writeStatus("B3.7", SESSION_BITS | KEEP_OBF);'),
    unseen("this host judges behind the fences (LPC-HOST-6)"),
  ),
  mistake(
    "bmc-writes-version-before-layout: negotiated_ver is written before the layout",
    "LPC-BMC-4* LPC-BMC-13 B3.5 B3.6 | test/bmc LPC-BMC-4 | shown by pair/start/1-1/1-1",
    swap("B3.5", "B3.6"),
    unseen("no host reads either before STR tells it to"),
  ),
  mistake(
    "bmc-answers-in-silence: no dummy tells of the answer",
    "LPC-BMC-4* B4.1 | deployed host: F1: no fault, no clock | test/bmc LPC-BMC-4 | shown by pair/start/1-1/1-1",
    leaveOut(sets("bmc", "initialise", "dummyPending")),
  ),
  mistake(
    "bmc-tells-before-answer: the dummy is written before STR",
    "LPC-BMC-4* B3.7 B4.1 | deployed host: F1: no fault, no clock | test/bmc LPC-BMC-4 | shown by pair/start/1-1/1-1",
    before(
      "B3.7",
      'const isTold = (@bus.readStatus("B2.2") & Status.OBF) === 0; if (isTold) @bus.writeOdr("B4.1", Command.DUMMY);',
    ),
    after("B3.7", "@state.dummyPending = !isTold;"),
  ),
  mistake(
    "bmc-reads-fence-before-answer: IDR is read again before the Initialise is carried out: the fence proves nothing",
    "LPC-BMC-3* B2.5 B3.4 | v3-d1 | killed | test/bmc LPC-BMC-3 | shown by pair/killed/bmc/d1",
    before("B3.4", 'if ((@bus.readStatus("B2.2") & Status.IBF) !== 0) @bus.readIdr("B2.5");'),
  ),

  /* ---- What stands in STR and region ---- */
  mistake(
    "bmc-clears-obf-with-answer: STR is written with bit 0 clear when a channel is opened: an unread byte is lost",
    "LPC-KCS-3* B3.7 F22 | v3 | spurious | test/bmc LPC-KCS-3 | shown by pair/start/1-1/1-1",
    access("B3.7", "value", "SESSION_BITS"),
  ),
  mistake(
    "bmc-clears-obf-at-start: STR is written with bit 0 clear at the start: an unread byte is lost",
    "LPC-KCS-3* B1.1 | killed | shown by pair/start/1-1/1-1",
    access("B1.1", "value", "0"),
  ),
  mistake(
    "bmc-sets-reserved-bits: a bit of STR without meaning is written as 1",
    "LPC-KCS-7* B3.7 | v3 | shown by pair/start/1-1/1-1",
    access("B3.7", "value", "@it | 0x04"),
  ),
  mistake(
    "bmc-refuses-with-channel-active: Channel Active is set with a refusal, too",
    "LPC-VER-2* B3.8 | refused | shown by pair/start/1-1/1-1",
    access("B3.8", "value", "SESSION_BITS | KEEP_OBF"),
  ),
  mistake(
    "bmc-writes-proposal-back: the answer writes the host's version fields, too, as they were read: a newer proposal is overwritten",
    "LPC-REG-3* B3.5 F21 | v3 | shown by pair/start/1-1/1-1",
    before(
      "B3.5",
      '@bus.writeWindow("B3.5", Field.hostVersionMin, @{Uint8Array}, Field.hostVersionMin, Field.negotiatedVersion);',
    ),
  ),
  mistake(
    "bmc-refuses-with-small-layout: a refusal leaves a small layout, from which the next proposal starts",
    "LPC-MTU-8* B3.5 | test/bmc LPC-MTU-8 | shown by bmc/versions/2-2",
    instead(
      returning("bmc", "negotiate", "versionRefused"),
      'return { version: 0, layout: @1.layout, closeReason: "versionRefused" };',
    ),
  ),
  mistake(
    "bmc-closes-with-small-layout: a close leaves the layout of the session before",
    "LPC-MTU-8* B3.5 | test/bmc LPC-MTU-8 | shown by pair/start/1-1/1-2",
    instead(
      returning("bmc", "negotiate", "closedByHost"),
      'return { version: 0, layout: @1.layout, closeReason: "closedByHost" };',
    ),
  ),
  mistake(
    "bmc-takes-tiny-buffers: an rx_size below what the BTU needs is taken",
    "LPC-MTU-7* B3.4 | test/bmc LPC-MTU-7 | shown by bmc/sizes/v2",
    never(returning("bmc", "negotiate", "mtuRefused"), "bufferBytes"),
  ),
  mistake(
    "bmc-grants-what-is-asked: the BMC's own MTU does not bound the answer",
    "LPC-MTU-4* B3.5 | test/bmc LPC-MTU-4 | smaller-mtu | shown by pair/start/1-2/1-3",
    instead(call("bmc", "negotiate", "min"), "@{mtuOfBuffer}"),
  ),
  mistake(
    "bmc-offers-overlapping-buffers: both buffers of the offer begin behind the control region",
    "LPC-MTU-5* LPC-MTU-10 B1.6 B3.5 | v3 | v2 | shown by pair/start/1-1/1-1",
    instead(entry("binding", "offeredLayout", "hostToBmc"), "({ ...(@it), offset: CONTROL_REGION_BYTES })"),
  ),
  mistake(
    "bmc-moves-buffers: the offsets follow the negotiated MTU",
    "LPC-MTU-9* B3.5 | test/bmc LPC-MTU-9 LPC-MTU-4 | shown by pair/start/1-2/1-2",
    instead(nth(call("bmc", "negotiate", "resizedLayout"), 1), "offeredLayout(@{negotiateVersion}, @{min})"),
  ),
];
