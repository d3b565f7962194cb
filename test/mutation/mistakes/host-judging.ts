/** Mistakes in how the host judges, rests and stops: H1.16 to H1.31 and H4 of the specification's tables. */
import { mistake, type Mistake, offBus, unseen } from "../mistake.ts";
import { always, argument, asks, goTo, instead, leaveOut, never, swap } from "../operators/operators.ts";
import { call, sets } from "../operators/places.ts";

export const HOST_JUDGING: readonly Mistake[] = [
  /* ---- H1.16 to H1.28: the judgement ---- */
  mistake(
    "host-takes-restart-for-refusal: Channel Active = 0 is taken for a refusal though the version fields were zeroed: only T_refused goes on",
    "LPC-HOST-7* H1.16 H1.19 F16 | killed-twice | test/host LPC-HOST-7 | shown by host/restarts-for-ever",
    always("H1.18", "sameRange"),
  ),
  mistake(
    "host-believes-refusal-at-once: the first refusal is believed: a reset of the driver may have taken Initialise and fences away",
    "LPC-HOST-15* H1.17 | test/host LPC-HOST-15 | shown by pair/start/1-1/2-2",
    always("H1.18", "refusedBefore"),
    unseen("the rest that follows ends: a reset of the driver costs T_refused"),
  ),
  mistake(
    "host-never-believes-refusal: a second refusal in a row is begun again, too: the BMC is asked eight times before the host rests",
    "LPC-TIME-2* LPC-HOST-15* H1.18 | test/host LPC-HOST-15 LPC-TIME-2 | shown by pair/start/1-1/2-2",
    never("H1.18", "refusedBefore"),
    unseen("the host rests all the same, later"),
  ),
  mistake(
    "host-remembers-refusal-over-session: a refusal before a session counts as the first of a row behind it",
    "LPC-HOST-15* H1.28 | test/host LPC-HOST-15 | shown by pair/refused-then-renewed",
    leaveOut(sets("host", "judgeSession", "refusedBefore")),
    unseen("the rest that follows ends: a reset of the driver costs T_refused"),
  ),
  mistake(
    "host-confirms-before-reading: STR is read again before the terms, not behind them",
    "LPC-HOST-7* LPC-HOST-16 H1.20 H1.21 | killed | shown by host/first-tx-begin-early",
    swap("H1.20", "H1.21"),
  ),
  mistake(
    "host-does-not-confirm: STR is not read again behind the terms",
    "LPC-HOST-7* H1.21 H1.22 | killed | shown by host/first-tx-begin-early",
    leaveOut("H1.21", "SESSION_BITS"),
  ),
  mistake(
    "host-declines-a-restart: a negotiated_ver of 0 is declined though the version fields tell of a restart: only T_refused goes on",
    "LPC-HOST-7* H1.23 H1.24 | deployed BMC: F16, F21, F22, U9: one kill of either side | test/host LPC-HOST-7 | shown by host/restarts-then-refuses",
    never("H1.24", "sameRange"),
  ),
  mistake(
    "host-takes-any-version: a negotiated_ver outside the host's own range is taken",
    "LPC-VER-3* H1.25 | test/host LPC-VER-3 | shown by host/version/below",
    asks("H1.25", "isVersion", "!isVersion(@{H1.20}.negotiatedVersion)"),
  ),
  mistake(
    "host-takes-any-rx-size: an rx_size above the asked one is taken",
    "LPC-MTU-6* H1.26 | test/host LPC-MTU-6 | shown by host/rx-size-above-asked",
    never("H1.26", "size"),
    unseen(
      "a proposal that is not cut in two is never answered with more; without either guard, see host-takes-cut-proposal",
    ),
  ),
  mistake(
    "host-takes-any-layout: the BMC's layout is taken unjudged",
    "LPC-MTU-5* H1.27 | test/host LPC-MTU-5 | shown by host/layout/overlapping",
    instead(call("host", "judgeSession", "judgeLayout"), "({ ok: true, value: @{H1.20}.layout })"),
  ),
  mistake(
    "host-reads-terms-twice: the terms that were judged are not those that are kept: the region is read again for them",
    "LPC-REG-5* LPC-HOST-7* H1.20 H1.28 | smaller-mtu | shown by pair/start/1-1/1-1",
    argument(call("host", "judgeSession", "openSession"), 1, 'readRegion(@bus, "H1.20").layout'),
  ),

  /* ---- H1.29 to H1.31: the rest ---- */
  mistake(
    "host-rests-through-restart: a BMC that restarts does not end the rest",
    "LPC-TIME-2* H1.30 H1.31 | refused-then-renewed | shown by host/fields-zeroed-while-resting",
    asks("H1.31", "until", "@now >= @state.phase.until"),
  ),
  mistake(
    "host-never-rests: a refusal is answered with the next proposal at once, for ever",
    "LPC-HOST-15* LPC-TIME-2* H1.31 F15 | refused | shown by pair/start/1-1/2-2",
    always("H1.31", "until"),
  ),
  mistake(
    "host-rests-for-good: nothing follows a refusal",
    "LPC-TIME-2* H1.31 F3 | test/host LPC-TIME-2 | shown by pair/start/1-1/2-2",
    asks("H1.31", "until", "!sameRange(@{H1.30}, @state.phase.hostVersions)"),
    unseen("a rest is an end of a run; that it ends in time is no property of an order"),
  ),
  mistake(
    "host-rests-no-time-for-bad-answers: an answer that was declined is asked for again at once: no rest follows the close",
    "LPC-TIME-2* H1.5 | test/host LPC-MTU-5 LPC-TIME-2 | shown by host/layout/overlapping",
    goTo("H1.5", '{ name: "awaitingBmc" }'),
  ),
  mistake(
    "host-chases-restarts: start-ups begun again in a row are not counted: no rest follows them",
    "LPC-TIME-2* H1.29 | test/host LPC-TIME-2 | shown by host/restarts-for-ever",
    never("H1.29", "attempts"),
  ),

  /* ---- H4: the stop ---- */
  mistake(
    "host-stops-without-close: a host that stops in a session writes no close",
    "LPC-HOST-12* H4.2 | test/host LPC-HOST-12 | shown by pair/start/1-1/1-1",
    goTo("H4.2", '@state.phase.name === "active" ? { name: "stopped" } : @it'),
    unseen("the next start closes the session"),
  ),
  mistake(
    "host-stops-behind-its-proposal: a host that stops with its proposal unanswered writes no close",
    "LPC-HOST-12* H4.2 | test/host LPC-HOST-12 | shown by pair/stopped/host/d0",
    goTo("H4.2", '["fencingOpen", "judging"].includes(@state.phase.name) ? { name: "stopped" } : @it'),
    unseen("the next start closes the session"),
  ),
  mistake(
    "host-stops-and-opens-again: the close of a host that stops is followed by fences and proposal",
    "LPC-HOST-12 H1.6 | test/host LPC-HOST-12 | shown by host/stop/7",
    goTo("H1.6", '{ name: "fencingClose", fences: 0 }'),
    offBus("the stop is asked for again in the next round, and there is nothing to close then: no access follows"),
    unseen("the stop is asked for again in the next round, and there is nothing to close then"),
  ),
  mistake(
    "host-stops-with-needless-close: a host that stops with nothing open writes a close all the same",
    "LPC-HOST-12* H4.1 | test/host LPC-HOST-12 | shown by pair/start/1-1/2-2",
    goTo("H4.1", '{ name: "stopping", until: @now + @config.stopLimit }'),
  ),
  mistake(
    "host-stops-never: a host that stops waits for IDR to become empty, however long that takes",
    "LPC-TIME-5* H4.3 F15 | stopped-bmc-dead | test/host LPC-TIME-5 | shown by pair/idr-unread/d0",
    never("H4.3", "until"),
  ),
  mistake(
    "host-stops-without-waiting: a host that stops gives up as soon as IDR is full, not after T_stop",
    "LPC-TIME-5* LPC-HOST-12* H4.3 | test/host LPC-HOST-12 LPC-TIME-5 | shown by pair/idr-unread/d0",
    always("H4.3", "until"),
    unseen("the next start closes the session"),
  ),
];
