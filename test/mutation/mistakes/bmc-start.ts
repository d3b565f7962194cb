/** Mistakes in how the BMC starts, stops and begins again: B1, B6 and B2.8 of the specification's tables. */
import { moved, replaced, swapped, without, type Mistake } from "../mistake.ts";

const file = "bmc/role/procedures.ts";

export const BMC_START: readonly Mistake[] = [
  /* ---- B1: the start ---- */
  {
    name: "bmc-starts-unseen",
    text: "STR is not cleared at the start",
    breaks: ["LPC-BMC-1", "B1.1"],
    file,
    edits: replaced('    yield STATUS_DOWN;\n    move(bmc, bmc.phase, "B1.1"', '    move(bmc, bmc.phase, "B1.1"'),
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "bmc-announces-before-clearing",
    text: "the announcements are written before STR is cleared",
    breaks: ["LPC-BMC-1", "B1.1", "B1.3"],
    file,
    edits: [
      ...replaced('    yield STATUS_DOWN;\n    move(bmc, bmc.phase, "B1.1"', '    move(bmc, bmc.phase, "B1.1"'),
      ...replaced("  yield* writeRegion(config);\n", "  yield STATUS_DOWN;\n  yield* writeRegion(config);\n"),
    ],
    noticedBy: [{ explore: "deployed host: F1, F2, F17, U1: one kill of either side" }],
  },
  {
    name: "bmc-announces-once",
    text: "one announcement: a deployed host may take it for news that it has",
    breaks: ["LPC-BMC-1", "B1.3", "F2"],
    file,
    edits: replaced("export const ANNOUNCEMENTS = 2;", "export const ANNOUNCEMENTS = 1;"),
    noticedBy: [{ explore: "deployed host: F2, F24: the BMC goes with a reset that clears STR" }],
  },
  {
    name: "bmc-announces-over-full-odr",
    text: "announcements do not wait for OBF = 0",
    breaks: ["LPC-BMC-1", "LPC-KCS-2", "B1.2", "F22"],
    file,
    edits: replaced("if (odrEmpty && written < ANNOUNCEMENTS) {", "if (written < ANNOUNCEMENTS) {"),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "bmc-goes-on-unread",
    text: "the second announcement is not waited for",
    breaks: ["LPC-BMC-1", "B1.2"],
    file,
    edits: replaced(
      'if (!odrEmpty && now < until) return "waiting";',
      'if (!odrEmpty && written < ANNOUNCEMENTS && now < until) return "waiting";',
    ),
    noticedBy: [{ explore: "deployed host: F2, F24: the BMC goes with a reset that clears STR" }],
  },
  {
    name: "bmc-waits-for-good",
    text: "the start waits for its announcements to be read, however long that takes",
    breaks: ["LPC-TIME-1", "B1.2", "F15"],
    file,
    edits: replaced('if (!odrEmpty && now < until) return "waiting";', 'if (!odrEmpty) return "waiting";'),
    noticedBy: [
      {
        test: "test/bmc/role/start.test.ts",
        title: "LPC-TIME-1: nobody reads announcement %p: the start goes on after T_ann",
      },
    ],
    unseen: "a host that comes reads the announcements",
  },
  {
    name: "bmc-active-before-region",
    text: "BMC Active is set before the control region is written",
    breaks: ["LPC-BMC-2", "B1.4", "B1.7"],
    file,
    edits: swapped("  yield* writeRegion(config);\n", "  yield STATUS_INACTIVE;\n"),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "bmc-zeroes-versions-first",
    text: "the host's version fields are zeroed first, not last",
    breaks: ["LPC-BMC-2", "B1.4", "B1.6"],
    file,
    edits: moved(
      "  yield writeWindow(Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE));\n",
      "  yield writeWindow(Field.magic, ",
    ),
    noticedBy: [
      {
        test: "test/bmc/role/start.test.ts",
        title: "LPC-BMC-2: the host's versions are zeroed last, whatever they were",
      },
    ],
    unseen: "the host begins again for an rx_size above the asked (LPC-MTU-6)",
  },
  {
    name: "bmc-zeroes-versions-before-offer",
    text: "the host's version fields are zeroed before the offer is written",
    breaks: ["LPC-BMC-2", "B1.5", "B1.6"],
    file,
    edits: moved(
      "  yield writeWindow(Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE));\n",
      "  yield writeWindow(Field.negotiatedVersion, region.",
    ),
    noticedBy: [
      {
        test: "test/bmc/role/start.test.ts",
        title: "LPC-BMC-2: the host's versions are zeroed last, whatever they were",
      },
    ],
    unseen: "the host begins again for an rx_size above the asked (LPC-MTU-6)",
  },
  {
    name: "bmc-keeps-versions",
    text: "the host's version fields are not zeroed at the start",
    breaks: ["LPC-BMC-2", "B1.6", "F16"],
    file,
    edits: without("  yield writeWindow(Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE));\n"),
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "bmc-starts-in-silence",
    text: "no dummy tells of BMC Active",
    breaks: ["LPC-BMC-2", "B1.7"],
    file,
    edits: replaced('  bmc.dummyPending = true;\n  move(bmc, phase, "B1.7"', '  move(bmc, phase, "B1.7"'),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "bmc-tells-before-active",
    text: "the dummy that tells of BMC Active is written before it is set",
    breaks: ["LPC-BMC-2", "B1.7", "B2.3"],
    file,
    edits: replaced(
      '  yield STATUS_INACTIVE;\n  bmc.dummyPending = true;\n  move(bmc, phase, "B1.7"',
      '  if (odrEmpty) yield WRITE_DUMMY;\n  yield STATUS_INACTIVE;\n  move(bmc, phase, "B1.7"',
    ),
    noticedBy: [{ explore: "v3" }],
  },

  /* ---- B6: the stop ---- */
  {
    name: "bmc-stops-unseen",
    text: "a BMC that stops leaves BMC Active set",
    breaks: ["LPC-BMC-7", "B6.1"],
    file,
    edits: replaced('  yield STATUS_DOWN;\n  endSession(bmc, "stopped");', '  endSession(bmc, "stopped");'),
    noticedBy: [{ test: "test/bmc/role/start.test.ts", title: "LPC-BMC-7: %s: STR down, then a dummy" }],
    unseen: "a BMC that stopped starts again there, and that is seen",
  },
  {
    name: "bmc-tells-before-stop",
    text: "the dummy that tells of the stop is written before STR is",
    breaks: ["LPC-BMC-7", "B6.1", "B6.3"],
    file,
    edits: [
      ...replaced('  yield STATUS_DOWN;\n  endSession(bmc, "stopped");', '  endSession(bmc, "stopped");'),
      ...replaced('  move(bmc, phase, "B6.3"', '  yield STATUS_DOWN;\n  move(bmc, phase, "B6.3"'),
    ],
    noticedBy: [{ test: "test/bmc/role/start.test.ts", title: "LPC-BMC-7: %s: STR down, then a dummy" }],
    unseen: "a BMC that stopped starts again there, and that is seen",
  },
  {
    name: "bmc-stops-in-silence",
    text: "no dummy tells of the stop",
    breaks: ["LPC-BMC-7", "B6.3"],
    file,
    edits: without("  if (((yield READ_STATUS) & Status.OBF) === 0) yield WRITE_DUMMY;\n"),
    noticedBy: [{ test: "test/bmc/role/start.test.ts", title: "LPC-BMC-7: %s: STR down, then a dummy" }],
    unseen: "a BMC that stopped starts again there, and that is seen",
  },
  {
    name: "bmc-stops-over-full-odr",
    text: "the dummy that tells of the stop does not wait for OBF = 0",
    breaks: ["LPC-KCS-2", "B6.2", "F22"],
    file,
    edits: replaced("if (((yield READ_STATUS) & Status.OBF) === 0) yield WRITE_DUMMY;", "yield WRITE_DUMMY;"),
    noticedBy: [{ explore: "stopped" }],
  },

  /* ---- B2.8: a reset of the registers ---- */
  {
    name: "bmc-misses-reset",
    text: "session bits that the BMC did not write do not strike it",
    breaks: ["LPC-BMC-9", "B2.2", "B2.8", "F24"],
    file,
    edits: replaced(
      "return (status & SESSION_BITS) !== (channel === undefined ? Status.BMC_ACTIVE : SESSION_BITS);",
      "return channel === undefined && status < 0;",
    ),
    noticedBy: [{ explore: "platform-reset" }],
  },
  {
    name: "bmc-misses-reset-before-initialise",
    text: "STR is not read before an Initialise is obeyed: one that a reset made of IDR hides the reset",
    breaks: ["LPC-BMC-9", "B3.1"],
    file,
    edits: without('  if (isStatusReset(bmc.channel, yield READ_STATUS)) return startAgain(bmc, "B3.1");\n'),
    noticedBy: [{ explore: "registers-reset" }],
  },
  {
    name: "bmc-misses-reset-behind-packet",
    text: "a reset that happens while a packet is read is not heeded there: the packet is handed on",
    breaks: ["LPC-BMC-9", "B5.1"],
    file,
    edits: replaced("if (isStatusReset(channel, statusAfter)) {", "if (false) {"),
    noticedBy: [
      {
        test: "test/bmc/role/status-reset.test.ts",
        title: "LPC-BMC-9: in B5.1, behind %s: it is dropped, no Rx Complete goes out",
      },
    ],
    unseen: "the packet was whole, and the next look at STR finds the reset",
  },
];
