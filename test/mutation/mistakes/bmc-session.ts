/** Mistakes in the BMC's service: B2, B4 and B5 of the specification's tables. */
import { mistake, type Mistake, offBus, unseen } from "../mistake.ts";
import { after, always, argument, asks, before, instead, leaveOut, moveBefore } from "../operators/operators.ts";
import { call, nth, returning, sets, source } from "../operators/places.ts";

/** The packet that a Tx Begin has been written for, and that is not in the buffer yet. */
const WRITE_LATE =
  'if ((@channel as any)?.late !== undefined && @channel.transmit === "outstanding") {' +
  "const late = (@channel as any).late; delete (@channel as any).late;" +
  'sendPacket(@bus, "B5.1", "B5.2", "B5.3", { ...@channel, transmit: "idle" }, late, ' +
  "@channel.session.layout.bmcToHost, @tools, @now); }";

export const BMC_SESSION: readonly Mistake[] = [
  /* ---- B2.1 and B5: the packet before its Tx Begin ---- */
  mistake(
    "bmc-begins-before-packet: Tx Begin is written before the packet",
    "LPC-BMC-13* LPC-BUF-7* B4.3 B5.1 B5.2 B5.3 | one-way-up | shown by pair/start/1-1/1-1",
    before("B5.1", "(@channel as any).late = { ...@3 };"),
    argument("B5.1", 0, "({ writeWindow: () => undefined })"),
    after("B2.4", WRITE_LATE),
    after("B2.10", WRITE_LATE),
  ),
  mistake(
    "bmc-writes-under-way: the next packet is written while the last one is under way",
    "LPC-BUF-7* B2.1 | one-way-up | shown by pair/start/1-1/1-1",
    before("B5.1", '(@channel as any).transmit = "idle";'),
    always("B5.1", "transmit"),
  ),

  /* ---- B2.2, B2.4 and B4: what is written ---- */
  mistake(
    "bmc-writes-before-reading: what waits for ODR is written before a command in IDR is read",
    "LPC-BMC-3* B2.2 B2.4 B2.5 | deployed host: F1, F2, F17, U1: one kill of either side | shown by pair/streams/v1/d0",
    before(
      "B2.5",
      "if ((@{B2.2} & Status.OBF) === 0 && " +
        "(@state.dummyPending || (@channel !== undefined && commandToWrite(@channel) !== undefined)))" +
        '{ writeWaitingByte(@bus, @state, @channel, @{B2.2}); return "again"; }',
    ),
  ),
  mistake(
    "bmc-writes-over-full-odr: bytes that wait do not wait for OBF = 0: a dummy overwrites the one before it",
    "LPC-KCS-2* B2.4 F22 | v3 | shown by pair/announcements-unread",
    argument("B2.4", 3, "0"),
  ),
  mistake(
    "bmc-writes-over-full-odr-behind-packet: Rx Complete does not wait for OBF = 0 in the round that read the packet",
    "LPC-KCS-2* B2.10 | v3 | shown by bmc/tx-begin-while-owing",
    argument("B2.10", 3, "0"),
  ),
  mistake(
    "bmc-begins-before-dummy: Tx Begin goes before a dummy that waits: a deployed host refuses it",
    "LPC-KCS-6* B4.1 B4.3 F1 | deployed host: F1: no fault, no clock | test/bmc LPC-KCS-6 | shown by bmc/packet-and-dummy",
    asks("B4.1", "dummyPending", '@it && @channel?.transmit !== "beginPending"'),
  ),
  mistake(
    "bmc-completes-before-dummy: Rx Complete goes before a dummy that waits",
    "LPC-KCS-6* B4.1 B4.2 | test/bmc LPC-KCS-6 | shown by bmc/dummy-waits",
    asks("B4.1", "dummyPending", "@it && @channel?.rxCompleteOwed !== true"),
    unseen("this host looks at STR behind any byte"),
  ),
  mistake(
    "bmc-always-begins-first: Tx Begin goes before an Rx Complete that is owed, every time",
    "LPC-KCS-6* LPC-KCS-12* B4.2 B4.3 | test/core/binding LPC-KCS-6 LPC-KCS-12 | shown by pair/streams/v1/d0",
    instead(
      call("bmc", "writeWaitingByte", "commandToWrite"),
      '(@channel.transmit === "beginPending" ? "txBegin" : @it)',
    ),
    unseen("a side has one Tx Begin under way: the Rx Complete that waits goes before the next one"),
  ),
  mistake(
    "bmc-always-completes-first: Rx Complete goes before a Tx Begin that waits, every time: a host that streams keeps the BMC waiting",
    "LPC-KCS-12* B4.2 B4.3 | v3-many | v3 | test/core/binding LPC-KCS-12 | shown by pair/streams/v1/d0",
    instead(call("bmc", "writeWaitingByte", "commandToWrite"), '(@channel.rxCompleteOwed ? "rxComplete" : @it)'),
  ),
  mistake(
    "bmc-never-reports-stall: a packet whose Rx Complete never comes is not reported",
    "LPC-TIME-3 B2.4 F15 | test/bmc LPC-TIME-3 | shown by bmc/stalled",
    leaveOut(call("bmc", "serviceCommands", "reportStall")),
    offBus("a report to the layers above: the accesses are the same"),
  ),

  /* ---- B2.6 and B2.7: the packet ---- */
  mistake(
    "bmc-completes-before-reading: Rx Complete is written before the packet is read",
    "LPC-BMC-3* LPC-BUF-6* B2.6 B2.7 B4.2 | one-way-down | shown by pair/start/1-1/1-1",
    before(
      "B2.6",
      "const early = (@{B2.2} & Status.OBF) === 0 && !@state.dummyPending;" +
        'if (early) @bus.writeOdr("B4.2", Command.RX_COMPLETE);',
    ),
    after("B2.6", "if (early) @channel.rxCompleteOwed = false;"),
  ),
  mistake(
    "bmc-answers-no-bad-packet: a wrong CRC-32 or length is not answered: the sender waits for good",
    "LPC-BUF-4* LPC-BUF-5* B2.6 B2.7 F7 | test/core/binding LPC-BUF-5 | shown by bmc/packets/v3/64",
    after("B2.6", "@channel.rxCompleteOwed = @{B2.6};"),
  ),
  mistake(
    "bmc-takes-tx-begin-while-owing: a Tx Begin while Rx Complete is owed is obeyed",
    "LPC-ERR-1* B2.6 | test/bmc LPC-ERR-1 | shown by bmc/tx-begin-while-owing",
    always("B2.6", "rxCompleteOwed"),
  ),

  /* ---- B2.8 to B2.12: a look behind the packet ---- */
  mistake(
    "bmc-does-not-look-behind-packet: IBF is not looked at behind a packet: what is handed on may have been written again meanwhile",
    "LPC-BMC-6* B2.8 B2.10 | deployed host: F1, F2, F17, U1: one kill of either side | shown by bmc/initialise-behind-packet",
    always("B2.10", "Status.IBF"),
  ),
  mistake(
    "bmc-looks-before-reading: STR is read before the packet, not behind it",
    "LPC-BMC-6* B2.6 B2.7 B2.8 | deployed host: F1, F2, F17, U1: one kill of either side | shown by pair/start/1-1/1-1",
    moveBefore("B2.8", "B2.6"),
  ),
  mistake(
    "bmc-hands-on-before-looking: a packet is handed on before STR is read behind it",
    "LPC-BMC-6 B2.8 | deployed host: F1, F2, F17, U1: one kill of either side | shown by bmc/initialise-in-session",
    leaveOut(nth(sets("bmc", "serviceCommands", "packetsReceived"), 1)),
    leaveOut(nth(sets("bmc", "serviceCommands", "packetsReceived"), 0)),
    after("B2.6", "if (@{B2.6}) @state.counters.packetsReceived++;"),
    offBus("what is handed on, and when, is not on the bus"),
  ),
  mistake(
    "bmc-hands-on-before-initialise: a packet is handed on though an Initialise came while it was read",
    "LPC-BMC-6 B2.12 | deployed host: F1, F2, F17, U1: one kill of either side | shown by bmc/initialise-behind-packet",
    always(nth(sets("bmc", "serviceCommands", "packetsReceived"), 1), "Command.INITIALISE"),
    offBus("what is handed on is not on the bus"),
  ),
  mistake(
    "bmc-loses-byte-behind-packet: the command that came while a packet was read is not handled",
    "LPC-BMC-4* LPC-BMC-6* B2.11 | v3 | shown by bmc/initialise-behind-packet",
    instead("B2.11", "(@it, @{B2.5})"),
  ),

  /* ---- B2.13 to B2.17: commands ---- */
  mistake(
    "bmc-ignores-initialise-in-session: an Initialise in a session is passed over",
    "LPC-BMC-4* B2.13 | killed | shown by bmc/reset-at/B3.4",
    instead(call("bmc", "serviceCommands", "initialise"), '(@channel !== undefined ? "again" : @it)'),
  ),
  mistake(
    "bmc-forgets-to-go-on: behind an Rx Complete the round ends though there is more to send",
    "LPC-KCS-10 B2.14 | v3 | shown by bmc/initialise-in-session",
    instead(returning("bmc", "serviceCommands", "dummyPending"), 'return "waiting";'),
    offBus("the same accesses, later: the bus does not tell when a packet was handed over"),
  ),
  mistake(
    "bmc-takes-any-rx-complete: an Rx Complete that nothing is outstanding for frees the buffer",
    "LPC-BUF-7* LPC-ERR-2* B2.14 | test/bmc LPC-ERR-2 | shown by bmc/rx-complete-too-early",
    asks("B2.14", "outstanding", '@channel !== undefined && @channel.transmit !== "idle"'),
    before("B2.14", '(@channel as any).transmit = "outstanding";'),
  ),
  mistake(
    "bmc-serves-closed-channel: packets are taken after a close or a refusal, as those of the session before",
    "LPC-BMC-5* LPC-BMC-8* LPC-ERR-1* B2.15 F10 | killed | shown by pair/killed/host/d0",
    before(
      sets("bmc", "endSession", "channel"),
      "if (@state.channel !== undefined) (@state as any).earlier = @state.channel;",
    ),
    argument(nth(call("bmc", "serviceCommands", "isStatusReset"), 0), 0, "@state.channel"),
    argument(nth(call("bmc", "serviceCommands", "isStatusReset"), 1), 0, "@state.channel"),
    instead(source("bmc", "serviceCommands", "channel"), "({ channel: @state.channel ?? (@state as any).earlier })"),
  ),
  mistake(
    "bmc-answers-without-session: a Tx Begin outside a session is answered",
    "LPC-BMC-5* LPC-BMC-8* LPC-ERR-1* B2.15 F10 | test/bmc LPC-BMC-5 | shown by pair/killed/bmc/d0",
    after(
      sets("bmc", "serviceCommands", "txBeginUnexpected"),
      'if (@channel === undefined && (@bus.readStatus("B2.2") & Status.OBF) === 0) ' +
        '@bus.writeOdr("B4.2", Command.RX_COMPLETE);',
    ),
    unseen("this host sends no Tx Begin outside a session, and ignores the answer"),
  ),
  mistake(
    "bmc-obeys-fence: a fence is handled like an Initialise",
    "LPC-BMC-13* LPC-BMC-3* B2.16 | v3 | shown by pair/start/1-1/1-1",
    after(sets("bmc", "serviceCommands", "fencesReceived"), "return initialise(@bus, @state, @config, @now);"),
  ),
  mistake(
    "bmc-ends-for-unknown-byte: an unknown byte is handled like an Initialise",
    "LPC-KCS-4* LPC-ERR-3* B2.17 | test/core/binding LPC-KCS-4 | shown by bmc/bytes",
    after(sets("bmc", "serviceCommands", "unknownCommand"), "return initialise(@bus, @state, @config, @now);"),
  ),
];
