/** Mistakes in the host's way to a session: H0, H1 and H4 of the specification's tables. */
import { replaced, swapped, without, type Edit, type Mistake } from "../mistake.ts";

const file = "host/role/start-up.ts";

const RX_SIZE_FIRST: readonly Edit[] = [
  ...replaced(
    "  yield writeWindow(Field.hostVersionMin, encodeVersionRange(config.versions));\n  if (version === 0 || framingOf(version).fixedMtu) return 0;\n",
    "  if (version === 0 || framingOf(version).fixedMtu) {\n" +
      "    yield writeWindow(Field.hostVersionMin, encodeVersionRange(config.versions));\n" +
      "    return 0;\n  }\n",
  ),
  ...replaced(
    "  yield writeWindow(Field.rxSize, encodeU32(asked));\n",
    "  yield writeWindow(Field.rxSize, encodeU32(asked));\n" +
      "  yield writeWindow(Field.hostVersionMin, encodeVersionRange(config.versions));\n",
  ),
];

export const HOST_START_UP: readonly Mistake[] = [
  /* ---- H0: every round outside a session ---- */
  {
    name: "host-trusts-status-before-odr",
    text: "STR is not read again after a byte of ODR: what the byte told of is judged by the value from before it",
    breaks: ["LPC-KCS-1", "H0.2", "F1"],
    file,
    edits: replaced("    status = yield READ_STATUS;\n", "    status &= ~Status.OBF;\n"),
    noticedBy: [{ explore: "deployed BMC: F22: one orderly stop of either side, interrupts by level" }],
  },
  {
    name: "host-leaves-odr-while-idr-is-full",
    text: "ODR is not read while a command waits in IDR: a BMC that waits for room in ODR never reads IDR",
    breaks: ["LPC-HOST-4", "H0.2"],
    file,
    edits: replaced(
      "  if ((status & Status.OBF) !== 0) {\n    const command",
      "  if ((status & (Status.OBF | Status.IBF)) === Status.OBF) {\n    const command",
    ),
    noticedBy: [{ explore: "deployed BMC: no fault, U10" }],
  },
  {
    name: "host-reads-odr-unasked",
    text: "ODR is read whether STR shows OBF or not: a byte read before is taken for a new one",
    breaks: ["LPC-HOST-8", "H0.1", "H0.2"],
    file,
    edits: replaced(
      "  if ((status & Status.OBF) !== 0) {\n    const command",
      "  if (status >= 0) {\n    const command",
    ),
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "host-leaves-odr-to-session",
    text: "ODR is not read until the proposal is written: a byte of an older session is taken for one of the new",
    breaks: ["LPC-HOST-4", "H0.2", "H1.5"],
    file,
    edits: [
      ...replaced(
        "  if ((status & Status.OBF) !== 0) {\n    const command",
        '  const isEarly = ["closing", "fencingClose", "opening"].includes(host.phase.name);\n' +
          "  if (!isEarly && (status & Status.OBF) !== 0) {\n    const command",
      ),
      ...replaced('if (!idrEmpty || more === "again") return more;', 'if (!idrEmpty) return "waiting";'),
      ...replaced(
        'case "closing":\n      if (!idrEmpty) return more;\n',
        'case "closing":\n      if (!idrEmpty) return "waiting";\n',
      ),
      ...replaced(
        'case "fencingClose":\n      if (!idrEmpty) return more;\n',
        'case "fencingClose":\n      if (!idrEmpty) return "waiting";\n',
      ),
    ],
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "host-starts-without-bmc-active",
    text: "the start-up does not wait for BMC Active",
    breaks: ["LPC-HOST-1", "H1.1"],
    file,
    edits: replaced(
      "  if ((status & Status.BMC_ACTIVE) === 0) {",
      '  if (host.phase.name !== "awaitingBmc" && (status & Status.BMC_ACTIVE) === 0) {',
    ),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "host-goes-on-without-bmc-active",
    text: "BMC Active = 0 is heeded while waiting for the BMC only, not at later steps of the start-up",
    breaks: ["LPC-HOST-1", "H0.3"],
    file,
    edits: replaced(
      "  if ((status & Status.BMC_ACTIVE) === 0) {",
      '  if (host.phase.name === "awaitingBmc" && (status & Status.BMC_ACTIVE) === 0) {',
    ),
    noticedBy: [
      {
        test: "test/host/role/start-up.test.ts",
        title: "LPC-HOST-1: %s: BMC Active gone leads back to the first step",
      },
    ],
    unseen: "what the host writes to a BMC that starts is zeroed by it (LPC-BMC-2), or handled behind its start",
  },

  /* ---- H1.1 and H1.2 ---- */
  {
    name: "host-skips-magic",
    text: "the magic is not looked at",
    breaks: ["LPC-REG-2", "H1.2", "F12"],
    file,
    edits: replaced("if (region.magic !== MAGIC) {", "if (false) {"),
    noticedBy: [
      {
        test: "test/host/role/start-up.test.ts",
        title: "LPC-REG-2, LPC-TIME-2: without the magic nothing is written; the host rests and looks again",
      },
    ],
  },
  {
    name: "host-writes-before-magic",
    text: "the version fields are zeroed before the magic is read",
    breaks: ["LPC-HOST-2", "LPC-REG-2", "H1.2"],
    file,
    edits: replaced(
      "      const region = yield* readRegion();\n      // LPC-REG-2",
      "      yield writeWindow(Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE));\n" +
        "      const region = yield* readRegion();\n      // LPC-REG-2",
    ),
    noticedBy: [
      {
        test: "test/host/role/start-up.test.ts",
        title: "LPC-HOST-2: the magic is read before anything is written, and again at every start-up",
      },
    ],
  },

  /* ---- H1.3 and H1.4: the close and its fence ---- */
  {
    name: "host-opens-without-close",
    text: "neither close nor first fence: the proposal comes first, whatever channel there is",
    breaks: ["LPC-HOST-3", "H1.3"],
    file,
    edits: [
      ...replaced(
        'move(host, phase, "H1.2", { name: "closing", then: "open" });',
        'move(host, phase, "H1.2" as never, { name: "opening" } as never);',
      ),
      ...replaced("if ((status & Status.CHANNEL_ACTIVE) !== 0) {", "if (false) {"),
    ],
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "host-closes-before-zeroes",
    text: "the closing Initialise is written before the version fields are zeroed",
    breaks: ["LPC-HOST-3", "H1.3"],
    file,
    edits: swapped(
      "      yield writeWindow(Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE));\n",
      "      yield WRITE_INITIALISE;\n",
    ),
    noticedBy: [
      {
        test: "test/host/role/start-up.test.ts",
        title: "LPC-HOST-3: the versions are zeroed before the closing Initialise, STR %p",
      },
    ],
    unseen:
      "a channel that this opens is closed again at H1.5 (LPC-HOST-13); without either, see host-proposes-for-close",
  },
  {
    name: "host-closes-without-zeroes",
    text: "the version fields are not zeroed: the close is a proposal",
    breaks: ["LPC-HOST-3", "H1.3"],
    file,
    edits: replaced(
      "      yield writeWindow(Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE));\n      yield WRITE_INITIALISE;",
      "      yield WRITE_INITIALISE;",
    ),
    noticedBy: [
      {
        test: "test/host/role/start-up.test.ts",
        title: "LPC-HOST-3: the versions are zeroed before the closing Initialise, STR %p",
      },
    ],
    unseen:
      "a channel that this opens is closed again at H1.5 (LPC-HOST-13); without either, see host-proposes-for-close",
  },
  {
    name: "host-proposes-for-close",
    text: "the version fields are not zeroed, and the channel that the close then opens is not closed again",
    breaks: ["LPC-HOST-3", "LPC-HOST-13", "H1.3", "H1.5"],
    file,
    edits: [
      ...replaced(
        "      yield writeWindow(Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE));\n      yield WRITE_INITIALISE;",
        "      yield WRITE_INITIALISE;",
      ),
      ...replaced("if ((status & Status.CHANNEL_ACTIVE) !== 0) {", "if (false) {"),
    ],
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "host-closes-over-full-idr",
    text: "the close does not wait for IBF = 0",
    breaks: ["LPC-KCS-2", "H1.3"],
    file,
    edits: replaced('case "closing":\n      if (!idrEmpty) return more;\n', 'case "closing":\n'),
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "host-opens-without-first-fence",
    text: "no fence behind the close: the proposal may be written while the close is still being handled",
    breaks: ["LPC-HOST-4", "H1.4"],
    file,
    edits: [
      ...replaced(
        'move(host, closing, "H1.3", { name: "fencingClose" });',
        'move(host, closing, "H1.3" as never, { name: "opening" } as never);',
      ),
      ...replaced("if ((status & Status.CHANNEL_ACTIVE) !== 0) {", "if (false) {"),
    ],
    noticedBy: [{ explore: "deployed BMC: no fault" }],
  },
  {
    name: "host-fences-before-close",
    text: "the first fence is written before the close, not behind it",
    breaks: ["LPC-HOST-4", "H1.3", "H1.4"],
    file,
    edits: [
      ...replaced("      yield WRITE_INITIALISE;\n      afterClose", "      yield WRITE_FENCE;\n      afterClose"),
      ...replaced(
        '      yield WRITE_FENCE;\n      move(host, phase, "H1.4"',
        '      yield WRITE_INITIALISE;\n      move(host, phase, "H1.4"',
      ),
    ],
    noticedBy: [{ explore: "deployed BMC: no fault" }],
  },
  {
    name: "host-fences-over-full-idr",
    text: "the first fence does not wait for IBF = 0: it overwrites the close",
    breaks: ["LPC-KCS-2", "H1.4"],
    file,
    edits: replaced('case "fencingClose":\n      if (!idrEmpty) return more;\n', 'case "fencingClose":\n'),
    noticedBy: [{ explore: "v3" }],
  },

  /* ---- H1.5: the proposal ---- */
  {
    name: "host-opens-over-full-idr",
    text: "the proposal does not wait for the first fence to be read",
    breaks: ["LPC-HOST-4", "LPC-KCS-2", "H1.5"],
    file,
    edits: replaced('if (!idrEmpty || more === "again") return more;', 'if (more === "again") return more;'),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "host-opens-over-full-odr",
    text: "the proposal is written while ODR still holds a byte of an older session",
    breaks: ["LPC-HOST-4", "H1.5"],
    file,
    edits: replaced('if (!idrEmpty || more === "again") return more;', "if (!idrEmpty) return more;"),
    noticedBy: [
      {
        test: "test/host/role/start-up.test.ts",
        title: "LPC-HOST-5: nothing is proposed while ODR holds a byte of an older session",
      },
    ],
    unseen:
      "behind the fence nothing but a dummy can stand in ODR, and H0.2 reads it; without H0.2, see host-leaves-odr-to-session",
  },
  {
    name: "host-misses-lost-close",
    text: "a channel that is active behind the close and its fence is not closed again",
    breaks: ["LPC-HOST-13", "H1.5"],
    file,
    edits: replaced("if ((status & Status.CHANNEL_ACTIVE) !== 0) {", "if (false) {"),
    noticedBy: [{ explore: "platform-reset-twice" }],
  },
  {
    name: "host-writes-rx-size-first",
    text: "rx_size is written before the version fields",
    breaks: ["LPC-HOST-5", "H1.5"],
    file,
    edits: RX_SIZE_FIRST,
    noticedBy: [
      { test: "test/host/role/start-up.test.ts", title: "LPC-HOST-1 to LPC-HOST-7: from nothing to a session" },
    ],
    unseen:
      "an answer to a proposal cut in two is known by its rx_size (LPC-MTU-6); without either, see host-takes-cut-proposal",
  },
  {
    name: "host-takes-cut-proposal",
    text: "rx_size is written first, and the answer's not judged: a BMC that restarts between the writes grants its own",
    breaks: ["LPC-HOST-5", "LPC-MTU-6", "H1.5", "H1.7"],
    file,
    edits: [...RX_SIZE_FIRST, ...replaced("if (region.layout.bmcToHost.size > asked) {", "if (false) {")],
    noticedBy: [{ explore: "asks-less" }],
  },
  {
    name: "host-opens-before-proposal",
    text: "Initialise is written before the proposal that it vouches for",
    breaks: ["LPC-HOST-5", "H1.5"],
    file,
    edits: swapped("      const askedBytes = yield* propose(config);\n", "      yield WRITE_INITIALISE;\n"),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "host-opens-before-rx-size",
    text: "Initialise is written between the version fields and rx_size",
    breaks: ["LPC-HOST-5", "H1.5"],
    file,
    edits: [
      ...replaced(
        "  if (version === 0 || framingOf(version).fixedMtu) return 0;\n",
        "  yield WRITE_INITIALISE;\n" + "  if (version === 0 || framingOf(version).fixedMtu) return 0;\n",
      ),
      ...replaced("      yield WRITE_INITIALISE;\n      host.txBeginSeen", "      host.txBeginSeen"),
    ],
    noticedBy: [{ explore: "smaller-mtu" }],
  },
  {
    name: "host-keeps-old-tx-begin",
    text: "a Tx Begin read before the opening Initialise is remembered over it",
    breaks: ["LPC-HOST-8", "H1.5"],
    file,
    edits: without("      host.txBeginSeen = false;\n"),
    noticedBy: [{ explore: "killed" }],
  },

  /* ---- H1.6: the second fence ---- */
  {
    name: "host-judges-without-second-fence",
    text: "no fence behind the opening Initialise: STR is judged as soon as that was read",
    breaks: ["LPC-HOST-6", "H1.6"],
    file,
    edits: replaced('{ name: "fencingOpen", askedBytes }', '{ name: "judging", askedBytes } as never'),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "host-fences-before-open",
    text: "the second fence is written before the opening Initialise, not behind it",
    breaks: ["LPC-HOST-6", "H1.5", "H1.6"],
    file,
    edits: [
      ...replaced(
        "      yield WRITE_INITIALISE;\n      host.txBeginSeen",
        "      yield WRITE_FENCE;\n      host.txBeginSeen",
      ),
      ...replaced(
        '      yield WRITE_FENCE;\n      move(host, phase, "H1.6"',
        '      yield WRITE_INITIALISE;\n      move(host, phase, "H1.6"',
      ),
    ],
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "host-fences-open-over-full-idr",
    text: "the second fence does not wait for IBF = 0: it overwrites the opening Initialise",
    breaks: ["LPC-KCS-2", "H1.6"],
    file,
    edits: replaced('case "fencingOpen":\n      if (!idrEmpty) return more;\n', 'case "fencingOpen":\n'),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "host-judges-unread-fence",
    text: "the answer is judged before the second fence was read",
    breaks: ["LPC-HOST-6", "H1.7"],
    file,
    edits: replaced('case "judging":\n      if (!idrEmpty) return more;\n', 'case "judging":\n'),
    noticedBy: [{ explore: "v3" }],
  },

  /* ---- H1.7: the judgement ---- */
  {
    name: "host-takes-restart-for-refusal",
    text: "Channel Active = 0 is taken for a refusal though the version fields were zeroed: only T_refused goes on",
    breaks: ["LPC-HOST-7", "H1.7", "F16"],
    file,
    edits: replaced("if (sameRange(standing, config.versions)) {", "if (true) {"),
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "host-confirms-before-reading",
    text: "STR is read again before the terms, not behind them",
    breaks: ["LPC-HOST-7", "H1.7"],
    file,
    edits: swapped("  const region = yield* readRegion();\n", "  const status = yield READ_STATUS;\n"),
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "host-does-not-confirm",
    text: "STR is not read again behind the terms",
    breaks: ["LPC-HOST-7", "H1.7"],
    file,
    edits: replaced(
      "  const status = yield READ_STATUS;\n  if ((status & SESSION_BITS) !== SESSION_BITS) {",
      "  if (false) {",
    ),
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "host-declines-a-restart",
    text: "a negotiated_ver of 0 is declined though the version fields tell of a restart: only T_refused goes on",
    breaks: ["LPC-HOST-7", "H1.7"],
    file,
    edits: replaced("if (!sameRange(standing, config.versions)) {", "if (false) {"),
    noticedBy: [{ explore: "deployed BMC: F16, F21, F22, U9: one kill of either side" }],
  },
  {
    name: "host-takes-any-version",
    text: "a negotiated_ver outside the host's own range is taken",
    breaks: ["LPC-VER-3", "H1.7"],
    file,
    edits: replaced(
      "if (!isVersion(version) || version < config.versions.min || version > config.versions.cur) {",
      "if (!isVersion(version)) {",
    ),
    noticedBy: [
      {
        test: "test/host/role/judging.test.ts",
        title: "LPC-VER-3: a host of %p declines negotiated_ver %p with a closing Initialise",
      },
    ],
  },
  {
    name: "host-takes-any-rx-size",
    text: "an rx_size above the asked one is taken",
    breaks: ["LPC-MTU-6", "H1.7"],
    file,
    edits: replaced("if (region.layout.bmcToHost.size > asked) {", "if (false) {"),
    noticedBy: [
      {
        test: "test/host/role/judging.test.ts",
        title: "LPC-MTU-6: an rx_size above what was asked comes from a restarted BMC: again, at once",
      },
    ],
    unseen:
      "a proposal that is not cut in two is never answered with more; without either guard, see host-takes-cut-proposal",
  },
  {
    name: "host-takes-any-layout",
    text: "the BMC's layout is taken unjudged",
    breaks: ["LPC-MTU-5", "H1.7"],
    file,
    edits: replaced(
      "const layout = judgeLayout(region.layout, version, config.windowBytes);",
      "const layout = { ok: true, value: region.layout } as const;",
    ),
    noticedBy: [
      {
        test: "test/host/role/judging.test.ts",
        title: "LPC-MTU-5: %s: declined with a closing Initialise, then a rest",
      },
    ],
  },
  {
    name: "host-reads-terms-twice",
    text: "the terms that were judged are not those that are kept: the region is read again for them",
    breaks: ["LPC-REG-5", "LPC-HOST-7", "H1.7"],
    file,
    edits: replaced(
      "  host.channel = newChannel(openSession(version, layout.value), now);\n",
      "  host.channel = newChannel(openSession(version, (yield* readRegion()).layout), now);\n",
    ),
    noticedBy: [{ explore: "smaller-mtu" }],
  },

  /* ---- H1.9: the rest ---- */
  {
    name: "host-rests-through-restart",
    text: "a BMC that restarts does not end the rest",
    breaks: ["LPC-TIME-2", "H1.9"],
    file,
    edits: replaced("if (!changed && now < phase.until) return more;", "if (now < phase.until) return more;"),
    noticedBy: [{ explore: "refused-then-renewed" }],
  },
  {
    name: "host-never-rests",
    text: "a refusal is answered with the next proposal at once, for ever",
    breaks: ["LPC-TIME-2", "H1.9", "F15"],
    file,
    edits: replaced("if (!changed && now < phase.until) return more;", ""),
    noticedBy: [{ explore: "refused" }],
  },
  {
    name: "host-rests-for-good",
    text: "nothing follows a refusal",
    breaks: ["LPC-TIME-2", "H1.9", "F3"],
    file,
    edits: replaced("if (!changed && now < phase.until) return more;", "if (!changed) return more;"),
    noticedBy: [
      {
        test: "test/host/role/judging.test.ts",
        title: "LPC-HOST-7, LPC-TIME-2: a refusal rests for T_refused, then the host asks again",
      },
    ],
    unseen: "a rest is an end of a run; that it ends in time is no property of an order",
  },
  {
    name: "host-chases-restarts",
    text: "start-ups begun again in a row are not counted: no rest follows them",
    breaks: ["LPC-TIME-2"],
    file,
    edits: replaced("host.attempts <= ATTEMPTS_BEFORE_REST ? ", "host.attempts > 0 ? "),
    noticedBy: [
      {
        test: "test/host/role/judging.test.ts",
        title: "LPC-TIME-2: more than eight start-ups begun again in a row are followed by a rest",
      },
    ],
  },

  /* ---- H4: the stop ---- */
  {
    name: "host-stops-without-close",
    text: "a host that stops in a session writes no close",
    breaks: ["LPC-HOST-12", "H4.2"],
    file,
    edits: replaced(
      '      endSession(host, "stopped");\n      move(host, phase, "H4.2", { name: "closing", then: "stop" });',
      '      endSession(host, "stopped");\n      move(host, phase, "H4.2" as never, { name: "stopped" } as never);',
    ),
    noticedBy: [
      { test: "test/host/role/stop.test.ts", title: "LPC-HOST-12: in %s the host closes first, waiting for IBF" },
    ],
    unseen: "the next start closes the session",
  },
  {
    name: "host-stops-behind-its-proposal",
    text: "a host that stops with its proposal unanswered writes no close",
    breaks: ["LPC-HOST-12", "H4.2"],
    file,
    edits: replaced(
      '    case "judging":\n      move(host, phase, "H4.2", { name: "closing", then: "stop" });',
      '    case "judging":\n      move(host, phase, "H4.2" as never, { name: "stopped" } as never);',
    ),
    noticedBy: [
      { test: "test/host/role/stop.test.ts", title: "LPC-HOST-12: in %s the host closes first, waiting for IBF" },
    ],
    unseen: "the next start closes the session",
  },
  {
    name: "host-stops-and-opens-again",
    text: "the close of a host that stops is followed by fence and proposal",
    breaks: ["LPC-HOST-12", "H4.3"],
    file,
    edits: replaced(
      'move(host, closing, "H1.3", { name: "stopped" });',
      'move(host, closing, "H1.3", { name: "fencingClose" });',
    ),
    noticedBy: [
      { test: "test/host/role/stop.test.ts", title: "LPC-HOST-12: in %s the host closes first, waiting for IBF" },
    ],
    unseen: "the stop is asked for again in the next round, and there is nothing to close then",
  },
  {
    name: "host-stops-with-needless-close",
    text: "a host that stops with nothing open writes a close all the same",
    breaks: ["LPC-HOST-12", "H4.1"],
    file,
    edits: replaced(
      '      move(host, phase, "H4.1", { name: "stopped" });',
      '      move(host, phase as never, "H4.2" as never, { name: "closing", then: "stop" } as never);',
    ),
    noticedBy: [
      { test: "test/host/role/stop.test.ts", title: "LPC-HOST-12: in %s nothing is open: the host just ends" },
    ],
  },
];
