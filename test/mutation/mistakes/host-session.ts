/** Mistakes in the host's service of a session: H2 and H3 of the specification's tables. */
import { mistake, type Mistake, offBus, unseen } from "../mistake.ts";
import {
  after,
  always,
  argument,
  asks,
  atStart,
  before,
  instead,
  leaveOut,
  moveBefore,
  never,
  returns,
} from "../operators/operators.ts";
import { call, sets } from "../operators/places.ts";

export const HOST_SESSION: readonly Mistake[] = [
  /* ---- H2.1 and H3: the packet before its Tx Begin ---- */
  mistake(
    "host-begins-before-packet: Tx Begin is written before the packet",
    "LPC-HOST-11* LPC-BUF-7* H2.15 H3.1 H3.2 H3.3 | one-way-down | shown by pair/start/1-1/1-1",
    before("H3.1", "(@channel as any).late = { ...@3 };"),
    argument("H3.1", 0, "({ writeWindow: () => undefined })"),
    after(
      "H2.15",
      "const late = (@channel as any).late; delete (@channel as any).late;" +
        'if (late !== undefined) sendPacket(@bus, "H3.1", "H3.2", "H3.3", { ...@channel, transmit: "idle" }, late, ' +
        "@channel.session.layout.hostToBmc, @tools, @now);",
    ),
  ),
  mistake(
    "host-writes-under-way: the next packet is written while the last one is under way",
    "LPC-BUF-7* LPC-HOST-11* H2.1 | one-way-down | shown by pair/start/1-1/1-1",
    before("H3.1", '(@channel as any).transmit = "idle";'),
    always("H3.1", "transmit"),
  ),

  /* ---- H2.2, H2.3 and H2.12: the session's end ---- */
  mistake(
    "host-looks-at-status-behind-bytes-only: STR is judged behind a byte of ODR only: a reset without one goes unseen, and the old channel is used on",
    "LPC-HOST-9* H2.2 H2.3 F24 F17 | test/node/pair LPC-HOST-9 | shown by pair/reset/everything/d0",
    never("H2.3", "inSession"),
    unseen("this BMC sees the reset for itself and announces its start (LPC-BMC-9)"),
  ),
  mistake(
    "host-heeds-bmc-active-only: Channel Active = 0 does not end the session: a BMC that restarted between two looks goes unnoticed",
    "LPC-HOST-9* H2.2 H2.3 F2 | killed | shown by host/refused-between-sessions",
    returns("host", "inSession", "(@1 & Status.BMC_ACTIVE) !== 0"),
  ),
  mistake(
    "host-heeds-reserved-bits: a bit of STR without meaning ends the session",
    "LPC-KCS-8* H2.2 H2.3 | test/host LPC-KCS-8 | shown by host/reserved-bits",
    returns("host", "inSession", "(@1 & 0xf4) === SESSION_BITS"),
  ),
  mistake(
    "host-sends-on-after-loss: a packet that waited when its session ended goes out in the next one",
    "LPC-HOST-9* LPC-MCTP-6* H2.12 F19 | killed-2+2 | shown by pair/killed/bmc/d0",
    before(call("host", "loseSession", "endSession"), "(@state as any).kept = @state.channel?.outgoing;"),
    atStart("host", "serviceChannel", "@channel.outgoing ??= (@state as any).kept; delete (@state as any).kept;"),
  ),
  mistake(
    "host-keeps-tx-begin: a Tx Begin that waited when its session ended goes out in the next one",
    "LPC-HOST-11* LPC-HOST-9* LPC-BUF-7* H2.12 | killed | shown by pair/killed/bmc/d0",
    before(
      call("host", "loseSession", "endSession"),
      '(@state as any).kept = @state.channel?.transmit === "beginPending";',
    ),
    atStart(
      "host",
      "serviceChannel",
      'if ((@state as any).kept === true) (@channel as any).transmit = "beginPending"; delete (@state as any).kept;',
    ),
  ),
  mistake(
    "host-loses-packets-in-silence: a packet given up with its session is not counted",
    "LPC-HOST-9 LPC-ERR-4 H2.3 H2.12 | test/host LPC-HOST-9 | shown by host/session-lost-with-packet",
    leaveOut(sets("host", "endSession", "packetsGivenUp")),
    offBus("a counter: the accesses are the same"),
  ),

  /* ---- H2.4 to H2.10: the byte ---- */
  mistake(
    "host-reads-odr-unasked-in-session: ODR is read whether STR shows OBF or not: a byte read before is taken for a new one",
    "LPC-HOST-16* LPC-HOST-9* H2.2 H2.4 | v3 | shown by pair/start/1-1/1-1",
    always("H2.4", "Status.OBF"),
  ),
  mistake(
    "host-forgets-first-tx-begin: a Tx Begin read before the session was judged is not remembered",
    "LPC-HOST-8* H1.28 | v3 | shown by host/first-tx-begin-early",
    before("H2.2", "@state.txBeginSeen = false;"),
  ),
  mistake(
    "host-completes-before-reading: Rx Complete is written before the packet is read",
    "LPC-BUF-6* LPC-BUF-7* H2.5 H2.6 H2.14 | one-way-up | shown by pair/start/1-1/1-1",
    before(
      "H2.5",
      'const early = (@{H2.2} & Status.IBF) === 0; if (early) @bus.writeIdr("H2.14", Command.RX_COMPLETE);',
    ),
    after("H2.5", "if (early) @channel.rxCompleteOwed = false;"),
  ),
  mistake(
    "host-judges-by-other-direction: what the BMC sends is judged by the MTU of the other direction: legal packets are dropped where they differ",
    "LPC-BUF-4* LPC-MTU-2* H2.5 F6 | test/host LPC-BUF-4 | shown by host/buffers-out-of-order",
    argument("H2.5", 5, "@channel.session.receiveLimit.hostToBmc"),
  ),
  mistake(
    "host-answers-no-bad-length: a length out of bounds is not answered: the sender waits for good",
    "LPC-BUF-4* H2.5 F7 | test/core/binding LPC-BUF-4 | shown by host/idr-unread-in-start-up",
    before("H2.5", "const bad = @state.counters.lengthOutOfBounds;"),
    after("H2.5", "if (@state.counters.lengthOutOfBounds > bad) @channel.rxCompleteOwed = false;"),
  ),
  mistake(
    "host-takes-tx-begin-while-owing: a Tx Begin while Rx Complete is owed is obeyed",
    "LPC-ERR-1* H2.5 | test/core/binding LPC-ERR-1 | shown by host/tx-begin-while-owing",
    always("H2.5", "rxCompleteOwed"),
  ),
  mistake(
    "host-takes-any-rx-complete: an Rx Complete that nothing is outstanding for frees the buffer",
    "LPC-BUF-7* LPC-ERR-2* H2.7 | test/core/binding LPC-ERR-2 | shown by host/rx-complete-too-early",
    asks("H2.7", "outstanding", '@channel.transmit !== "idle"'),
    before("H2.7", '(@channel as any).transmit = "outstanding";'),
  ),
  mistake(
    "host-stays-behind-rx-complete: a packet that waits does not follow the Rx Complete of the one before in the same round",
    "LPC-KCS-10 H2.8 | one-way-down | test/host LPC-BUF-7 | shown by host/looks-again",
    leaveOut("H2.8"),
    offBus("the same accesses, later: the bus does not tell when a packet was handed over"),
  ),
  mistake(
    "host-forgets-what-it-owes: behind an Rx Complete the round ends though one is owed to the BMC",
    "LPC-BUF-8 H2.9 | v3 | shown by host/session-lost-with-packet",
    always("H2.9", "rxCompleteOwed"),
    offBus("the same accesses, one round later: a host may make rounds that do nothing"),
  ),
  mistake(
    "host-obeys-initialise: an Initialise read from ODR ends the session",
    "LPC-KCS-5* H2.10 F11 | test/host LPC-KCS-5 | shown by host/bytes",
    after("H2.10", 'if (@{H2.4} === Command.INITIALISE) return loseSession(@state, @{H2.2}, "H2.3");'),
  ),
  mistake(
    "host-ends-for-unknown-byte: an unknown byte ends the session",
    "LPC-KCS-4* LPC-ERR-3* H2.10 | test/core/binding LPC-KCS-4 | shown by host/bytes",
    after("H2.10", 'if (@{H2.4} > 2 && @{H2.4} < 0xff) return loseSession(@state, @{H2.2}, "H2.3");'),
  ),

  /* ---- H2.11 and H2.12: STR again ---- */
  mistake(
    "host-trusts-status-before-byte: STR is not read again behind a byte of ODR in a session",
    "LPC-HOST-10* H2.11 F1 | deployed BMC: F16, F21, F22: one kill of either side, interrupts by level | test/host LPC-HOST-10 | shown by pair/start/1-1/1-1",
    leaveOut("H2.11", "@{H2.2} & ~Status.OBF"),
  ),
  mistake(
    "host-hands-on-before-status: a packet is handed on before STR is read behind it",
    "LPC-HOST-10 H2.11 H2.12 | test/host LPC-HOST-10 | shown by host/session-lost-behind-byte",
    moveBefore(sets("host", "serviceChannel", "packetsReceived"), "H2.11"),
    offBus("what is handed on, and when, is not on the bus"),
    unseen("the packet was whole when Tx Begin was written, and the BMC writes none before the next session"),
  ),

  /* ---- H2.14 and H2.15: what is written ---- */
  mistake(
    "host-writes-over-full-idr: Rx Complete and Tx Begin do not wait for IBF = 0",
    "LPC-KCS-2* H2.14 H2.15 | v3 | shown by pair/requests",
    always("H2.14", "Status.IBF"),
  ),
  mistake(
    "host-always-begins-first: Tx Begin goes before an Rx Complete that is owed, every time",
    "LPC-KCS-6* LPC-KCS-12* H2.14 H2.15 | test/core/binding LPC-KCS-6 LPC-KCS-12 | shown by pair/killed/host/d0",
    instead(
      call("host", "serviceChannel", "commandToWrite"),
      '(@channel.transmit === "beginPending" ? "txBegin" : @it)',
    ),
    unseen("a side has one Tx Begin under way: the Rx Complete that waits goes before the next one"),
  ),
  mistake(
    "host-always-completes-first: Rx Complete goes before a Tx Begin that waits, every time: a BMC that streams keeps the host waiting",
    "LPC-KCS-12* H2.14 H2.15 | v3-many | v3 | test/core/binding LPC-KCS-12 | shown by pair/killed/host/d0",
    instead(call("host", "serviceChannel", "commandToWrite"), '(@channel.rxCompleteOwed ? "rxComplete" : @it)'),
  ),
  mistake(
    "host-never-reports-stall: a packet whose Rx Complete never comes is not reported",
    "LPC-TIME-3 F15 | test/host LPC-TIME-3 | shown by host/stalled",
    leaveOut(call("host", "serviceChannel", "reportStall")),
    offBus("a report to the layers above: the accesses are the same"),
  ),
];
