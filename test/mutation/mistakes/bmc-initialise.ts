/** Mistakes in how the BMC answers Initialise, and in what it writes to STR: B3 of the specification's tables. */
import { moved, replaced, swapped, without, type Edit, type Mistake } from "../mistake.ts";

const file = "bmc/role/procedures.ts";

const WRITE_ANSWER_STATUS = "  yield answer.version === 0 ? STATUS_INACTIVE : STATUS_ACTIVE;\n";
const WRITE_ANSWER_LAYOUT = "  yield writeWindow(Field.rxOffset, encodeLayout(answer.layout));\n";
const WRITE_ANSWER_VERSION = "  yield writeWindow(Field.negotiatedVersion, encodeU16(answer.version));\n";
const NEW_CHANNEL = "  bmc.channel = newChannel(openSession(answer.version, answer.layout), now);\n";

/** Something of the session before is taken over into the next one. */
function takenOver(what: string): readonly Edit[] {
  return [
    ...replaced(
      "  bmc.channel = undefined;\n  bmc.closure = closure;",
      "  if (bmc.channel !== undefined) (bmc as any).before = bmc.channel;\n" +
        "  bmc.channel = undefined;\n  bmc.closure = closure;",
    ),
    ...replaced(
      NEW_CHANNEL,
      NEW_CHANNEL + `  const before = (bmc as any).before;\n  delete (bmc as any).before;\n  ${what}\n`,
    ),
  ];
}

