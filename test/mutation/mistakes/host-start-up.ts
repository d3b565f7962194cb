/** Mistakes in the host's way to an answer: H0 and H1.1 to H1.15 of the specification's tables. */
import { mistake, type Mistake, unseen } from "../mistake.ts";
import {
  access,
  after,
  always,
  asks,
  before,
  goTo,
  leaveOut,
  moveBefore,
  moveBehind,
  never,
  swap,
} from "../operators/operators.ts";
import { naming, sets } from "../operators/places.ts";

export const HOST_START_UP: readonly Mistake[] = [
  /* ---- H0: every round outside a session ---- */
  mistake(
    "host-trusts-status-before-odr: STR is not read again after a byte of ODR: what the byte told of is judged by the value from before it",
    "LPC-KCS-1* H0.4 F1 | deployed BMC: F22: one orderly stop of either side, interrupts by level | test/host LPC-KCS-1 | shown by pair/start/1-1/1-1",
    leaveOut("H0.4", "@{H0.1} & ~Status.OBF"),
  ),
  mistake(
    "host-leaves-odr-while-idr-is-full: ODR is not read while a command waits in IDR: a BMC that waits for room in ODR never reads IDR",
    "LPC-HOST-16* LPC-HOST-4* H0.3 | deployed BMC: no fault, U10 | shown by host/layout/overlapping",
    asks("H0.3", "Status.OBF", "@it && (@{H0.1} & Status.IBF) === 0"),
  ),
  mistake(
    "host-reads-odr-unasked: ODR is read whether STR shows OBF or not: a byte read before is taken for a new one",
    "LPC-HOST-16* LPC-HOST-8* H0.1 H0.3 | killed | shown by pair/start/1-1/1-1",
    always("H0.3", "Status.OBF"),
  ),
  mistake(
    "host-leaves-odr-to-session: ODR is not read until the proposal is written: a byte of an older session is taken for one of the new",
    "LPC-HOST-4* H0.3 H1.13 | killed | shown by pair/start/1-1/1-1",
    after("H0.1", 'if (["closing", "fencingClose", "opening"].includes(@state.phase.name)) @{H0.1} &= ~Status.OBF;'),
  ),
  mistake(
    "host-starts-without-bmc-active: the start-up does not wait for BMC Active",
    "LPC-HOST-1* H1.1 | test/host LPC-HOST-1 | shown by pair/start/1-1/1-1",
    asks("H1.1", "Status.BMC_ACTIVE", '@it || @state.phase.name === "awaitingBmc"'),
    unseen(
      "the magic stands from the BMC's start on, and what the host writes meanwhile is zeroed or handled behind it",
    ),
  ),
  mistake(
    "host-goes-on-without-bmc-active: BMC Active = 0 is heeded while waiting for the BMC only, not at later steps of the start-up",
    "LPC-HOST-1* H0.5 H0.6 | test/host LPC-HOST-1 | shown by pair/reset/everything/d0",
    asks("H1.1", "Status.BMC_ACTIVE", '@it || @state.phase.name !== "awaitingBmc"'),
    unseen("what the host writes to a BMC that starts is zeroed by it (LPC-BMC-2), or handled behind its start"),
  ),

  /* ---- H0.2 and H1.1: the magic ---- */
  mistake(
    "host-skips-magic: the magic is not looked at",
    "LPC-HOST-2* LPC-REG-2* LPC-HOST-14* H0.2 F12 | test/host LPC-HOST-14 | shown by host/no-magic",
    never(sets("host", "findsMagic", "magicMismatch"), "MAGIC"),
    unseen("the BMC writes the magic before anything else (LPC-BMC-11)"),
  ),
  mistake(
    "host-reads-odr-before-magic: a byte of ODR is read before the magic was seen: it may be another interface's",
    "LPC-HOST-14* H0.2 H0.3 | v3 | test/host LPC-HOST-14 | shown by pair/start/1-1/1-1",
    before("H0.2", 'if ((@3 & Status.OBF) !== 0) @bus.readOdr("H0.3");'),
  ),
  mistake(
    "host-looks-for-magic-behind-bmc-active-only: the announcements of a starting BMC are not taken: it waits for T_ann, and the host with it",
    "LPC-HOST-16* LPC-HOST-14* H0.2 H0.3 | v3 | shown by host/no-magic",
    asks("H0.2", "Status.OBF", "(@3 & Status.BMC_ACTIVE) !== 0"),
  ),
  mistake(
    "host-writes-before-magic: the version fields are zeroed before the magic is read",
    "LPC-HOST-2* LPC-REG-2* LPC-HOST-14* H0.2 H1.2 | test/host LPC-HOST-2 LPC-HOST-14 | shown by pair/start/1-1/1-1",
    before("H0.2", '@bus.writeWindow("H1.2", Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE), 0, 4);'),
  ),

  /* ---- H1.1 to H1.8: the close and its fences ---- */
  mistake(
    "host-opens-without-close: neither close nor first fences: the proposal comes first, whatever channel there is",
    "LPC-HOST-3* H1.1 H1.3 | killed | shown by pair/start/1-1/1-1",
    goTo("H1.1", '{ name: "opening" }'),
    never("H1.9", "Status.CHANNEL_ACTIVE"),
  ),
  mistake(
    "host-closes-before-zeroes: the closing Initialise is written before the version fields are zeroed",
    "LPC-HOST-3* LPC-HOST-16 H1.2 H1.3 | test/host LPC-HOST-3 | shown by pair/start/1-1/1-1",
    swap("H1.2", "H1.3"),
    unseen(
      "a channel that this opens is closed again at H1.9 (LPC-HOST-13); without either, see host-proposes-for-close",
    ),
  ),
  mistake(
    "host-closes-without-zeroes: the version fields are not zeroed: the close is a proposal",
    "LPC-HOST-3* H1.2 | test/host LPC-HOST-3 | shown by pair/start/1-1/1-1",
    leaveOut("H1.2"),
    unseen(
      "a channel that this opens is closed again at H1.9 (LPC-HOST-13); without either, see host-proposes-for-close",
    ),
  ),
  mistake(
    "host-proposes-for-close: the version fields are not zeroed, and the channel that the close then opens is not closed again",
    "LPC-HOST-3* LPC-HOST-13* H1.2 H1.9 | killed | shown by pair/start/1-1/1-1",
    leaveOut("H1.2"),
    never("H1.9", "Status.CHANNEL_ACTIVE"),
  ),
  mistake(
    "host-closes-over-full-idr: the close does not wait for IBF = 0",
    "LPC-KCS-2* H1.3 | killed | shown by pair/idr-unread/d0",
    always("H1.3", "Status.IBF"),
  ),
  mistake(
    "host-opens-without-first-fence: no fence behind the close: the proposal may be written while the close is still being handled",
    "LPC-HOST-4* H1.4 H1.7 H1.8 | deployed BMC: no fault | shown by pair/start/1-1/1-1",
    goTo("H1.4", '{ name: "opening" }'),
    never("H1.9", "Status.CHANNEL_ACTIVE"),
  ),
  mistake(
    "host-opens-behind-one-fence: the second fence behind the close is left out: a driver that holds a byte has not given the close to the BMC",
    "LPC-HOST-4* LPC-KCS-13 H1.7 H1.8 | deployed BMC: no fault; depth 1 | deployed BMC: three packets each way, interrupts without reason; depth 1 | shown by pair/start/1-1/1-1",
    goTo("H1.7", '{ name: "opening" }'),
  ),
  mistake(
    "host-leaves-first-fence-out: the first fence behind the close is left out, and the second is the only one",
    "LPC-HOST-4* LPC-KCS-13 H1.4 H1.7 | deployed BMC: no fault; depth 1 | deployed BMC: three packets each way, interrupts without reason; depth 1 | shown by pair/start/1-1/1-1",
    goTo("H1.4", '{ name: "fencingClose", fences: 1 }'),
  ),
  mistake(
    "host-fences-before-close: the fences are written before the close, not behind it",
    "LPC-HOST-4* H1.3 H1.7 H1.8 | deployed BMC: no fault | shown by pair/start/1-1/1-1",
    access("H1.3", "value", "Command.DUMMY"),
    access("H1.8", "value", "Command.INITIALISE"),
  ),
  mistake(
    "host-fences-over-full-idr: the fences behind the close do not wait for IBF = 0: the first overwrites the close",
    "LPC-KCS-2* H1.7 H1.8 | v3 | shown by pair/start/1-1/2-2",
    always("H1.7", "Status.IBF"),
  ),
  mistake(
    "host-fences-twice-without-looking: the second fence behind the close does not wait for IBF = 0: it overwrites the first",
    "LPC-KCS-2* LPC-HOST-4 H1.8 | v3 | shown by pair/start/1-1/1-1",
    after("H1.7", '@bus.writeIdr("H1.8", Command.DUMMY);'),
  ),

  /* ---- H1.9 to H1.13: the proposal ---- */
  mistake(
    "host-opens-over-full-idr: the proposal does not wait for the second fence to be read",
    "LPC-HOST-4* LPC-KCS-2* H1.13 | v3 | shown by host/tx-begin-of-old-session",
    always("H1.13", "Status.IBF"),
  ),
  mistake(
    "host-opens-over-full-odr: the proposal is written while ODR still holds a byte of an older session",
    "LPC-HOST-4* H1.13 | test/host LPC-HOST-5 | shown by host/odr-refilled-before-proposal",
    always("H1.13", "again"),
    unseen(
      "behind the fences nothing but a dummy can stand in ODR, and H0.3 reads it; without H0.3, see host-leaves-odr-to-session",
    ),
  ),
  mistake(
    "host-misses-lost-close: a channel that is active behind the close and its fences is not closed again",
    "LPC-HOST-13* H1.9 | platform-reset-twice | shown by host/close-lost",
    never("H1.9", "Status.CHANNEL_ACTIVE"),
  ),
  mistake(
    "host-writes-rx-size-first: rx_size is written before the version fields",
    "LPC-HOST-5* LPC-HOST-16 H1.11 H1.12 | test/host LPC-HOST-7 LPC-HOST-5 | shown by pair/start/1-2/1-2",
    moveBefore("H1.11", "H1.13"),
    unseen(
      "an answer to a proposal cut in two is known by its rx_size (LPC-MTU-6); without either, see host-takes-cut-proposal",
    ),
  ),
  mistake(
    "host-takes-cut-proposal: rx_size is written first, and the answer's not judged: a BMC that restarts between the writes grants its own",
    "LPC-HOST-5* LPC-MTU-6* H1.11 H1.12 H1.26 | asks-less | shown by pair/start/1-2/1-2",
    moveBefore("H1.11", "H1.13"),
    never("H1.26", "size"),
  ),
  mistake(
    "host-opens-before-proposal: Initialise is written before the proposal that it vouches for",
    "LPC-HOST-5* LPC-HOST-16 H1.10 H1.11 H1.13 | v3 | shown by pair/start/1-1/1-1",
    moveBefore("H1.13", "H1.10"),
  ),
  mistake(
    "host-opens-before-rx-size: Initialise is written between the version fields and rx_size",
    "LPC-HOST-5* H1.12 H1.13 | smaller-mtu | shown by pair/start/1-2/1-2",
    moveBehind("H1.13", "H1.11"),
  ),
  mistake(
    "host-keeps-old-tx-begin: a Tx Begin read before the opening Initialise is remembered over it",
    "LPC-HOST-16* LPC-HOST-8* H1.13 | killed | shown by pair/killed/host/d0",
    leaveOut(naming(sets("host", "startUp", "txBeginSeen"), "false")),
  ),

  /* ---- H1.14 and H1.15: the fences behind the proposal ---- */
  mistake(
    "host-judges-without-second-fence: no fence behind the opening Initialise: STR is judged as soon as that was read",
    "LPC-HOST-6* H1.13 H1.14 H1.15 | v3 | shown by pair/start/1-1/1-1",
    goTo("H1.13", '{ name: "judging", askedBytes: @{writeProposal} }'),
  ),
  mistake(
    "host-judges-behind-one-fence: the second fence behind the opening Initialise is left out: the driver may still hold the first",
    "LPC-HOST-6* LPC-KCS-13 H1.14 H1.15 | v3-d1 | shown by pair/start/1-1/1-1",
    goTo("H1.14", '{ name: "judging", askedBytes: @state.phase.askedBytes }'),
  ),
  mistake(
    "host-leaves-first-open-fence-out: the first fence behind the opening Initialise is left out, and the second is the only one",
    "LPC-HOST-6* LPC-KCS-13 H1.13 H1.14 | v3-d1 | shown by pair/start/1-1/1-1",
    goTo("H1.13", '{ name: "fencingOpen", fences: 1, askedBytes: @{writeProposal} }'),
  ),
  mistake(
    "host-fences-before-open: the second fences are written before the opening Initialise, not behind it",
    "LPC-HOST-6* H1.13 H1.14 H1.15 | v3 | shown by pair/start/1-1/1-1",
    access("H1.13", "value", "Command.DUMMY"),
    access("H1.15", "value", "Command.INITIALISE"),
  ),
  mistake(
    "host-fences-open-over-full-idr: the fences behind the proposal do not wait for IBF = 0: the first overwrites the opening Initialise",
    "LPC-KCS-2* H1.14 H1.15 | v3 | shown by host/layout/overlapping",
    always("H1.14", "Status.IBF"),
  ),
  mistake(
    "host-judges-unread-fence: the answer is judged before the last fence was read",
    "LPC-HOST-6* H1.16 H1.20 | v3 | v3-d1 | shown by host/first-tx-begin-early",
    always("H1.20", "Status.IBF"),
  ),
];
