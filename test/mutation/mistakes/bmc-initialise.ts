/** Mistakes in how the BMC answers Initialise, and in what it writes to STR: B3 of the specification's tables. */
import { explored, type Mistake, offBus, onBus, tested } from "../mistake.ts";
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

const BMC = "test/bmc";
const NO_FAULT = "deployed host: F1: no fault, no clock";

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
  {
    name: "bmc-keeps-tx-begin",
    text: "a Tx Begin that waits outlives Initialise and goes out in the next session",
    breaks: ["LPC-BMC-4", "B3.3"],
    bus: onBus(["LPC-BMC-4"], "Tx Begin in a session in which no packet was written"),
    does: takenOver('if (earlier?.transmit === "beginPending") (@state.channel as any).transmit = "beginPending";'),
    noticedBy: explored("killed"),
  },
  {
    name: "bmc-keeps-rx-complete",
    text: "an Rx Complete that is owed outlives Initialise and goes out in the next session",
    breaks: ["LPC-BMC-4", "B3.3"],
    bus: onBus(["LPC-BMC-4"], "Rx Complete in a session in which no Tx Begin was read"),
    does: takenOver("if (earlier?.rxCompleteOwed === true) @state.channel.rxCompleteOwed = true;"),
    noticedBy: explored("killed"),
  },
  {
    name: "bmc-keeps-outstanding",
    text: "a packet whose Rx Complete never came counts as under way in the next session",
    breaks: ["LPC-BMC-4", "B3.3"],
    bus: offBus("a packet that is never sent is not on the bus"),
    does: takenOver('if (earlier?.transmit === "outstanding") (@state.channel as any).transmit = "outstanding";'),
    noticedBy: explored("killed"),
  },
  {
    name: "bmc-sends-on-after-initialise",
    text: "a packet that waited when its session ended goes out in the next one",
    breaks: ["LPC-BMC-4", "LPC-MCTP-6", "B3.3", "F19"],
    bus: onBus(["LPC-MCTP-6", "LPC-BMC-4"], "the first packet of a session is no first packet of a message"),
    does: takenOver("if (earlier?.outgoing !== undefined) @state.channel.outgoing = earlier.outgoing;"),
    noticedBy: explored("killed-2+2"),
  },

  /* ---- B3.4 to B3.8: layout, negotiated_ver, STR, dummy ---- */
  {
    name: "bmc-reads-fields-before-status",
    text: "the region is read before STR is looked at, not behind it",
    breaks: ["LPC-BMC-9", "LPC-BMC-4", "LPC-BMC-13", "B3.1", "B3.4"],
    bus: onBus(["LPC-BMC-9", "LPC-BMC-13"], "no read of STR between Initialise and the region"),
    does: [moveBefore(call("bmc", "initialise", "Uint8Array"), "B3.2"), moveBefore("B3.4", "B3.2")],
    noticedBy: tested(BMC, "LPC-BMC-4"),
    unseen: "a reset is seen by a look at STR before or behind the reading",
  },
  {
    name: "bmc-sets-status-before-layout",
    text: "Channel Active is set before layout and negotiated_ver are written",
    breaks: ["LPC-BMC-4", "B3.5", "B3.7"],
    bus: onBus(["LPC-BMC-4"], "the layout is written behind Channel Active"),
    does: [
      leaveOut("B3.7"),
      before("B3.5", 'if (@{negotiate}.version !== 0) @bus.writeStatus("B3.7", SESSION_BITS | KEEP_OBF);'),
    ],
    noticedBy: tested(BMC, "LPC-BMC-4"),
    unseen: "this host judges behind the fences (LPC-HOST-6)",
  },
  {
    name: "bmc-sets-status-before-version",
    text: "Channel Active is set before negotiated_ver is written",
    breaks: ["LPC-BMC-4", "B3.6", "B3.7"],
    bus: onBus(["LPC-BMC-4"], "negotiated_ver is written behind Channel Active"),
    does: [
      leaveOut("B3.7"),
      before("B3.6", 'if (@{negotiate}.version !== 0) @bus.writeStatus("B3.7", SESSION_BITS | KEEP_OBF);'),
    ],
    noticedBy: tested(BMC, "LPC-BMC-4"),
    unseen: "this host judges behind the fences (LPC-HOST-6)",
  },
  {
    name: "bmc-writes-version-before-layout",
    text: "negotiated_ver is written before the layout",
    breaks: ["LPC-BMC-4", "LPC-BMC-13", "B3.5", "B3.6"],
    bus: onBus(["LPC-BMC-4"], "negotiated_ver is written before the layout"),
    does: [swap("B3.5", "B3.6")],
    noticedBy: tested(BMC, "LPC-BMC-4"),
    unseen: "no host reads either before STR tells it to",
  },
  {
    name: "bmc-answers-in-silence",
    text: "no dummy tells of the answer",
    breaks: ["LPC-BMC-4", "B4.1"],
    bus: onBus(["LPC-BMC-4"], "no dummy follows the answer"),
    does: [leaveOut(sets("bmc", "initialise", "dummyPending"))],
    noticedBy: [...explored(NO_FAULT), ...tested(BMC, "LPC-BMC-4")],
  },
  {
    name: "bmc-tells-before-answer",
    text: "the dummy is written before STR",
    breaks: ["LPC-BMC-4", "B3.7", "B4.1"],
    bus: onBus(["LPC-BMC-4"], "the dummy stands before STR, and none behind it"),
    does: [
      before(
        "B3.7",
        'const isTold = (@bus.readStatus("B2.2") & Status.OBF) === 0; if (isTold) @bus.writeOdr("B4.1", Command.DUMMY);',
      ),
      after("B3.7", "@state.dummyPending = !isTold;"),
    ],
    noticedBy: [...explored(NO_FAULT), ...tested(BMC, "LPC-BMC-4")],
  },
  {
    name: "bmc-reads-fence-before-answer",
    text: "IDR is read again before the Initialise is carried out: the fence proves nothing",
    breaks: ["LPC-BMC-3", "B2.5", "B3.4"],
    bus: onBus(["LPC-BMC-3"], "IDR is read between Initialise and its answer"),
    does: [before("B3.4", 'if ((@bus.readStatus("B2.2") & Status.IBF) !== 0) @bus.readIdr("B2.5");')],
    noticedBy: [...explored("v3-d1", "killed"), ...tested(BMC, "LPC-BMC-3")],
  },

  /* ---- What stands in STR and region ---- */
  {
    name: "bmc-clears-obf-with-answer",
    text: "STR is written with bit 0 clear when a channel is opened: an unread byte is lost",
    breaks: ["LPC-KCS-3", "B3.7", "F22"],
    bus: onBus(["LPC-KCS-3"], "bit 0 of a value written to STR is 0"),
    does: [access("B3.7", "value", "SESSION_BITS")],
    noticedBy: [...explored("v3", "spurious"), ...tested(BMC, "LPC-KCS-3")],
  },
  {
    name: "bmc-clears-obf-at-start",
    text: "STR is written with bit 0 clear at the start: an unread byte is lost",
    breaks: ["LPC-KCS-3", "B1.1"],
    bus: onBus(["LPC-KCS-3"], "bit 0 of a value written to STR is 0"),
    does: [access("B1.1", "value", "0")],
    noticedBy: explored("killed"),
  },
  {
    name: "bmc-sets-reserved-bits",
    text: "a bit of STR without meaning is written as 1",
    breaks: ["LPC-KCS-7", "B3.7"],
    bus: onBus(["LPC-KCS-7"], "bits 5 to 1 of a value written to STR are not 0"),
    does: [access("B3.7", "value", "@it | 0x04")],
    noticedBy: explored("v3"),
  },
  {
    name: "bmc-refuses-with-channel-active",
    text: "Channel Active is set with a refusal, too",
    breaks: ["LPC-VER-2", "B3.8"],
    bus: onBus(["LPC-VER-2"], "Channel Active is set with negotiated_ver 0"),
    does: [access("B3.8", "value", "SESSION_BITS | KEEP_OBF")],
    noticedBy: explored("refused"),
  },
  {
    name: "bmc-writes-proposal-back",
    text: "the answer writes the host's version fields, too, as they were read: a newer proposal is overwritten",
    breaks: ["LPC-REG-3", "B3.5", "F21"],
    bus: onBus(["LPC-REG-3"], "the host versions are written behind the start"),
    does: [
      before(
        "B3.5",
        '@bus.writeWindow("B3.5", Field.hostVersionMin, @{Uint8Array}, Field.hostVersionMin, Field.negotiatedVersion);',
      ),
    ],
    noticedBy: explored("v3"),
  },
  {
    name: "bmc-refuses-with-small-layout",
    text: "a refusal leaves a small layout, from which the next proposal starts",
    breaks: ["LPC-MTU-8", "B3.5"],
    bus: onBus(["LPC-MTU-8"], "the layout of a refusal is not the offer"),
    does: [
      instead(
        returning("bmc", "negotiate", "versionRefused"),
        'return { version: 0, layout: @1.layout, closure: "versionRefused" };',
      ),
    ],
    noticedBy: tested(BMC, "LPC-MTU-8"),
  },
  {
    name: "bmc-closes-with-small-layout",
    text: "a close leaves the layout of the session before",
    breaks: ["LPC-MTU-8", "B3.5"],
    bus: onBus(["LPC-MTU-8"], "the layout behind a close is not the offer"),
    does: [
      instead(
        returning("bmc", "negotiate", "closedByHost"),
        'return { version: 0, layout: @1.layout, closure: "closedByHost" };',
      ),
    ],
    noticedBy: tested(BMC, "LPC-MTU-8"),
  },
  {
    name: "bmc-takes-tiny-buffers",
    text: "an rx_size below what the BTU needs is taken",
    breaks: ["LPC-MTU-7", "B3.4"],
    bus: onBus(["LPC-MTU-7"], "an rx_size below the BTU's is accepted"),
    does: [never(returning("bmc", "negotiate", "mtuRefused"), "bufferBytes")],
    noticedBy: tested(BMC, "LPC-MTU-7"),
  },
  {
    name: "bmc-grants-what-is-asked",
    text: "the BMC's own MTU does not bound the answer",
    breaks: ["LPC-MTU-4", "B3.5"],
    bus: onBus(["LPC-MTU-4"], "the sizes of the answer are above those of the offer"),
    does: [instead(call("bmc", "negotiate", "min"), "@{mtuOfBuffer}")],
    noticedBy: [...tested(BMC, "LPC-MTU-4"), ...explored("smaller-mtu")],
  },
  {
    name: "bmc-offers-overlapping-buffers",
    text: "both buffers of the offer begin behind the control region",
    breaks: ["LPC-MTU-5", "B1.6", "B3.5"],
    bus: onBus(["LPC-MTU-5"], "the buffers of the offer overlap"),
    does: [instead(entry("binding", "offeredLayout", "hostToBmc"), "({ ...(@it), offset: CONTROL_REGION_BYTES })")],
    noticedBy: explored("v3", "v2"),
  },
  {
    name: "bmc-moves-buffers",
    text: "the offsets follow the negotiated MTU",
    breaks: ["LPC-MTU-9", "B3.5"],
    bus: onBus(["LPC-MTU-9"], "the offsets of the answer are not those of the offer"),
    does: [instead(nth(call("bmc", "negotiate", "resizedLayout"), 1), "offeredLayout(@{negotiateVersion}, @{min})")],
    noticedBy: tested(BMC, "LPC-MTU-9", "LPC-MTU-4"),
  },
];