export const BMC_INITIALISE: readonly Mistake[] = [
  /* ---- B3.1: the old session is forgotten ---- */
  {
    name: "bmc-keeps-tx-begin",
    text: "a Tx Begin that waits outlives Initialise and goes out in the next session",
    breaks: ["LPC-BMC-4", "B3.1"],
    file,
    edits: takenOver('if (before?.transmit === "beginPending") (bmc.channel as any).transmit = "beginPending";'),
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "bmc-keeps-rx-complete",
    text: "an Rx Complete that is owed outlives Initialise and goes out in the next session",
    breaks: ["LPC-BMC-4", "B3.1"],
    file,
    edits: takenOver("if (before?.rxCompleteOwed === true) bmc.channel.rxCompleteOwed = true;"),
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "bmc-keeps-outstanding",
    text: "a packet whose Rx Complete never came counts as under way in the next session",
    breaks: ["LPC-BMC-4", "B3.1"],
    file,
    edits: takenOver('if (before?.transmit === "outstanding") (bmc.channel as any).transmit = "outstanding";'),
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "bmc-sends-on-after-initialise",
    text: "a packet that waited when its session ended goes out in the next one",
    breaks: ["LPC-BMC-4", "LPC-MCTP-6", "B3.1", "F19"],
    file,
    edits: takenOver("if (before?.outgoing !== undefined) bmc.channel.outgoing = before.outgoing;"),
    noticedBy: [{ explore: "killed-2+2" }],
  },

  /* ---- B3.3 to B3.6: layout, negotiated_ver, STR, dummy ---- */
  {
    name: "bmc-reads-fields-before-status",
    text: "the region is read before STR is looked at, not behind it",
    breaks: ["LPC-BMC-9", "B3.1", "B3.2"],
    file,
    edits: [
      ...moved(
        "  const fields = new Uint8Array(CONTROL_FIELDS_BYTES);\n  yield readWindow(0, fields);\n",
        "  // LPC-BMC-9: a reset just before IDR",
      ),
    ],
    noticedBy: [
      {
        test: "test/bmc/role/initialise.test.ts",
        title: "LPC-BMC-4: the answer is layout, negotiated_ver, STR, and then a dummy",
      },
    ],
    unseen: "a reset is seen by a look at STR before or behind the reading",
  },
  {
    name: "bmc-sets-status-before-layout",
    text: "Channel Active is set before layout and negotiated_ver are written",
    breaks: ["LPC-BMC-4", "B3.3", "B3.5"],
    file,
    edits: moved(WRITE_ANSWER_STATUS, WRITE_ANSWER_LAYOUT),
    noticedBy: [
      {
        test: "test/bmc/role/initialise.test.ts",
        title: "LPC-BMC-4: the answer is layout, negotiated_ver, STR, and then a dummy",
      },
    ],
    unseen: "this host judges behind the second fence (LPC-HOST-6)",
  },
  {
    name: "bmc-sets-status-before-version",
    text: "Channel Active is set before negotiated_ver is written",
    breaks: ["LPC-BMC-4", "B3.4", "B3.5"],
    file,
    edits: moved(WRITE_ANSWER_STATUS, WRITE_ANSWER_VERSION),
    noticedBy: [
      {
        test: "test/bmc/role/initialise.test.ts",
        title: "LPC-BMC-4: the answer is layout, negotiated_ver, STR, and then a dummy",
      },
    ],
    unseen: "this host judges behind the second fence (LPC-HOST-6)",
  },
  {
    name: "bmc-writes-version-before-layout",
    text: "negotiated_ver is written before the layout",
    breaks: ["LPC-BMC-4", "B3.3", "B3.4"],
    file,
    edits: swapped(WRITE_ANSWER_LAYOUT, WRITE_ANSWER_VERSION),
    noticedBy: [
      {
        test: "test/bmc/role/initialise.test.ts",
        title: "LPC-BMC-4: the answer is layout, negotiated_ver, STR, and then a dummy",
      },
    ],
    unseen: "no host reads either before STR tells it to",
  },
  {
    name: "bmc-answers-in-silence",
    text: "no dummy tells of the answer",
    breaks: ["LPC-BMC-4", "B3.6"],
    file,
    edits: replaced("  bmc.dummyPending = true;\n  if (answer.version === 0) {", "  if (answer.version === 0) {"),
    noticedBy: [{ explore: "deployed host: F1: no fault, no clock" }],
  },
  {
    name: "bmc-tells-before-answer",
    text: "the dummy is written before STR",
    breaks: ["LPC-BMC-4", "B3.5", "B3.6"],
    file,
    edits: [
      ...replaced(
        WRITE_ANSWER_STATUS,
        "  const isTold = ((yield READ_STATUS) & Status.OBF) === 0;\n  if (isTold) yield WRITE_DUMMY;\n" +
          WRITE_ANSWER_STATUS,
      ),
      ...replaced("  bmc.dummyPending = true;\n  if (answer", "  bmc.dummyPending = !isTold;\n  if (answer"),
    ],
    noticedBy: [{ explore: "deployed host: F1: no fault, no clock" }],
  },
  {
    name: "bmc-reads-fence-before-answer",
    text: "IDR is read again before the Initialise is carried out: the fence proves nothing",
    breaks: ["LPC-BMC-3", "B2.4", "B3.5"],
    file,
    edits: replaced(
      "  yield readWindow(0, fields);\n",
      "  if (((yield READ_STATUS) & Status.IBF) !== 0) yield READ_DATA;\n  yield readWindow(0, fields);\n",
    ),
    noticedBy: [{ explore: "v3" }],
  },

  /* ---- What stands in STR and region ---- */
  {
    name: "bmc-clears-obf-with-answer",
    text: "STR is written with bit 0 clear when a channel is opened: an unread byte is lost",
    breaks: ["LPC-KCS-3", "B3.5", "F22"],
    file,
    edits: replaced(
      "const STATUS_ACTIVE = writeStatus(SESSION_BITS | KEEP_OBF);",
      "const STATUS_ACTIVE = writeStatus(SESSION_BITS);",
    ),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "bmc-clears-obf-at-start",
    text: "STR is written with bit 0 clear at the start: an unread byte is lost",
    breaks: ["LPC-KCS-3", "B1.1"],
    file,
    edits: replaced("const STATUS_DOWN = writeStatus(KEEP_OBF);", "const STATUS_DOWN = writeStatus(0);"),
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "bmc-sets-reserved-bits",
    text: "a bit of STR without meaning is written as 1",
    breaks: ["LPC-KCS-7", "B3.5"],
    file,
    edits: replaced(
      "const STATUS_ACTIVE = writeStatus(SESSION_BITS | KEEP_OBF);",
      "const STATUS_ACTIVE = writeStatus(SESSION_BITS | KEEP_OBF | 0x04);",
    ),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "bmc-refuses-with-channel-active",
    text: "Channel Active is set with a refusal, too",
    breaks: ["LPC-VER-2", "B3.5"],
    file,
    edits: replaced(WRITE_ANSWER_STATUS, "  yield STATUS_ACTIVE;\n"),
    noticedBy: [{ explore: "refused" }],
  },
  {
    name: "bmc-writes-proposal-back",
    text: "the answer writes the host's version fields, too, as they were read: a newer proposal is overwritten",
    breaks: ["LPC-REG-3", "B3.3", "F21"],
    file,
    edits: replaced(
      WRITE_ANSWER_LAYOUT,
      "  yield writeWindow(Field.hostVersionMin, fields.slice(Field.hostVersionMin, Field.negotiatedVersion));\n" +
        WRITE_ANSWER_LAYOUT,
    ),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "bmc-refuses-with-small-layout",
    text: "a refusal leaves a small layout, from which the next proposal starts",
    breaks: ["LPC-MTU-8", "B3.3"],
    file,
    edits: replaced(
      '  if (version === 0) return { version: 0, layout, closure: "versionRefused" };',
      '  if (version === 0) return { version: 0, layout: region.layout, closure: "versionRefused" };',
    ),
    noticedBy: [
      {
        test: "test/bmc/role/initialise.test.ts",
        title: "LPC-VER-2, LPC-MTU-7, LPC-MTU-8: versions %p, rx_size %p: %p",
      },
    ],
  },
  {
    name: "bmc-closes-with-small-layout",
    text: "a close leaves the layout of the session before",
    breaks: ["LPC-MTU-8", "B3.3"],
    file,
    edits: replaced(
      '    return { version: 0, layout, closure: "closedByHost" };',
      '    return { version: 0, layout: region.layout, closure: "closedByHost" };',
    ),
    noticedBy: [
      {
        test: "test/bmc/role/initialise.test.ts",
        title: "LPC-MTU-8: after a small session the whole offer stands again",
      },
    ],
  },
  {
    name: "bmc-takes-tiny-buffers",
    text: "an rx_size below what the BTU needs is taken",
    breaks: ["LPC-MTU-7", "B3.2"],
    file,
    edits: without(
      '  if (askedBytes < bufferBytes(version, BTU)) return { version: 0, layout, closure: "mtuRefused" };\n',
    ),
    noticedBy: [
      {
        test: "test/bmc/role/initialise.test.ts",
        title: "LPC-VER-2, LPC-MTU-7, LPC-MTU-8: versions %p, rx_size %p: %p",
      },
    ],
  },
  {
    name: "bmc-grants-what-is-asked",
    text: "the BMC's own MTU does not bound the answer",
    breaks: ["LPC-MTU-4", "B3.2"],
    file,
    edits: replaced(
      "const mtu = Math.min(mtuOfBuffer(version, askedBytes), ownMtu(config, newestVersion(config)));",
      "const mtu = mtuOfBuffer(version, askedBytes);",
    ),
    noticedBy: [{ explore: "smaller-mtu" }],
  },
  {
    name: "bmc-moves-buffers",
    text: "the offsets follow the negotiated MTU",
    breaks: ["LPC-MTU-9", "B3.3"],
    file,
    edits: replaced(
      "  return { version, layout: resizedLayout(layout, version, mtu) };",
      "  return { version, layout: offeredLayout(version, mtu) };",
    ),
    noticedBy: [
      {
        test: "test/bmc/role/initialise.test.ts",
        title: "LPC-MTU-4: BMC %p, MTU %p; host %p, rx_size %p: version %s, layout %s",
      },
    ],
  },
];
