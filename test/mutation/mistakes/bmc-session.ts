/** Mistakes in the BMC's service: B2, B4 and B5 of the specification's tables. */
import { moved, replaced, without, type Mistake } from "../mistake.ts";

const file = "bmc/role/procedures.ts";

const FIRST_BYTE = "    const byte = (status & Status.OBF) === 0 ? takeWaitingByte(bmc, channel) : undefined;\n";
const BYTE_BEHIND_PACKET =
  "      const byte = (statusAfter & Status.OBF) === 0 ? takeWaitingByte(bmc, channel) : undefined;\n";

export const BMC_SESSION: readonly Mistake[] = [
  /* ---- B2.1: the packet before its Tx Begin ---- */
  {
    name: "bmc-begins-before-packet",
    text: "Tx Begin is written before the packet",
    breaks: ["LPC-BUF-7", "B2.1", "B2.3"],
    file,
    edits: [
      ...replaced(
        "    if (frame !== undefined) direct?.perform(frame) ?? (yield frame);\n" +
          "    else yield* writeInPieces(tools, layout.bmcToHost, version, channel.outgoing);\n",
        "    if (frame !== undefined) (channel as any).late = { ...channel.outgoing };\n",
      ),
      ...replaced(
        FIRST_BYTE + "    if (byte !== undefined) direct?.perform(byte) ?? (yield byte);\n",
        FIRST_BYTE +
          "    if (byte !== undefined) direct?.perform(byte) ?? (yield byte);\n" +
          "    const late = (channel as any)?.late;\n" +
          "    if (byte === WRITE_TX_BEGIN && channel !== undefined && late !== undefined) {\n" +
          "      delete (channel as any).late;\n" +
          "      yield frameAccess(tools, channel.session.layout.bmcToHost, channel.session.version, late)!;\n" +
          "    }\n",
      ),
    ],
    noticedBy: [{ explore: "one-way-up" }],
  },
  {
    name: "bmc-writes-under-way",
    text: "the next packet is written while the last one is under way",
    breaks: ["LPC-BUF-7", "B2.1"],
    file,
    edits: [
      ...replaced(
        'if (channel?.transmit === "idle" && channel.outgoing !== undefined) {',
        "if (channel?.outgoing !== undefined) {",
      ),
      ...replaced(
        "beginTransmit(channel, channel.transmit, now);",
        "beginTransmit(channel, channel.transmit as never, now);",
      ),
    ],
    noticedBy: [{ explore: "one-way-up" }],
  },

  /* ---- B2.2 and B2.3: what is written ---- */
  {
    name: "bmc-writes-before-reading",
    text: "what waits for ODR is written before a command in IDR is read",
    breaks: ["LPC-BMC-3", "B2.2", "B2.3", "B2.4"],
    file,
    edits: replaced(
      "  if ((status & Status.IBF) === 0) {\n",
      "  if ((status & (Status.IBF | Status.OBF)) === Status.IBF) {\n" +
        "    const early = takeWaitingByte(bmc, channel);\n" +
        '    if (early !== undefined) {\n      yield early;\n      return "again";\n    }\n  }\n' +
        "  if ((status & Status.IBF) === 0) {\n",
    ),
    noticedBy: [{ explore: "deployed host: F1, F2, F17, U1: one kill of either side" }],
  },
  {
    name: "bmc-writes-over-full-odr",
    text: "bytes that wait do not wait for OBF = 0: a dummy overwrites the one before it",
    breaks: ["LPC-KCS-2", "B2.3", "F22"],
    file,
    edits: replaced(FIRST_BYTE, "    const byte = takeWaitingByte(bmc, channel);\n"),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "bmc-writes-over-full-odr-behind-packet",
    text: "Rx Complete does not wait for OBF = 0 in the round that read the packet",
    breaks: ["LPC-KCS-2", "B5.2"],
    file,
    edits: replaced(BYTE_BEHIND_PACKET, "      const byte = takeWaitingByte(bmc, channel);\n"),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "bmc-begins-before-dummy",
    text: "Tx Begin goes before a dummy that waits: a deployed host refuses it",
    breaks: ["LPC-KCS-6", "B2.3", "F1"],
    file,
    edits: replaced(
      "  if (bmc.dummyPending) {\n",
      '  if (bmc.dummyPending && channel?.transmit !== "beginPending") {\n',
    ),
    noticedBy: [{ explore: "deployed host: F1: no fault, no clock" }],
  },
  {
    name: "bmc-completes-before-dummy",
    text: "Rx Complete goes before a dummy that waits",
    breaks: ["LPC-KCS-6", "B2.3"],
    file,
    edits: replaced("  if (bmc.dummyPending) {\n", "  if (bmc.dummyPending && channel?.rxCompleteOwed !== true) {\n"),
    noticedBy: [
      {
        test: "test/bmc/role/service.test.ts",
        title: "LPC-KCS-6: a dummy before Rx Complete, Rx Complete before Tx Begin",
      },
    ],
    unseen: "this host looks at STR behind any byte",
  },
  {
    name: "bmc-begins-before-completing",
    text: "Tx Begin goes before an Rx Complete that is owed",
    breaks: ["LPC-KCS-6", "B2.3"],
    file,
    edits: replaced(
      "  if (channel?.rxCompleteOwed === true) {\n",
      '  if (channel?.rxCompleteOwed === true && channel.transmit !== "beginPending") {\n',
    ),
    noticedBy: [
      {
        test: "test/bmc/role/service.test.ts",
        title: "LPC-KCS-6: a dummy before Rx Complete, Rx Complete before Tx Begin",
      },
    ],
    unseen: "the directions are independent: the other byte follows",
  },
  {
    name: "bmc-never-reports-stall",
    text: "a packet whose Rx Complete never comes is not reported",
    breaks: ["LPC-TIME-3", "B2.3", "F15"],
    file,
    edits: without("    if (channel !== undefined) reportStall(channel, bmc.counters, config.stallDelay, now);\n"),
    noticedBy: [{ test: "test/bmc/role/service.test.ts", title: "LPC-TIME-3: reported once, the session goes on" }],
  },

  /* ---- B2.5: the packet ---- */
  {
    name: "bmc-completes-before-reading",
    text: "Rx Complete is written before the packet is read",
    breaks: ["LPC-BMC-3", "LPC-BUF-6", "B2.5", "B5.2"],
    file,
    edits: [
      ...replaced(
        "    const length = lengthAccess(tools, layout.hostToBmc);\n",
        "    const early = (status & Status.OBF) === 0 && !bmc.dummyPending;\n" +
          "    if (early) direct?.perform(WRITE_RX_COMPLETE) ?? (yield WRITE_RX_COMPLETE);\n" +
          "    const length = lengthAccess(tools, layout.hostToBmc);\n",
      ),
      ...replaced("channel.rxCompleteOwed = true;", "channel.rxCompleteOwed = !early;"),
    ],
    noticedBy: [{ explore: "one-way-down" }],
  },
  {
    name: "bmc-reads-length-twice",
    text: "the length is judged, then read again and believed",
    breaks: ["LPC-BUF-2", "LPC-SEC-1", "B2.5"],
    file,
    edits: replaced(
      "    if (packet !== undefined) {\n",
      "    if (packet !== undefined) {\n" +
        "      direct?.perform(length) ?? (yield length);\n" +
        "      packet.length = new DataView(tools.lengthField.buffer).getUint32(0) + (version === 3 ? 4 : 0);\n",
    ),
    noticedBy: [
      {
        test: "test/core/binding/packet-buffer.test.ts",
        title: "LPC-BUF-2: %s, %p bytes: a length changed after its fetch moves no bounds",
      },
    ],
  },
  {
    name: "bmc-answers-no-bad-packet",
    text: "a wrong CRC-32 or length is not answered: the sender waits for good",
    breaks: ["LPC-BUF-4", "LPC-BUF-5", "B2.5", "F7"],
    file,
    edits: replaced("channel.rxCompleteOwed = true;", "channel.rxCompleteOwed = received;"),
    noticedBy: [
      {
        test: "test/core/binding/packet-buffer.test.ts",
        title: "LPC-BUF-5: %s: one wrong bit anywhere in %p bytes drops the packet, with Rx Complete",
      },
    ],
  },
  {
    name: "bmc-takes-tx-begin-while-owing",
    text: "a Tx Begin while Rx Complete is owed is obeyed",
    breaks: ["LPC-ERR-1", "B2.4"],
    file,
    edits: replaced(
      "command === Command.TX_BEGIN && channel !== undefined && !channel.rxCompleteOwed",
      "command === Command.TX_BEGIN && channel !== undefined",
    ),
    noticedBy: [
      {
        test: "test/bmc/role/service.test.ts",
        title: "LPC-ERR-1: Tx Begin while Rx Complete is owed is ignored: nothing is read, one Rx Complete goes out",
      },
    ],
  },

  /* ---- B5: a look behind the packet ---- */
  {
    name: "bmc-does-not-look-behind-packet",
    text: "IBF is not looked at behind a packet: what is handed on may have been written again meanwhile",
    breaks: ["LPC-BMC-6", "B5.1"],
    file,
    edits: replaced("if ((statusAfter & Status.IBF) === 0) {", "if (statusAfter !== 0) {"),
    noticedBy: [{ explore: "deployed host: F1, F2, F17, U1: one kill of either side" }],
  },
  {
    name: "bmc-looks-before-reading",
    text: "STR is read before the packet, not behind it",
    breaks: ["LPC-BMC-6", "B2.5", "B5.1"],
    file,
    edits: moved(
      "    const statusAfter = direct?.perform(READ_STATUS) ?? (yield READ_STATUS);\n",
      "    const length = lengthAccess(tools, layout.hostToBmc);\n",
    ),
    noticedBy: [{ explore: "deployed host: F1, F2, F17, U1: one kill of either side" }],
  },
  {
    name: "bmc-hands-on-before-looking",
    text: "a packet is handed on before STR is read behind it",
    breaks: ["LPC-BMC-6", "B5.1"],
    file,
    edits: replaced(
      "    channel.rxCompleteOwed = true;\n",
      "    channel.rxCompleteOwed = true;\n    if (received) bmc.counters.packetsReceived++;\n    received = false;\n",
    ),
    noticedBy: [{ explore: "deployed host: F1, F2, F17, U1: one kill of either side" }],
  },
  {
    name: "bmc-hands-on-before-initialise",
    text: "a packet is handed on though an Initialise came while it was read",
    breaks: ["LPC-BMC-6", "B5.3"],
    file,
    edits: replaced("    if (command !== Command.INITIALISE) {\n", "    if (command >= 0) {\n"),
    noticedBy: [{ explore: "deployed host: F1, F2, F17, U1: one kill of either side" }],
  },
  {
    name: "bmc-loses-byte-behind-packet",
    text: "the command that came while a packet was read is not handled",
    breaks: ["LPC-BMC-6", "B5.3"],
    file,
    edits: replaced(
      "    command = direct?.perform(READ_DATA) ?? (yield READ_DATA);\n    if (command !== Command.INITIALISE) {",
      "    direct?.perform(READ_DATA) ?? (yield READ_DATA);\n    if (command !== Command.INITIALISE) {",
    ),
    noticedBy: [{ explore: "v3" }],
  },

  /* ---- B2.6, B2.7, B4: commands ---- */
  {
    name: "bmc-ignores-initialise-in-session",
    text: "an Initialise in a session is passed over",
    breaks: ["LPC-BMC-4", "B2.6"],
    file,
    edits: replaced(
      "      return yield* initialise(bmc, config, now);\n",
      '      return channel !== undefined ? "again" : yield* initialise(bmc, config, now);\n',
    ),
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "bmc-forgets-to-go-on",
    text: "behind an Rx Complete the round ends though there is more to send",
    breaks: ["LPC-KCS-10", "B2.7"],
    file,
    edits: replaced(
      'return channel.outgoing !== undefined || channel.rxCompleteOwed || bmc.dummyPending ? "again" : "waiting";',
      'return "waiting";',
    ),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "bmc-takes-any-rx-complete",
    text: "an Rx Complete that nothing is outstanding for frees the buffer",
    breaks: ["LPC-ERR-2", "B2.7", "B4.1"],
    file,
    edits: replaced(
      'if (channel?.transmit !== "outstanding") {',
      'if (channel === undefined || channel.transmit === "idle") {',
    ),
    noticedBy: [
      { test: "test/bmc/role/service.test.ts", title: "LPC-ERR-2: Rx Complete with nothing outstanding is ignored" },
    ],
  },
  {
    name: "bmc-serves-closed-channel",
    text: "packets are taken after a close or a refusal, as those of the session before",
    breaks: ["LPC-BMC-5", "LPC-BMC-8", "LPC-ERR-1", "B4.1", "F10"],
    file,
    edits: [
      ...replaced(
        "  const { channel } = bmc;\n  if (channel?.transmit",
        "  const channel = bmc.channel ?? (bmc as any).before;\n  if (channel?.transmit",
      ),
      ...replaced("isStatusReset(channel, status))", "isStatusReset(bmc.channel, status))"),
      ...replaced("isStatusReset(channel, statusAfter))", "isStatusReset(bmc.channel, statusAfter))"),
      ...replaced(
        "  bmc.channel = undefined;\n  bmc.closure = closure;",
        "  if (bmc.channel !== undefined) (bmc as any).before = bmc.channel;\n  bmc.channel = undefined;\n  bmc.closure = closure;",
      ),
    ],
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "bmc-answers-without-session",
    text: "a Tx Begin outside a session is answered",
    breaks: ["LPC-BMC-5", "LPC-BMC-8", "LPC-ERR-1", "B4.1", "F10"],
    file,
    edits: replaced(
      "      bmc.counters.txBeginUnexpected++;\n",
      "      bmc.counters.txBeginUnexpected++;\n" +
        "      if (channel === undefined && ((yield READ_STATUS) & Status.OBF) === 0) yield WRITE_RX_COMPLETE;\n",
    ),
    noticedBy: [
      { test: "test/bmc/role/service.test.ts", title: "LPC-BMC-5, LPC-ERR-1, LPC-ERR-2: byte %p is ignored: %s" },
    ],
    unseen: "this host sends no Tx Begin outside a session, and ignores the answer",
  },
  {
    name: "bmc-obeys-fence",
    text: "a fence is handled like an Initialise",
    breaks: ["LPC-BMC-3", "B4.2"],
    file,
    edits: replaced(
      '      bmc.counters.fencesReceived++;\n      return "again";',
      "      bmc.counters.fencesReceived++;\n      return yield* initialise(bmc, config, now);",
    ),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "bmc-ends-for-unknown-byte",
    text: "an unknown byte is handled like an Initialise",
    breaks: ["LPC-KCS-4", "LPC-ERR-3", "B4.3"],
    file,
    edits: replaced(
      '      bmc.counters.unknownCommand++;\n      return "again";',
      "      bmc.counters.unknownCommand++;\n      return yield* initialise(bmc, config, now);",
    ),
    noticedBy: [
      {
        test: "test/bmc/role/service.test.ts",
        title: "LPC-KCS-4, LPC-ERR-3: every unknown byte is ignored and counted, and the session goes on",
      },
    ],
  },
];
