/** Mistakes in how the BMC starts, stops and begins again: B1, B6, B2.3, B2.9 and B3.2 of the specification's tables. */
import { explored, type Mistake, onBus, tested } from "../mistake.ts";
import { always, asks, before, instead, leaveOut, moveBefore, never, returns } from "../operators/operators.ts";
import { call, constant, sets } from "../operators/places.ts";

const BMC = "test/bmc";
const HOST_KILLED = "deployed host: F1, F2, F17, U1: one kill of either side";
const BMC_RESET = "deployed host: F2, F24: the BMC goes with a reset that clears STR";

export const BMC_START: readonly Mistake[] = [
  /* ---- B1: the start ---- */
  {
    name: "bmc-starts-unseen",
    text: "STR is not cleared at the start",
    breaks: ["LPC-BMC-1", "B1.1"],
    bus: onBus(["LPC-BMC-1"], "the region is written anew without STR = 0x01 before"),
    does: [leaveOut("B1.1")],
    noticedBy: explored("killed"),
  },
  {
    name: "bmc-announces-before-clearing",
    text: "the announcements are written before STR is cleared",
    breaks: ["LPC-BMC-1", "B1.1", "B1.4"],
    bus: onBus(["LPC-BMC-1"], "announcements stand before STR = 0x01, not behind it"),
    does: [moveBefore("B1.1", "B1.5")],
    noticedBy: [...explored(HOST_KILLED), ...tested(BMC, "LPC-BMC-1")],
  },
  {
    name: "bmc-announces-before-magic",
    text: "the magic is not written before the announcements: a waiting host does not take them, and T_ann passes",
    breaks: ["LPC-BMC-11", "LPC-HOST-14", "B1.2"],
    bus: onBus(["LPC-BMC-11"], "an announcement is written before the magic"),
    does: [leaveOut("B1.2")],
    noticedBy: explored("v3"),
  },
  {
    name: "bmc-writes-magic-behind-announcement",
    text: "the magic is written behind the first announcement",
    breaks: ["LPC-BMC-11", "B1.2", "B1.4"],
    bus: onBus(["LPC-BMC-11"], "an announcement is written before the magic"),
    does: [moveBefore("B1.2", "B1.5")],
    noticedBy: [...explored("v3"), ...tested(BMC, "LPC-BMC-11")],
  },
  {
    name: "bmc-announces-once",
    text: "one announcement: a deployed host may take it for news that it has",
    breaks: ["LPC-BMC-1", "B1.4", "F2"],
    bus: onBus(["LPC-BMC-1"], "one announcement stands between STR = 0x01 and the region"),
    does: [instead(constant("bmc", "ANNOUNCEMENTS"), "1")],
    noticedBy: [...explored(BMC_RESET), ...tested(BMC, "LPC-BMC-1")],
  },
  {
    name: "bmc-announces-over-full-odr",
    text: "announcements do not wait for OBF = 0",
    breaks: ["LPC-BMC-1", "LPC-KCS-2", "B1.3", "F22"],
    bus: onBus(["LPC-KCS-2", "LPC-BMC-1"], "ODR is written behind an STR that shows OBF = 1, or twice behind one"),
    does: [always("B1.4", "Status.OBF")],
    noticedBy: explored("v3"),
  },
  {
    name: "bmc-goes-on-unread",
    text: "the second announcement is not waited for",
    breaks: ["LPC-BMC-1", "B1.3"],
    bus: onBus(
      ["LPC-BMC-1"],
      "the region is written behind an STR that shows OBF = 1, before T_ann is over: needs times",
    ),
    does: [asks("B1.5", "until", "@it || @state.phase.written >= ANNOUNCEMENTS")],
    noticedBy: [...explored(BMC_RESET), ...tested(BMC, "LPC-BMC-1")],
  },
  {
    name: "bmc-waits-for-good",
    text: "the start waits for its announcements to be read, however long that takes",
    breaks: ["LPC-TIME-1", "B1.3", "F15"],
    bus: onBus(["LPC-TIME-1"], "the announcement is waited for longer than T_ann: needs times"),
    does: [asks("B1.5", "until", "@{B1.3}")],
    noticedBy: tested(BMC, "LPC-TIME-1"),
    unseen: "a host that comes reads the announcements",
  },
  {
    name: "bmc-looks-no-more-while-announcing",
    text: "a starting BMC that no interrupt wakes looks at STR again only when T_ann is over",
    breaks: ["LPC-BMC-10", "B1.3"],
    bus: onBus(["LPC-BMC-10"], "STR is not read for long while an announcement is unread: needs times"),
    does: [instead(call("bmc", "startDeadline", "earliest"), "@state.phase.until")],
    noticedBy: [
      ...explored("deployed host: skiboot's drain of ODR; the BMC finds out by its own looks what was read"),
      ...tested(BMC, "LPC-BMC-10"),
    ],
  },
  {
    name: "bmc-active-before-region",
    text: "BMC Active is set before the control region is written",
    breaks: ["LPC-BMC-2", "B1.5", "B1.6", "B1.7", "B1.8"],
    bus: onBus(["LPC-BMC-2"], "the region is written behind BMC Active"),
    does: [moveBefore("B1.8", "B1.5")],
    noticedBy: tested(BMC, "LPC-BMC-2"),
    unseen:
      "the host's close is read behind the region, and what it reads before its fences were is the magic, which stands",
  },
  {
    name: "bmc-zeroes-versions-first",
    text: "the host's version fields are zeroed first, not last",
    breaks: ["LPC-BMC-2", "B1.5", "B1.7"],
    bus: onBus(["LPC-BMC-2"], "the host versions are zeroed before other fields are written"),
    does: [moveBefore("B1.7", "B1.5")],
    noticedBy: tested(BMC, "LPC-BMC-2"),
    unseen: "the host begins again for an rx_size above the asked (LPC-MTU-6)",
  },
  {
    name: "bmc-zeroes-versions-before-offer",
    text: "the host's version fields are zeroed before the offer is written",
    breaks: ["LPC-BMC-2", "B1.6", "B1.7"],
    bus: onBus(["LPC-BMC-2"], "the host versions are zeroed before the offer is written"),
    does: [moveBefore("B1.7", "B1.6")],
    noticedBy: tested(BMC, "LPC-BMC-2"),
    unseen: "the host begins again for an rx_size above the asked (LPC-MTU-6)",
  },
  {
    name: "bmc-keeps-versions",
    text: "the host's version fields are not zeroed at the start",
    breaks: ["LPC-BMC-2", "B1.7", "F16"],
    bus: onBus(["LPC-BMC-2"], "BMC Active is set and the host versions were not zeroed"),
    does: [leaveOut("B1.7")],
    noticedBy: [...explored("killed", "killed-twice"), ...tested(BMC, "LPC-BMC-2")],
  },
  {
    name: "bmc-starts-in-silence",
    text: "no dummy tells of BMC Active",
    breaks: ["LPC-BMC-13", "LPC-BMC-2", "B1.8", "B4.1"],
    bus: onBus(["LPC-BMC-2", "LPC-BMC-13"], "no dummy follows BMC Active"),
    does: [leaveOut(sets("bmc", "start", "dummyPending"))],
    noticedBy: explored("v3"),
  },
  {
    name: "bmc-tells-before-active",
    text: "the dummy that tells of BMC Active is written before it is set",
    breaks: ["LPC-BMC-1", "LPC-BMC-13", "LPC-BMC-2", "B1.8", "B4.1"],
    bus: onBus(["LPC-BMC-2", "LPC-BMC-13", "LPC-BMC-1"], "a dummy stands before BMC Active, and none behind it"),
    does: [
      leaveOut(sets("bmc", "start", "dummyPending")),
      before("B1.8", 'if (@{B1.3}) @bus.writeOdr("B4.1", Command.DUMMY);'),
    ],
    noticedBy: explored("v3"),
  },

  /* ---- B6: the stop ---- */
  {
    name: "bmc-stops-unseen",
    text: "a BMC that stops leaves BMC Active set",
    breaks: ["LPC-BMC-7", "B6.1"],
    bus: onBus(
      ["LPC-BMC-7"],
      "a BMC whose trace says that it was asked to stop ends with STR up: needs the event rows",
    ),
    does: [leaveOut("B6.1")],
    noticedBy: tested(BMC, "LPC-BMC-7"),
    unseen: "a BMC that stopped starts again there, and that is seen",
  },
  {
    name: "bmc-tells-before-stop",
    text: "the dummy that tells of the stop is written before STR is",
    breaks: ["LPC-BMC-7", "B6.1", "B6.3", "B6.4"],
    bus: onBus(["LPC-BMC-7"], "the dummy of a stop stands before STR = 0x01: needs the event rows"),
    does: [moveBefore("B6.1", "B6.4")],
    noticedBy: tested(BMC, "LPC-BMC-7"),
    unseen: "a BMC that stopped starts again there, and that is seen",
  },
  {
    name: "bmc-stops-in-silence",
    text: "no dummy tells of the stop",
    breaks: ["LPC-BMC-7", "B6.3"],
    bus: onBus(["LPC-BMC-7"], "no dummy follows STR = 0x01 of a stop, though ODR is empty: needs the event rows"),
    does: [leaveOut("B6.3")],
    noticedBy: tested(BMC, "LPC-BMC-7"),
    unseen: "a BMC that stopped starts again there, and that is seen",
  },
  {
    name: "bmc-stops-over-full-odr",
    text: "the dummy that tells of the stop does not wait for OBF = 0",
    breaks: ["LPC-KCS-2", "B6.2", "F22"],
    bus: onBus(["LPC-KCS-2"], "ODR is written behind an STR that shows OBF = 1, or behind none"),
    does: [always("B6.3", "Status.OBF")],
    noticedBy: explored("stopped"),
  },
  {
    name: "bmc-tells-of-stop-before-magic",
    text: "a BMC that stops before it wrote the magic writes a dummy all the same",
    breaks: ["LPC-BMC-11", "B6.3"],
    bus: onBus(["LPC-BMC-11"], "a dummy is written before the magic"),
    does: [always("B6.3", "starting")],
    noticedBy: [...tested(BMC, "LPC-BMC-11", "LPC-BMC-7")],
    unseen: "a BMC that stopped starts again there, and writes the magic",
  },

  /* ---- B2.3, B2.9 and B3.2: a reset of the registers ---- */
  {
    name: "bmc-misses-reset",
    text: "session bits that the BMC did not write do not strike it",
    breaks: ["LPC-BMC-9", "B2.2", "B2.3", "F24"],
    bus: onBus(["LPC-BMC-9"], "STR shows other session bits than were written, and the BMC goes on"),
    does: [returns("bmc", "isStatusReset", "false")],
    noticedBy: explored("platform-reset"),
  },
  {
    name: "bmc-misses-reset-before-initialise",
    text: "STR is not read before an Initialise is obeyed: one that a reset made of IDR hides the reset",
    breaks: ["LPC-BMC-9", "B3.1", "B3.2"],
    bus: onBus(["LPC-BMC-9"], "no read of STR between Initialise and the region"),
    does: [never("B3.2", "isStatusReset")],
    noticedBy: explored("registers-reset"),
  },
  {
    name: "bmc-misses-reset-behind-packet",
    text: "a reset that happens while a packet is read is not heeded there: the packet is handed on",
    breaks: ["LPC-BMC-9", "B2.8", "B2.9"],
    bus: onBus(["LPC-BMC-9"], "ODR is written behind an STR that shows other session bits than were written"),
    does: [never("B2.9", "isStatusReset")],
    noticedBy: tested(BMC, "LPC-BMC-9"),
    unseen: "the packet was whole, and the next look at STR finds the reset",
  },
];
