/** Mistakes in the host's way to an answer: H0 and H1.1 to H1.15 of the specification's tables. */
import { explored, tested, type Mistake } from "../mistake.ts";
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

const HOST = "test/host";

export const HOST_START_UP: readonly Mistake[] = [
  /* ---- H0: every round outside a session ---- */
  {
    name: "host-trusts-status-before-odr",
    text: "STR is not read again after a byte of ODR: what the byte told of is judged by the value from before it",
    breaks: ["LPC-KCS-1", "H0.4", "F1"],
    does: [leaveOut("H0.4", "@{H0.1} & ~Status.OBF")],
    noticedBy: [
      ...explored("deployed BMC: F22: one orderly stop of either side, interrupts by level"),
      ...tested(HOST, "LPC-KCS-1"),
    ],
  },
  {
    name: "host-leaves-odr-while-idr-is-full",
    text: "ODR is not read while a command waits in IDR: a BMC that waits for room in ODR never reads IDR",
    breaks: ["LPC-HOST-4", "H0.3"],
    does: [asks("H0.3", "Status.OBF", "@it && (@{H0.1} & Status.IBF) === 0")],
    noticedBy: explored("deployed BMC: no fault, U10"),
  },
  {
    name: "host-reads-odr-unasked",
    text: "ODR is read whether STR shows OBF or not: a byte read before is taken for a new one",
    breaks: ["LPC-HOST-8", "H0.1", "H0.3"],
    does: [always("H0.3", "Status.OBF")],
    noticedBy: explored("killed"),
  },
  {
    name: "host-leaves-odr-to-session",
    text: "ODR is not read until the proposal is written: a byte of an older session is taken for one of the new",
    breaks: ["LPC-HOST-4", "H0.3", "H1.13"],
    does: [
      after("H0.1", 'if (["closing", "fencingClose", "opening"].includes(@state.phase.name)) @{H0.1} &= ~Status.OBF;'),
    ],
    noticedBy: explored("killed"),
  },
  {
    name: "host-starts-without-bmc-active",
    text: "the start-up does not wait for BMC Active",
    breaks: ["LPC-HOST-1", "H1.1"],
    does: [asks("H1.1", "Status.BMC_ACTIVE", '@it || @state.phase.name === "awaitingBmc"')],
    noticedBy: tested(HOST, "LPC-HOST-1"),
    unseen:
      "the magic stands from the BMC's start on, and what the host writes meanwhile is zeroed or handled behind it",
  },
  {
    name: "host-goes-on-without-bmc-active",
    text: "BMC Active = 0 is heeded while waiting for the BMC only, not at later steps of the start-up",
    breaks: ["LPC-HOST-1", "H0.5", "H0.6"],
    does: [asks("H1.1", "Status.BMC_ACTIVE", '@it || @state.phase.name !== "awaitingBmc"')],
    noticedBy: tested(HOST, "LPC-HOST-1"),
    unseen: "what the host writes to a BMC that starts is zeroed by it (LPC-BMC-2), or handled behind its start",
  },

  /* ---- H0.2 and H1.1: the magic ---- */
  {
    name: "host-skips-magic",
    text: "the magic is not looked at",
    breaks: ["LPC-REG-2", "LPC-HOST-14", "H0.2", "F12"],
    does: [never(sets("host", "findsMagic", "magicMismatch"), "MAGIC")],
    noticedBy: tested(HOST, "LPC-HOST-14"),
    unseen: "the BMC writes the magic before anything else (LPC-BMC-11)",
  },
  {
    name: "host-reads-odr-before-magic",
    text: "a byte of ODR is read before the magic was seen: it may be another interface's",
    breaks: ["LPC-HOST-14", "H0.2", "H0.3"],
    does: [before("H0.2", 'if ((@3 & Status.OBF) !== 0) @bus.readOdr("H0.3");')],
    noticedBy: [...explored("v3"), ...tested(HOST, "LPC-HOST-14")],
  },
  {
    name: "host-looks-for-magic-behind-bmc-active-only",
    text: "the announcements of a starting BMC are not taken: it waits for T_ann, and the host with it",
    breaks: ["LPC-HOST-14", "H0.2", "H0.3"],
    does: [asks("H0.2", "Status.OBF", "(@3 & Status.BMC_ACTIVE) !== 0")],
    noticedBy: explored("v3"),
  },
  {
    name: "host-writes-before-magic",
    text: "the version fields are zeroed before the magic is read",
    breaks: ["LPC-HOST-2", "LPC-REG-2", "LPC-HOST-14", "H0.2", "H1.2"],
    does: [before("H0.2", '@bus.writeWindow("H1.2", Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE), 0, 4);')],
    noticedBy: tested(HOST, "LPC-HOST-2", "LPC-HOST-14"),
  },

  /* ---- H1.1 to H1.8: the close and its fences ---- */
  {
    name: "host-opens-without-close",
    text: "neither close nor first fences: the proposal comes first, whatever channel there is",
    breaks: ["LPC-HOST-3", "H1.1", "H1.3"],
    does: [goTo("H1.1", '{ name: "opening" }'), never("H1.9", "Status.CHANNEL_ACTIVE")],
    noticedBy: explored("killed"),
  },
  {
    name: "host-closes-before-zeroes",
    text: "the closing Initialise is written before the version fields are zeroed",
    breaks: ["LPC-HOST-3", "LPC-HOST-16", "H1.2", "H1.3"],
    does: [swap("H1.2", "H1.3")],
    noticedBy: tested(HOST, "LPC-HOST-3"),
    unseen:
      "a channel that this opens is closed again at H1.9 (LPC-HOST-13); without either, see host-proposes-for-close",
  },
  {
    name: "host-closes-without-zeroes",
    text: "the version fields are not zeroed: the close is a proposal",
    breaks: ["LPC-HOST-3", "H1.2"],
    does: [leaveOut("H1.2")],
    noticedBy: tested(HOST, "LPC-HOST-3"),
    unseen:
      "a channel that this opens is closed again at H1.9 (LPC-HOST-13); without either, see host-proposes-for-close",
  },
  {
    name: "host-proposes-for-close",
    text: "the version fields are not zeroed, and the channel that the close then opens is not closed again",
    breaks: ["LPC-HOST-3", "LPC-HOST-13", "H1.2", "H1.9"],
    does: [leaveOut("H1.2"), never("H1.9", "Status.CHANNEL_ACTIVE")],
    noticedBy: explored("killed"),
  },
  {
    name: "host-closes-over-full-idr",
    text: "the close does not wait for IBF = 0",
    breaks: ["LPC-KCS-2", "H1.3"],
    does: [always("H1.3", "Status.IBF")],
    noticedBy: explored("killed"),
  },
  {
    name: "host-opens-without-first-fence",
    text: "no fence behind the close: the proposal may be written while the close is still being handled",
    breaks: ["LPC-HOST-4", "H1.4", "H1.7", "H1.8"],
    does: [goTo("H1.4", '{ name: "opening" }'), never("H1.9", "Status.CHANNEL_ACTIVE")],
    noticedBy: explored("deployed BMC: no fault"),
  },
  {
    name: "host-opens-behind-one-fence",
    text: "the second fence behind the close is left out: a driver that holds a byte has not given the close to the BMC",
    breaks: ["LPC-HOST-4", "LPC-KCS-13", "H1.7", "H1.8"],
    does: [goTo("H1.7", '{ name: "opening" }')],
    noticedBy: explored(
      "deployed BMC: no fault; depth 1",
      "deployed BMC: three packets each way, interrupts without reason; depth 1",
    ),
  },
  {
    name: "host-leaves-first-fence-out",
    text: "the first fence behind the close is left out, and the second is the only one",
    breaks: ["LPC-HOST-4", "LPC-KCS-13", "H1.4", "H1.7"],
    does: [goTo("H1.4", '{ name: "fencingClose", fences: 1 }')],
    noticedBy: explored(
      "deployed BMC: no fault; depth 1",
      "deployed BMC: three packets each way, interrupts without reason; depth 1",
    ),
  },
  {
    name: "host-fences-before-close",
    text: "the fences are written before the close, not behind it",
    breaks: ["LPC-HOST-4", "H1.3", "H1.7", "H1.8"],
    does: [access("H1.3", "value", "Command.DUMMY"), access("H1.8", "value", "Command.INITIALISE")],
    noticedBy: explored("deployed BMC: no fault"),
  },
  {
    name: "host-fences-over-full-idr",
    text: "the fences behind the close do not wait for IBF = 0: the first overwrites the close",
    breaks: ["LPC-KCS-2", "H1.7", "H1.8"],
    does: [always("H1.7", "Status.IBF")],
    noticedBy: explored("v3"),
  },
  {
    name: "host-fences-twice-without-looking",
    text: "the second fence behind the close does not wait for IBF = 0: it overwrites the first",
    breaks: ["LPC-KCS-2", "LPC-HOST-4", "H1.8"],
    does: [after("H1.7", '@bus.writeIdr("H1.8", Command.DUMMY);')],
    noticedBy: explored("v3"),
  },

  /* ---- H1.9 to H1.13: the proposal ---- */
  {
    name: "host-opens-over-full-idr",
    text: "the proposal does not wait for the second fence to be read",
    breaks: ["LPC-HOST-4", "LPC-KCS-2", "H1.13"],
    does: [always("H1.13", "Status.IBF")],
    noticedBy: explored("v3"),
  },
  {
    name: "host-opens-over-full-odr",
    text: "the proposal is written while ODR still holds a byte of an older session",
    breaks: ["LPC-HOST-4", "H1.13"],
    does: [always("H1.13", "again")],
    noticedBy: tested(HOST, "LPC-HOST-5"),
    unseen:
      "behind the fences nothing but a dummy can stand in ODR, and H0.3 reads it; without H0.3, see host-leaves-odr-to-session",
  },
  {
    name: "host-misses-lost-close",
    text: "a channel that is active behind the close and its fences is not closed again",
    breaks: ["LPC-HOST-13", "H1.9"],
    does: [never("H1.9", "Status.CHANNEL_ACTIVE")],
    noticedBy: explored("platform-reset-twice"),
  },
  {
    name: "host-writes-rx-size-first",
    text: "rx_size is written before the version fields",
    breaks: ["LPC-HOST-5", "LPC-HOST-16", "H1.11", "H1.12"],
    does: [moveBefore("H1.11", "H1.13")],
    noticedBy: tested(HOST, "LPC-HOST-7", "LPC-HOST-5"),
    unseen:
      "an answer to a proposal cut in two is known by its rx_size (LPC-MTU-6); without either, see host-takes-cut-proposal",
  },
  {
    name: "host-takes-cut-proposal",
    text: "rx_size is written first, and the answer's not judged: a BMC that restarts between the writes grants its own",
    breaks: ["LPC-HOST-5", "LPC-MTU-6", "H1.11", "H1.12", "H1.26"],
    does: [moveBefore("H1.11", "H1.13"), never("H1.26", "size")],
    noticedBy: explored("asks-less"),
  },
  {
    name: "host-opens-before-proposal",
    text: "Initialise is written before the proposal that it vouches for",
    breaks: ["LPC-HOST-5", "LPC-HOST-16", "H1.10", "H1.11", "H1.13"],
    does: [moveBefore("H1.13", "H1.10")],
    noticedBy: explored("v3"),
  },
  {
    name: "host-opens-before-rx-size",
    text: "Initialise is written between the version fields and rx_size",
    breaks: ["LPC-HOST-5", "H1.12", "H1.13"],
    does: [moveBehind("H1.13", "H1.11")],
    noticedBy: explored("smaller-mtu"),
  },
  {
    name: "host-keeps-old-tx-begin",
    text: "a Tx Begin read before the opening Initialise is remembered over it",
    breaks: ["LPC-HOST-8", "H1.13"],
    does: [leaveOut(naming(sets("host", "startUp", "txBeginSeen"), "false"))],
    noticedBy: explored("killed"),
  },

  /* ---- H1.14 and H1.15: the fences behind the proposal ---- */
  {
    name: "host-judges-without-second-fence",
    text: "no fence behind the opening Initialise: STR is judged as soon as that was read",
    breaks: ["LPC-HOST-6", "H1.13", "H1.14", "H1.15"],
    does: [goTo("H1.13", '{ name: "judging", askedBytes: @{writeProposal} }')],
    noticedBy: explored("v3"),
  },
  {
    name: "host-judges-behind-one-fence",
    text: "the second fence behind the opening Initialise is left out: the driver may still hold the first",
    breaks: ["LPC-HOST-6", "LPC-KCS-13", "H1.14", "H1.15"],
    does: [goTo("H1.14", '{ name: "judging", askedBytes: @state.phase.askedBytes }')],
    noticedBy: explored("v3-d1"),
  },
  {
    name: "host-leaves-first-open-fence-out",
    text: "the first fence behind the opening Initialise is left out, and the second is the only one",
    breaks: ["LPC-HOST-6", "LPC-KCS-13", "H1.13", "H1.14"],
    does: [goTo("H1.13", '{ name: "fencingOpen", fences: 1, askedBytes: @{writeProposal} }')],
    noticedBy: explored("v3-d1"),
  },
  {
    name: "host-fences-before-open",
    text: "the second fences are written before the opening Initialise, not behind it",
    breaks: ["LPC-HOST-6", "H1.13", "H1.14", "H1.15"],
    does: [access("H1.13", "value", "Command.DUMMY"), access("H1.15", "value", "Command.INITIALISE")],
    noticedBy: explored("v3"),
  },
  {
    name: "host-fences-open-over-full-idr",
    text: "the fences behind the proposal do not wait for IBF = 0: the first overwrites the opening Initialise",
    breaks: ["LPC-KCS-2", "H1.14", "H1.15"],
    does: [always("H1.14", "Status.IBF")],
    noticedBy: explored("v3"),
  },
  {
    name: "host-judges-unread-fence",
    text: "the answer is judged before the last fence was read",
    breaks: ["LPC-HOST-6", "H1.16", "H1.20"],
    does: [always("H1.20", "Status.IBF")],
    noticedBy: explored("v3", "v3-d1"),
  },
];
