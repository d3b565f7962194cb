/** Mistakes in the host's service of a session: H2 and H3 of the specification's tables. */
import { explored, type Mistake, offBus, onBus, tested } from "../mistake.ts";
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

const HOST = "test/host";

export const HOST_SESSION: readonly Mistake[] = [
  /* ---- H2.1 and H3: the packet before its Tx Begin ---- */
  {
    name: "host-begins-before-packet",
    text: "Tx Begin is written before the packet",
    breaks: ["LPC-HOST-11", "LPC-BUF-7", "H2.15", "H3.1", "H3.2", "H3.3"],
    bus: onBus(["LPC-HOST-11", "LPC-BUF-7"], "Tx Begin stands before the writes of the buffer"),
    does: [
      before("H3.1", "(@channel as any).late = { ...@3 };"),
      argument("H3.1", 0, "({ writeWindow: () => undefined })"),
      after(
        "H2.15",
        "const late = (@channel as any).late; delete (@channel as any).late;" +
          'if (late !== undefined) sendPacket(@bus, "H3.1", "H3.2", "H3.3", { ...@channel, transmit: "idle" }, late, ' +
          "@channel.session.layout.hostToBmc, @tools, @now);",
      ),
    ],
    noticedBy: explored("one-way-down"),
  },
  {
    name: "host-writes-under-way",
    text: "the next packet is written while the last one is under way",
    breaks: ["LPC-BUF-7", "LPC-HOST-11", "H2.1"],
    bus: onBus(["LPC-BUF-7", "LPC-HOST-11"], "the buffer is written while its packet is outstanding"),
    does: [before("H3.1", '(@channel as any).transmit = "idle";'), always("H3.1", "transmit")],
    noticedBy: explored("one-way-down"),
  },

  /* ---- H2.2, H2.3 and H2.12: the session's end ---- */
  {
    name: "host-looks-at-status-behind-bytes-only",
    text: "STR is judged behind a byte of ODR only: a reset without one goes unseen, and the old channel is used on",
    breaks: ["LPC-HOST-9", "H2.2", "H2.3", "F24", "F17"],
    bus: onBus(["LPC-HOST-9"], "STR shows that the session is over, and the host goes on in it"),
    does: [never("H2.3", "inSession")],
    noticedBy: tested("test/drive/pair", "LPC-HOST-9"),
    unseen: "this BMC sees the reset for itself and announces its start (LPC-BMC-9)",
  },
  {
    name: "host-heeds-bmc-active-only",
    text: "Channel Active = 0 does not end the session: a BMC that restarted between two looks goes unnoticed",
    breaks: ["LPC-HOST-9", "H2.2", "H2.3", "F2"],
    bus: onBus(["LPC-HOST-9"], "STR shows that the session is over, and the host goes on in it"),
    does: [returns("host", "inSession", "(@1 & Status.BMC_ACTIVE) !== 0")],
    noticedBy: explored("killed"),
  },
  {
    name: "host-heeds-reserved-bits",
    text: "a bit of STR without meaning ends the session",
    breaks: ["LPC-KCS-8", "H2.2", "H2.3"],
    bus: onBus(["LPC-KCS-8"], "a start-up follows an STR with bits 5 to 2 set, which shows the session up"),
    does: [returns("host", "inSession", "(@1 & 0xf4) === SESSION_BITS")],
    noticedBy: tested(HOST, "LPC-KCS-8"),
  },
  {
    name: "host-sends-on-after-loss",
    text: "a packet that waited when its session ended goes out in the next one",
    breaks: ["LPC-HOST-9", "LPC-MCTP-6", "H2.12", "F19"],
    bus: onBus(["LPC-MCTP-6", "LPC-HOST-9"], "the first packet of a session is no first packet of a message"),
    does: [
      before(call("host", "loseSession", "endSession"), "(@state as any).kept = @state.channel?.outgoing;"),
      atStart("host", "serviceChannel", "@channel.outgoing ??= (@state as any).kept; delete (@state as any).kept;"),
    ],
    noticedBy: explored("killed-2+2"),
  },
  {
    name: "host-keeps-tx-begin",
    text: "a Tx Begin that waited when its session ended goes out in the next one",
    breaks: ["LPC-HOST-11", "LPC-HOST-9", "LPC-BUF-7", "H2.12"],
    bus: onBus(["LPC-HOST-11", "LPC-HOST-9", "LPC-BUF-7"], "Tx Begin in a session in which no packet was written"),
    does: [
      before(
        call("host", "loseSession", "endSession"),
        '(@state as any).kept = @state.channel?.transmit === "beginPending";',
      ),
      atStart(
        "host",
        "serviceChannel",
        'if ((@state as any).kept === true) (@channel as any).transmit = "beginPending"; delete (@state as any).kept;',
      ),
    ],
    noticedBy: explored("killed"),
  },
  {
    name: "host-loses-packets-in-silence",
    text: "a packet given up with its session is not counted",
    breaks: ["LPC-HOST-9", "LPC-ERR-4", "H2.3", "H2.12"],
    bus: offBus("a counter: the accesses are the same"),
    does: [leaveOut(sets("host", "endSession", "packetsGivenUp"))],
    noticedBy: tested(HOST, "LPC-HOST-9"),
  },

  /* ---- H2.4 to H2.10: the byte ---- */
  {
    name: "host-reads-odr-unasked-in-session",
    text: "ODR is read whether STR shows OBF or not: a byte read before is taken for a new one",
    breaks: ["LPC-HOST-16", "LPC-HOST-9", "H2.2", "H2.4"],
    bus: onBus(["LPC-HOST-16", "LPC-HOST-9"], "ODR is read behind an STR that shows OBF = 0"),
    does: [always("H2.4", "Status.OBF")],
    noticedBy: explored("v3"),
  },
  {
    name: "host-forgets-first-tx-begin",
    text: "a Tx Begin read before the session was judged is not remembered",
    breaks: ["LPC-HOST-8", "H1.28"],
    bus: onBus(["LPC-HOST-8"], "a Tx Begin read behind Initialise is never answered"),
    does: [before("H2.2", "@state.txBeginSeen = false;")],
    noticedBy: explored("v3"),
  },
  {
    name: "host-completes-before-reading",
    text: "Rx Complete is written before the packet is read",
    breaks: ["LPC-BUF-6", "LPC-BUF-7", "H2.5", "H2.6", "H2.14"],
    bus: onBus(["LPC-BUF-6", "LPC-BUF-7"], "Rx Complete stands before the reads of the packet"),
    does: [
      before(
        "H2.5",
        'const early = (@{H2.2} & Status.IBF) === 0; if (early) @bus.writeIdr("H2.14", Command.RX_COMPLETE);',
      ),
      after("H2.5", "if (early) @channel.rxCompleteOwed = false;"),
    ],
    noticedBy: explored("one-way-up"),
  },
  {
    name: "host-judges-by-other-direction",
    text: "what the BMC sends is judged by the MTU of the other direction: legal packets are dropped where they differ",
    breaks: ["LPC-BUF-4", "LPC-MTU-2", "H2.5", "F6"],
    bus: onBus(["LPC-BUF-4", "LPC-MTU-2"], "a packet whose length is within bounds is not read"),
    does: [argument("H2.5", 5, "@channel.session.receiveLimit.hostToBmc")],
    noticedBy: tested(HOST, "LPC-BUF-4"),
  },
  {
    name: "host-answers-no-bad-length",
    text: "a length out of bounds is not answered: the sender waits for good",
    breaks: ["LPC-BUF-4", "H2.5", "F7"],
    bus: onBus(["LPC-BUF-4"], "no Rx Complete follows a length out of bounds"),
    does: [
      before("H2.5", "const bad = @state.counters.lengthOutOfBounds;"),
      after("H2.5", "if (@state.counters.lengthOutOfBounds > bad) @channel.rxCompleteOwed = false;"),
    ],
    noticedBy: tested("test/core/binding", "LPC-BUF-4"),
  },
  {
    name: "host-takes-tx-begin-while-owing",
    text: "a Tx Begin while Rx Complete is owed is obeyed",
    breaks: ["LPC-ERR-1", "H2.5"],
    bus: onBus(["LPC-ERR-1"], "the length is read a second time while Rx Complete is owed"),
    does: [always("H2.5", "rxCompleteOwed")],
    noticedBy: tested(HOST, "LPC-ERR-1"),
  },
  {
    name: "host-takes-any-rx-complete",
    text: "an Rx Complete that nothing is outstanding for frees the buffer",
    breaks: ["LPC-BUF-7", "LPC-ERR-2", "H2.7"],
    bus: onBus(
      ["LPC-ERR-2", "LPC-BUF-7"],
      "behind an Rx Complete that answers nothing, the next packet is written over the one that waits",
    ),
    does: [
      asks("H2.7", "outstanding", '@channel.transmit !== "idle"'),
      before("H2.7", '(@channel as any).transmit = "outstanding";'),
    ],
    noticedBy: tested(HOST, "LPC-ERR-2"),
  },
  {
    name: "host-stays-behind-rx-complete",
    text: "a packet that waits does not follow the Rx Complete of the one before in the same round",
    breaks: ["LPC-KCS-10", "H2.8"],
    bus: offBus("the same accesses, later: the bus does not tell when a packet was handed over"),
    does: [leaveOut("H2.8")],
    noticedBy: [...explored("one-way-down"), ...tested(HOST, "LPC-BUF-7")],
  },
  {
    name: "host-forgets-what-it-owes",
    text: "behind an Rx Complete the round ends though one is owed to the BMC",
    breaks: ["LPC-BUF-8", "H2.9"],
    bus: offBus("the same accesses, one round later: a host may make rounds that do nothing"),
    does: [always("H2.9", "rxCompleteOwed")],
    noticedBy: explored("v3"),
  },
  {
    name: "host-obeys-initialise",
    text: "an Initialise read from ODR ends the session",
    breaks: ["LPC-KCS-5", "H2.10", "F11"],
    bus: onBus(["LPC-KCS-5"], "a start-up follows a 0x00 read from ODR, though STR shows the session up"),
    does: [after("H2.10", 'if (@{H2.4} === Command.INITIALISE) return loseSession(@state, @{H2.2}, "H2.3");')],
    noticedBy: tested(HOST, "LPC-KCS-5"),
  },
  {
    name: "host-ends-for-unknown-byte",
    text: "an unknown byte ends the session",
    breaks: ["LPC-KCS-4", "LPC-ERR-3", "H2.10"],
    bus: onBus(["LPC-KCS-4", "LPC-ERR-3"], "a start-up follows an unknown byte, though STR shows the session up"),
    does: [after("H2.10", 'if (@{H2.4} > 2 && @{H2.4} < 0xff) return loseSession(@state, @{H2.2}, "H2.3");')],
    noticedBy: tested(HOST, "LPC-KCS-4"),
  },

  /* ---- H2.11 and H2.12: STR again ---- */
  {
    name: "host-trusts-status-before-byte",
    text: "STR is not read again behind a byte of ODR in a session",
    breaks: ["LPC-HOST-10", "H2.11", "F1"],
    bus: onBus(["LPC-HOST-10"], "no read of STR between a byte of ODR and a write of IDR"),
    does: [leaveOut("H2.11", "@{H2.2} & ~Status.OBF")],
    noticedBy: [
      ...explored("deployed BMC: F16, F21, F22: one kill of either side, interrupts by level"),
      ...tested(HOST, "LPC-HOST-10"),
    ],
  },
  {
    name: "host-hands-on-before-status",
    text: "a packet is handed on before STR is read behind it",
    breaks: ["LPC-HOST-10", "H2.11", "H2.12"],
    bus: offBus("what is handed on, and when, is not on the bus"),
    does: [moveBefore(sets("host", "serviceChannel", "packetsReceived"), "H2.11")],
    noticedBy: tested(HOST, "LPC-HOST-10"),
    unseen: "the packet was whole when Tx Begin was written, and the BMC writes none before the next session",
  },

  /* ---- H2.14 and H2.15: what is written ---- */
  {
    name: "host-writes-over-full-idr",
    text: "Rx Complete and Tx Begin do not wait for IBF = 0",
    breaks: ["LPC-KCS-2", "H2.14", "H2.15"],
    bus: onBus(["LPC-KCS-2"], "IDR is written behind an STR that shows IBF = 1"),
    does: [always("H2.14", "Status.IBF")],
    noticedBy: explored("v3"),
  },
  {
    name: "host-always-begins-first",
    text: "Tx Begin goes before an Rx Complete that is owed, every time",
    breaks: ["LPC-KCS-6", "LPC-KCS-12", "H2.14", "H2.15"],
    bus: onBus(["LPC-KCS-6", "LPC-KCS-12"], "Tx Begin is written though Rx Complete is owed and no turn has passed"),
    does: [
      instead(
        call("host", "serviceChannel", "commandToWrite"),
        '(@channel.transmit === "beginPending" ? "txBegin" : @it)',
      ),
    ],
    noticedBy: tested(HOST, "LPC-KCS-6", "LPC-KCS-12"),
    unseen: "a side has one Tx Begin under way: the Rx Complete that waits goes before the next one",
  },
  {
    name: "host-always-completes-first",
    text: "Rx Complete goes before a Tx Begin that waits, every time: a BMC that streams keeps the host waiting",
    breaks: ["LPC-KCS-12", "H2.14", "H2.15"],
    bus: onBus(["LPC-KCS-12"], "a second Rx Complete is written while a packet waits for its Tx Begin"),
    does: [instead(call("host", "serviceChannel", "commandToWrite"), '(@channel.rxCompleteOwed ? "rxComplete" : @it)')],
    noticedBy: [...explored("v3-many", "v3"), ...tested(HOST, "LPC-KCS-12")],
  },
  {
    name: "host-never-reports-stall",
    text: "a packet whose Rx Complete never comes is not reported",
    breaks: ["LPC-TIME-3", "F15"],
    bus: offBus("a report to the layers above: the accesses are the same"),
    does: [leaveOut(call("host", "serviceChannel", "reportStall"))],
    noticedBy: tested(HOST, "LPC-TIME-3"),
  },
];
