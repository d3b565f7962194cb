/** Mistakes in how the BMC starts, stops and begins again: B1, B6, B2.3, B2.9 and B3.2 of the specification's tables. */
import { mistake, type Mistake, unseen } from "../mistake.ts";
import { always, asks, before, instead, leaveOut, moveBefore, never, returns } from "../operators/operators.ts";
import { call, constant, sets } from "../operators/places.ts";

export const BMC_START: readonly Mistake[] = [
  /* ---- B1: the start ---- */
  mistake(
    "bmc-starts-unseen: STR is not cleared at the start",
    "LPC-BMC-1* B1.1 | killed | shown by pair/start/1-1/1-1",
    leaveOut("B1.1"),
  ),
  mistake(
    "bmc-announces-before-clearing: the announcements are written before STR is cleared",
    "LPC-BMC-1* B1.1 B1.4 | deployed host: F1, F2, F17, U1: one kill of either side | test/bmc LPC-BMC-1 | shown by pair/start/1-1/1-1",
    moveBefore("B1.1", "B1.5"),
  ),
  mistake(
    "bmc-announces-before-magic: the magic is not written before the announcements: a waiting host does not take them, and T_ann passes",
    "LPC-BMC-11* LPC-HOST-14 B1.2 | v3 | shown by pair/start/1-1/1-1",
    leaveOut("B1.2"),
  ),
  mistake(
    "bmc-writes-magic-behind-announcement: the magic is written behind the first announcement",
    "LPC-BMC-11* B1.2 B1.4 | v3 | test/bmc LPC-BMC-11 | shown by pair/start/1-1/1-1",
    moveBefore("B1.2", "B1.5"),
  ),
  mistake(
    "bmc-announces-once: one announcement: a deployed host may take it for news that it has",
    "LPC-BMC-1* B1.4 F2 | deployed host: F2, F24: the BMC goes with a reset that clears STR | test/bmc LPC-BMC-1 | shown by pair/start/1-1/1-1",
    instead(constant("bmc", "ANNOUNCEMENTS"), "1"),
  ),
  mistake(
    "bmc-announces-over-full-odr: announcements do not wait for OBF = 0",
    "LPC-BMC-1* LPC-KCS-2* B1.3 F22 | v3 | shown by pair/start/1-1/1-2",
    always("B1.4", "Status.OBF"),
  ),
  mistake(
    "bmc-goes-on-unread: the second announcement is not waited for",
    "LPC-BMC-1* B1.3 | deployed host: F2, F24: the BMC goes with a reset that clears STR | test/bmc LPC-BMC-1 | shown by bmc/odr-unread",
    asks("B1.5", "until", "@it || @state.phase.written >= ANNOUNCEMENTS"),
  ),
  mistake(
    "bmc-waits-for-good: the start waits for its announcements to be read, however long that takes",
    "LPC-TIME-1* B1.3 F15 | test/bmc LPC-TIME-1 | shown by pair/announcements-unread",
    asks("B1.5", "until", "@{B1.3}"),
    unseen("a host that comes reads the announcements"),
  ),
  mistake(
    "bmc-looks-no-more-while-announcing: a starting BMC that no interrupt wakes looks at STR again only when T_ann is over",
    "LPC-BMC-10* B1.3 | deployed host: skiboot's drain of ODR; the BMC finds out by its own looks what was read | test/bmc LPC-BMC-10 | shown by pair/announcements-unread",
    instead(call("bmc", "startDeadline", "earliest"), "@state.phase.until"),
  ),
  mistake(
    "bmc-active-before-region: BMC Active is set before the control region is written",
    "LPC-BMC-2* B1.5 B1.6 B1.7 B1.8 | test/bmc LPC-BMC-2 | shown by pair/start/1-1/1-1",
    moveBefore("B1.8", "B1.5"),
    unseen(
      "the host's close is read behind the region, and what it reads before its fences were is the magic, which stands",
    ),
  ),
  mistake(
    "bmc-zeroes-versions-first: the host's version fields are zeroed first, not last",
    "LPC-BMC-2* B1.5 B1.7 | test/bmc LPC-BMC-2 | shown by pair/start/1-1/1-1",
    moveBefore("B1.7", "B1.5"),
    unseen("the host begins again for an rx_size above the asked (LPC-MTU-6)"),
  ),
  mistake(
    "bmc-zeroes-versions-before-offer: the host's version fields are zeroed before the offer is written",
    "LPC-BMC-2* B1.6 B1.7 | test/bmc LPC-BMC-2 | shown by pair/start/1-1/1-1",
    moveBefore("B1.7", "B1.6"),
    unseen("the host begins again for an rx_size above the asked (LPC-MTU-6)"),
  ),
  mistake(
    "bmc-keeps-versions: the host's version fields are not zeroed at the start",
    "LPC-BMC-2* B1.7 F16 | killed | killed-twice | test/bmc LPC-BMC-2 | shown by pair/start/1-1/1-1",
    leaveOut("B1.7"),
  ),
  mistake(
    "bmc-starts-in-silence: no dummy tells of BMC Active",
    "LPC-BMC-13* LPC-BMC-2* B1.8 B4.1 | v3 | shown by bmc/closed",
    leaveOut(sets("bmc", "start", "dummyPending")),
  ),
  mistake(
    "bmc-tells-before-active: the dummy that tells of BMC Active is written before it is set",
    "LPC-BMC-1* LPC-BMC-13* LPC-BMC-2* B1.8 B4.1 | v3 | shown by pair/start/1-1/1-1",
    leaveOut(sets("bmc", "start", "dummyPending")),
    before("B1.8", 'if (@{B1.3}) @bus.writeOdr("B4.1", Command.DUMMY);'),
  ),

  /* ---- B6: the stop ---- */
  mistake(
    "bmc-stops-unseen: a BMC that stops leaves BMC Active set",
    "LPC-BMC-7* B6.1 | test/bmc LPC-BMC-7 | shown by pair/start/1-1/1-1",
    leaveOut("B6.1"),
    unseen("a BMC that stopped starts again there, and that is seen"),
  ),
  mistake(
    "bmc-tells-before-stop: the dummy that tells of the stop is written before STR is",
    "LPC-BMC-7* B6.1 B6.3 B6.4 | test/bmc LPC-BMC-7 | shown by pair/start/1-1/2-2",
    moveBefore("B6.1", "B6.4"),
    unseen("a BMC that stopped starts again there, and that is seen"),
  ),
  mistake(
    "bmc-stops-in-silence: no dummy tells of the stop",
    "LPC-BMC-7* B6.3 | test/bmc LPC-BMC-7 | shown by pair/start/1-1/2-2",
    leaveOut("B6.3"),
    unseen("a BMC that stopped starts again there, and that is seen"),
  ),
  mistake(
    "bmc-stops-over-full-odr: the dummy that tells of the stop does not wait for OBF = 0",
    "LPC-KCS-2* B6.2 F22 | stopped | shown by pair/start/1-1/1-1",
    always("B6.3", "Status.OBF"),
  ),
  mistake(
    "bmc-tells-of-stop-before-magic: a BMC that stops before it wrote the magic writes a dummy all the same",
    "LPC-BMC-11* B6.3 | test/bmc LPC-BMC-11 LPC-BMC-7 | shown by pair/stopped/bmc/d0",
    always("B6.3", "starting"),
    unseen("a BMC that stopped starts again there, and writes the magic"),
  ),

  /* ---- B2.3, B2.9 and B3.2: a reset of the registers ---- */
  mistake(
    "bmc-misses-reset: session bits that the BMC did not write do not strike it",
    "LPC-BMC-9* B2.2 B2.3 F24 | platform-reset | shown by pair/reset/sessionBits/d0",
    returns("bmc", "isStatusReset", "false"),
  ),
  mistake(
    "bmc-misses-reset-before-initialise: STR is not read before an Initialise is obeyed: one that a reset made of IDR hides the reset",
    "LPC-BMC-9* B3.1 B3.2 | registers-reset | shown by pair/start/1-1/1-1",
    never("B3.2", "isStatusReset"),
  ),
  mistake(
    "bmc-misses-reset-behind-packet: a reset that happens while a packet is read is not heeded there: the packet is handed on",
    "LPC-BMC-9* B2.8 B2.9 | test/bmc LPC-BMC-9 | shown by bmc/reset-at/B2.5",
    never("B2.9", "isStatusReset"),
    unseen("the packet was whole, and the next look at STR finds the reset"),
  ),
];
