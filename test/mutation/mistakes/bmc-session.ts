/** Mistakes in the BMC's service: B2, B4 and B5 of the specification's tables. */
import { explored, type Mistake, offBus, onBus, tested } from "../mistake.ts";
import { after, always, argument, asks, before, instead, leaveOut, moveBefore } from "../operators/operators.ts";
import { call, nth, returning, sets, source } from "../operators/places.ts";

const BMC = "test/bmc";
const HOST_KILLED = "deployed host: F1, F2, F17, U1: one kill of either side";
const NO_FAULT = "deployed host: F1: no fault, no clock";

/** The packet that a Tx Begin has been written for, and that is not in the buffer yet. */
const WRITE_LATE =
  'if ((@channel as any)?.late !== undefined && @channel.transmit === "outstanding") {' +
  "const late = (@channel as any).late; delete (@channel as any).late;" +
  'sendPacket(@bus, "B5.1", "B5.2", "B5.3", { ...@channel, transmit: "idle" }, late, ' +
  "@channel.session.layout.bmcToHost, @tools, @now); }";

export const BMC_SESSION: readonly Mistake[] = [
  /* ---- B2.1 and B5: the packet before its Tx Begin ---- */
  {
    name: "bmc-begins-before-packet",
    text: "Tx Begin is written before the packet",
    breaks: ["LPC-BMC-13", "LPC-BUF-7", "B4.3", "B5.1", "B5.2", "B5.3"],
    bus: onBus(["LPC-BUF-7", "LPC-BMC-13"], "Tx Begin stands before the writes of the buffer"),
    does: [
      before("B5.1", "(@channel as any).late = { ...@3 };"),
      argument("B5.1", 0, "({ writeWindow: () => undefined })"),
      after("B2.4", WRITE_LATE),
      after("B2.10", WRITE_LATE),
    ],
    noticedBy: explored("one-way-up"),
  },
  {
    name: "bmc-writes-under-way",
    text: "the next packet is written while the last one is under way",
    breaks: ["LPC-BUF-7", "B2.1"],
    bus: onBus(["LPC-BUF-7"], "the buffer is written while its packet is outstanding"),
    does: [before("B5.1", '(@channel as any).transmit = "idle";'), always("B5.1", "transmit")],
    noticedBy: explored("one-way-up"),
  },

  /* ---- B2.2, B2.4 and B4: what is written ---- */
  {
    name: "bmc-writes-before-reading",
    text: "what waits for ODR is written before a command in IDR is read",
    breaks: ["LPC-BMC-3", "B2.2", "B2.4", "B2.5"],
    bus: onBus(["LPC-BMC-3"], "ODR is written behind an STR that shows IBF = 1"),
    does: [
      before(
        "B2.5",
        "if ((@{B2.2} & Status.OBF) === 0 && " +
          "(@state.dummyPending || (@channel !== undefined && commandToWrite(@channel) !== undefined)))" +
          '{ writeWaitingByte(@bus, @state, @channel, @{B2.2}); return "again"; }',
      ),
    ],
    noticedBy: explored(HOST_KILLED),
  },
  {
    name: "bmc-writes-over-full-odr",
    text: "bytes that wait do not wait for OBF = 0: a dummy overwrites the one before it",
    breaks: ["LPC-KCS-2", "B2.4", "F22"],
    bus: onBus(["LPC-KCS-2"], "ODR is written behind an STR that shows OBF = 1"),
    does: [argument("B2.4", 3, "0")],
    noticedBy: explored("v3"),
  },
  {
    name: "bmc-writes-over-full-odr-behind-packet",
    text: "Rx Complete does not wait for OBF = 0 in the round that read the packet",
    breaks: ["LPC-KCS-2", "B2.10"],
    bus: onBus(["LPC-KCS-2"], "ODR is written behind an STR that shows OBF = 1"),
    does: [argument("B2.10", 3, "0")],
    noticedBy: explored("v3"),
  },
  {
    name: "bmc-begins-before-dummy",
    text: "Tx Begin goes before a dummy that waits: a deployed host refuses it",
    breaks: ["LPC-KCS-6", "B4.1", "B4.3", "F1"],
    bus: onBus(["LPC-KCS-6"], "Tx Begin is the first byte behind the answer, the dummy the second"),
    does: [asks("B4.1", "dummyPending", '@it && @channel?.transmit !== "beginPending"')],
    noticedBy: [...explored(NO_FAULT), ...tested(BMC, "LPC-KCS-6")],
  },
  {
    name: "bmc-completes-before-dummy",
    text: "Rx Complete goes before a dummy that waits",
    breaks: ["LPC-KCS-6", "B4.1", "B4.2"],
    bus: onBus(["LPC-KCS-6"], "Rx Complete is written before the dummy that waits"),
    does: [asks("B4.1", "dummyPending", "@it && @channel?.rxCompleteOwed !== true")],
    noticedBy: tested(BMC, "LPC-KCS-6"),
    unseen: "this host looks at STR behind any byte",
  },
  {
    name: "bmc-always-begins-first",
    text: "Tx Begin goes before an Rx Complete that is owed, every time",
    breaks: ["LPC-KCS-6", "LPC-KCS-12", "B4.2", "B4.3"],
    bus: onBus(["LPC-KCS-6", "LPC-KCS-12"], "Tx Begin is written though Rx Complete is owed and no turn has passed"),
    does: [
      instead(
        call("bmc", "writeWaitingByte", "commandToWrite"),
        '(@channel.transmit === "beginPending" ? "txBegin" : @it)',
      ),
    ],
    noticedBy: tested(BMC, "LPC-KCS-6", "LPC-KCS-12"),
    unseen: "a side has one Tx Begin under way: the Rx Complete that waits goes before the next one",
  },
  {
    name: "bmc-always-completes-first",
    text: "Rx Complete goes before a Tx Begin that waits, every time: a host that streams keeps the BMC waiting",
    breaks: ["LPC-KCS-12", "B4.2", "B4.3"],
    bus: onBus(["LPC-KCS-12"], "a second Rx Complete is written while a packet waits for its Tx Begin"),
    does: [
      instead(call("bmc", "writeWaitingByte", "commandToWrite"), '(@channel.rxCompleteOwed ? "rxComplete" : @it)'),
    ],
    noticedBy: [...explored("v3-many", "v3"), ...tested(BMC, "LPC-KCS-12")],
  },
  {
    name: "bmc-never-reports-stall",
    text: "a packet whose Rx Complete never comes is not reported",
    breaks: ["LPC-TIME-3", "B2.4", "F15"],
    bus: offBus("a report to the layers above: the accesses are the same"),
    does: [leaveOut(call("bmc", "serviceCommands", "reportStall"))],
    noticedBy: tested(BMC, "LPC-TIME-3"),
  },

  /* ---- B2.6 and B2.7: the packet ---- */
  {
    name: "bmc-completes-before-reading",
    text: "Rx Complete is written before the packet is read",
    breaks: ["LPC-BMC-3", "LPC-BUF-6", "B2.6", "B2.7", "B4.2"],
    bus: onBus(["LPC-BUF-6", "LPC-BMC-3"], "Rx Complete stands before the reads of the packet"),
    does: [
      before(
        "B2.6",
        "const early = (@{B2.2} & Status.OBF) === 0 && !@state.dummyPending;" +
          'if (early) @bus.writeOdr("B4.2", Command.RX_COMPLETE);',
      ),
      after("B2.6", "if (early) @channel.rxCompleteOwed = false;"),
    ],
    noticedBy: explored("one-way-down"),
  },
  {
    name: "bmc-answers-no-bad-packet",
    text: "a wrong CRC-32 or length is not answered: the sender waits for good",
    breaks: ["LPC-BUF-4", "LPC-BUF-5", "B2.6", "B2.7", "F7"],
    bus: onBus(["LPC-BUF-4", "LPC-BUF-5"], "no Rx Complete follows a damaged packet"),
    does: [after("B2.6", "@channel.rxCompleteOwed = @{B2.6};")],
    noticedBy: tested("test/core/binding", "LPC-BUF-5"),
  },
  {
    name: "bmc-takes-tx-begin-while-owing",
    text: "a Tx Begin while Rx Complete is owed is obeyed",
    breaks: ["LPC-ERR-1", "B2.6"],
    bus: onBus(["LPC-ERR-1"], "the length is read a second time while Rx Complete is owed"),
    does: [always("B2.6", "rxCompleteOwed")],
    noticedBy: tested(BMC, "LPC-ERR-1"),
  },

  /* ---- B2.8 to B2.12: a look behind the packet ---- */
  {
    name: "bmc-does-not-look-behind-packet",
    text: "IBF is not looked at behind a packet: what is handed on may have been written again meanwhile",
    breaks: ["LPC-BMC-6", "B2.8", "B2.10"],
    bus: onBus(["LPC-BMC-6"], "no read of STR between the packet and its Rx Complete, or IDR left unread"),
    does: [always("B2.10", "Status.IBF")],
    noticedBy: explored(HOST_KILLED),
  },
  {
    name: "bmc-looks-before-reading",
    text: "STR is read before the packet, not behind it",
    breaks: ["LPC-BMC-6", "B2.6", "B2.7", "B2.8"],
    bus: onBus(["LPC-BMC-6"], "no read of STR between the packet and its Rx Complete"),
    does: [moveBefore("B2.8", "B2.6")],
    noticedBy: explored(HOST_KILLED),
  },
  {
    name: "bmc-hands-on-before-looking",
    text: "a packet is handed on before STR is read behind it",
    breaks: ["LPC-BMC-6", "B2.8"],
    bus: offBus("what is handed on, and when, is not on the bus"),
    does: [
      leaveOut(nth(sets("bmc", "serviceCommands", "packetsReceived"), 1)),
      leaveOut(nth(sets("bmc", "serviceCommands", "packetsReceived"), 0)),
      after("B2.6", "if (@{B2.6}) @state.counters.packetsReceived++;"),
    ],
    noticedBy: explored(HOST_KILLED),
  },
  {
    name: "bmc-hands-on-before-initialise",
    text: "a packet is handed on though an Initialise came while it was read",
    breaks: ["LPC-BMC-6", "B2.12"],
    bus: offBus("what is handed on is not on the bus"),
    does: [always(nth(sets("bmc", "serviceCommands", "packetsReceived"), 1), "Command.INITIALISE")],
    noticedBy: explored(HOST_KILLED),
  },
  {
    name: "bmc-loses-byte-behind-packet",
    text: "the command that came while a packet was read is not handled",
    breaks: ["LPC-BMC-4", "LPC-BMC-6", "B2.11"],
    bus: onBus(["LPC-BMC-6", "LPC-BMC-4"], "an Initialise is read behind a packet and not answered"),
    does: [instead("B2.11", "(@it, @{B2.5})")],
    noticedBy: explored("v3"),
  },

  /* ---- B2.13 to B2.17: commands ---- */
  {
    name: "bmc-ignores-initialise-in-session",
    text: "an Initialise in a session is passed over",
    breaks: ["LPC-BMC-4", "B2.13"],
    bus: onBus(["LPC-BMC-4"], "an Initialise is read and not answered"),
    does: [instead(call("bmc", "serviceCommands", "initialise"), '(@channel !== undefined ? "again" : @it)')],
    noticedBy: explored("killed"),
  },
  {
    name: "bmc-forgets-to-go-on",
    text: "behind an Rx Complete the round ends though there is more to send",
    breaks: ["LPC-KCS-10", "B2.14"],
    bus: offBus("the same accesses, later: the bus does not tell when a packet was handed over"),
    does: [instead(returning("bmc", "serviceCommands", "dummyPending"), 'return "waiting";')],
    noticedBy: explored("v3"),
  },
  {
    name: "bmc-takes-any-rx-complete",
    text: "an Rx Complete that nothing is outstanding for frees the buffer",
    breaks: ["LPC-BUF-7", "LPC-ERR-2", "B2.14"],
    bus: onBus(
      ["LPC-ERR-2", "LPC-BUF-7"],
      "behind an Rx Complete that answers nothing, the next packet is written over the one that waits",
    ),
    does: [
      asks("B2.14", "outstanding", '@channel !== undefined && @channel.transmit !== "idle"'),
      before("B2.14", '(@channel as any).transmit = "outstanding";'),
    ],
    noticedBy: tested(BMC, "LPC-ERR-2"),
  },
  {
    name: "bmc-serves-closed-channel",
    text: "packets are taken after a close or a refusal, as those of the session before",
    breaks: ["LPC-BMC-5", "LPC-BMC-8", "LPC-ERR-1", "B2.15", "F10"],
    bus: onBus(["LPC-BMC-5", "LPC-BMC-8", "LPC-ERR-1"], "a packet is read outside a session"),
    does: [
      before(
        sets("bmc", "endSession", "channel"),
        "if (@state.channel !== undefined) (@state as any).earlier = @state.channel;",
      ),
      argument(nth(call("bmc", "serviceCommands", "isStatusReset"), 0), 0, "@state.channel"),
      argument(nth(call("bmc", "serviceCommands", "isStatusReset"), 1), 0, "@state.channel"),
      instead(source("bmc", "serviceCommands", "channel"), "({ channel: @state.channel ?? (@state as any).earlier })"),
    ],
    noticedBy: explored("killed"),
  },
  {
    name: "bmc-answers-without-session",
    text: "a Tx Begin outside a session is answered",
    breaks: ["LPC-BMC-5", "LPC-BMC-8", "LPC-ERR-1", "B2.15", "F10"],
    bus: onBus(["LPC-BMC-5", "LPC-BMC-8", "LPC-ERR-1"], "Rx Complete is written outside a session"),
    does: [
      after(
        sets("bmc", "serviceCommands", "txBeginUnexpected"),
        'if (@channel === undefined && (@bus.readStatus("B2.2") & Status.OBF) === 0) ' +
          '@bus.writeOdr("B4.2", Command.RX_COMPLETE);',
      ),
    ],
    noticedBy: tested(BMC, "LPC-BMC-5"),
    unseen: "this host sends no Tx Begin outside a session, and ignores the answer",
  },
  {
    name: "bmc-obeys-fence",
    text: "a fence is handled like an Initialise",
    breaks: ["LPC-BMC-13", "LPC-BMC-3", "B2.16"],
    bus: onBus(["LPC-BMC-3", "LPC-BMC-13"], "the region is read and answered behind a fence"),
    does: [after(sets("bmc", "serviceCommands", "fencesReceived"), "return initialise(@bus, @state, @config, @now);")],
    noticedBy: explored("v3"),
  },
  {
    name: "bmc-ends-for-unknown-byte",
    text: "an unknown byte is handled like an Initialise",
    breaks: ["LPC-KCS-4", "LPC-ERR-3", "B2.17"],
    bus: onBus(["LPC-KCS-4", "LPC-ERR-3"], "the region is read and answered behind an unknown byte"),
    does: [after(sets("bmc", "serviceCommands", "unknownCommand"), "return initialise(@bus, @state, @config, @now);")],
    noticedBy: tested(BMC, "LPC-KCS-4"),
  },
];
