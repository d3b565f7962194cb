/** Mistakes in how the host judges, rests and stops: H1.16 to H1.31 and H4 of the specification's tables. */
import { explored, tested, type Mistake } from "../mistake.ts";
import { always, argument, asks, goTo, instead, leaveOut, never, swap } from "../operators/operators.ts";
import { call, sets } from "../operators/places.ts";

const HOST = "test/host";

export const HOST_JUDGING: readonly Mistake[] = [
  /* ---- H1.16 to H1.28: the judgement ---- */
  {
    name: "host-takes-restart-for-refusal",
    text: "Channel Active = 0 is taken for a refusal though the version fields were zeroed: only T_refused goes on",
    breaks: ["LPC-HOST-7", "H1.16", "H1.19", "F16"],
    does: [always("H1.18", "sameRange")],
    noticedBy: [...explored("killed-twice"), ...tested(HOST, "LPC-HOST-7")],
  },
  {
    name: "host-believes-refusal-at-once",
    text: "the first refusal is believed: a reset of the driver may have taken Initialise and fences away",
    breaks: ["LPC-HOST-15", "H1.17"],
    does: [always("H1.18", "refusedBefore")],
    noticedBy: tested(HOST, "LPC-HOST-15"),
    unseen: "the rest that follows ends: a reset of the driver costs T_refused",
  },
  {
    name: "host-never-believes-refusal",
    text: "a second refusal in a row is begun again, too: the BMC is asked eight times before the host rests",
    breaks: ["LPC-HOST-15", "H1.18"],
    does: [never("H1.18", "refusedBefore")],
    noticedBy: tested(HOST, "LPC-HOST-15", "LPC-TIME-2"),
    unseen: "the host rests all the same, later",
  },
  {
    name: "host-remembers-refusal-over-session",
    text: "a refusal before a session counts as the first of a row behind it",
    breaks: ["LPC-HOST-15", "H1.28"],
    does: [leaveOut(sets("host", "judgeSession", "refusedBefore"))],
    noticedBy: tested(HOST, "LPC-HOST-15"),
    unseen: "the rest that follows ends: a reset of the driver costs T_refused",
  },
  {
    name: "host-confirms-before-reading",
    text: "STR is read again before the terms, not behind them",
    breaks: ["LPC-HOST-7", "LPC-HOST-16", "H1.20", "H1.21"],
    does: [swap("H1.20", "H1.21")],
    noticedBy: explored("killed"),
  },
  {
    name: "host-does-not-confirm",
    text: "STR is not read again behind the terms",
    breaks: ["LPC-HOST-7", "H1.21", "H1.22"],
    does: [leaveOut("H1.21", "SESSION_BITS")],
    noticedBy: explored("killed"),
  },
  {
    name: "host-declines-a-restart",
    text: "a negotiated_ver of 0 is declined though the version fields tell of a restart: only T_refused goes on",
    breaks: ["LPC-HOST-7", "H1.23", "H1.24"],
    does: [never("H1.24", "sameRange")],
    noticedBy: [...explored("deployed BMC: F16, F21, F22, U9: one kill of either side"), ...tested(HOST, "LPC-HOST-7")],
  },
  {
    name: "host-takes-any-version",
    text: "a negotiated_ver outside the host's own range is taken",
    breaks: ["LPC-VER-3", "H1.25"],
    does: [asks("H1.25", "isVersion", "!isVersion(@{H1.20}.negotiatedVersion)")],
    noticedBy: tested(HOST, "LPC-VER-3"),
  },
  {
    name: "host-takes-any-rx-size",
    text: "an rx_size above the asked one is taken",
    breaks: ["LPC-MTU-6", "H1.26"],
    does: [never("H1.26", "size")],
    noticedBy: tested(HOST, "LPC-MTU-6"),
    unseen:
      "a proposal that is not cut in two is never answered with more; without either guard, see host-takes-cut-proposal",
  },
  {
    name: "host-takes-any-layout",
    text: "the BMC's layout is taken unjudged",
    breaks: ["LPC-MTU-5", "H1.27"],
    does: [instead(call("host", "judgeSession", "judgeLayout"), "({ ok: true, value: @{H1.20}.layout })")],
    noticedBy: tested(HOST, "LPC-MTU-5"),
  },
  {
    name: "host-reads-terms-twice",
    text: "the terms that were judged are not those that are kept: the region is read again for them",
    breaks: ["LPC-REG-5", "LPC-HOST-7", "H1.20", "H1.28"],
    does: [argument(call("host", "judgeSession", "openSession"), 1, 'readRegion(@bus, "H1.20").layout')],
    noticedBy: explored("smaller-mtu"),
  },

  /* ---- H1.29 to H1.31: the rest ---- */
  {
    name: "host-rests-through-restart",
    text: "a BMC that restarts does not end the rest",
    breaks: ["LPC-TIME-2", "H1.30", "H1.31"],
    does: [asks("H1.31", "until", "@now >= @state.phase.until")],
    noticedBy: explored("refused-then-renewed"),
  },
  {
    name: "host-never-rests",
    text: "a refusal is answered with the next proposal at once, for ever",
    breaks: ["LPC-TIME-2", "H1.31", "F15"],
    does: [always("H1.31", "until")],
    noticedBy: explored("refused"),
  },
  {
    name: "host-rests-for-good",
    text: "nothing follows a refusal",
    breaks: ["LPC-TIME-2", "H1.31", "F3"],
    does: [asks("H1.31", "until", "!sameRange(@{H1.30}, @state.phase.hostVersions)")],
    noticedBy: tested(HOST, "LPC-TIME-2"),
    unseen: "a rest is an end of a run; that it ends in time is no property of an order",
  },
  {
    name: "host-rests-no-time-for-bad-answers",
    text: "an answer that was declined is asked for again at once: no rest follows the close",
    breaks: ["LPC-TIME-2", "H1.5"],
    does: [goTo("H1.5", '{ name: "awaitingBmc" }')],
    noticedBy: tested(HOST, "LPC-MTU-5", "LPC-TIME-2"),
  },
  {
    name: "host-chases-restarts",
    text: "start-ups begun again in a row are not counted: no rest follows them",
    breaks: ["LPC-TIME-2", "H1.29"],
    does: [never("H1.29", "attempts")],
    noticedBy: tested(HOST, "LPC-TIME-2"),
  },

  /* ---- H4: the stop ---- */
  {
    name: "host-stops-without-close",
    text: "a host that stops in a session writes no close",
    breaks: ["LPC-HOST-12", "H4.2"],
    does: [goTo("H4.2", '@state.phase.name === "active" ? { name: "stopped" } : @it')],
    noticedBy: tested(HOST, "LPC-HOST-12"),
    unseen: "the next start closes the session",
  },
  {
    name: "host-stops-behind-its-proposal",
    text: "a host that stops with its proposal unanswered writes no close",
    breaks: ["LPC-HOST-12", "H4.2"],
    does: [goTo("H4.2", '["fencingOpen", "judging"].includes(@state.phase.name) ? { name: "stopped" } : @it')],
    noticedBy: tested(HOST, "LPC-HOST-12"),
    unseen: "the next start closes the session",
  },
  {
    name: "host-stops-and-opens-again",
    text: "the close of a host that stops is followed by fences and proposal",
    breaks: ["LPC-HOST-12", "H1.6"],
    does: [goTo("H1.6", '{ name: "fencingClose", fences: 0 }')],
    noticedBy: tested(HOST, "LPC-HOST-12"),
    unseen: "the stop is asked for again in the next round, and there is nothing to close then",
  },
  {
    name: "host-stops-with-needless-close",
    text: "a host that stops with nothing open writes a close all the same",
    breaks: ["LPC-HOST-12", "H4.1"],
    does: [goTo("H4.1", '{ name: "stopping", until: @now + @config.stopLimit }')],
    noticedBy: tested(HOST, "LPC-HOST-12"),
  },
  {
    name: "host-stops-never",
    text: "a host that stops waits for IDR to become empty, however long that takes",
    breaks: ["LPC-TIME-5", "H4.3", "F15"],
    does: [never("H4.3", "until")],
    noticedBy: [...explored("stopped-bmc-dead"), ...tested(HOST, "LPC-TIME-5")],
  },
  {
    name: "host-stops-without-waiting",
    text: "a host that stops gives up as soon as IDR is full, not after T_stop",
    breaks: ["LPC-TIME-5", "LPC-HOST-12", "H4.3"],
    does: [always("H4.3", "until")],
    noticedBy: tested(HOST, "LPC-HOST-12", "LPC-TIME-5"),
    unseen: "the next start closes the session",
  },
];
