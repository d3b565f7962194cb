/** Mistakes in the host's service of a session: H2 and H3 of the specification's tables. */
import { moved, replaced, without, type Mistake } from "../mistake.ts";

const file = "host/role/procedures.ts";

export const HOST_SESSION: readonly Mistake[] = [
  /* ---- H2.1 and H3: the packet before its Tx Begin ---- */
  {
    name: "host-begins-before-packet",
    text: "Tx Begin is written before the packet",
    breaks: ["LPC-HOST-11", "LPC-BUF-7", "H2.8", "H3.1"],
    file,
    edits: [
      ...replaced(
        "      if (frame !== undefined) direct?.perform(frame) ?? (yield frame);\n" +
          "      else yield* writeInPieces(tools, layout.hostToBmc, version, channel.outgoing);\n",
        "      if (frame !== undefined) (channel as any).late = { ...channel.outgoing };\n",
      ),
      ...replaced(
        '        advanceTransmit(channel, channel.transmit, "outstanding");\n',
        '        advanceTransmit(channel, channel.transmit, "outstanding");\n' +
          "        const { version, layout } = channel.session;\n" +
          "        const late = (channel as any).late;\n" +
          "        delete (channel as any).late;\n" +
          "        if (late !== undefined) yield frameAccess(tools, layout.hostToBmc, version, late)!;\n",
      ),
    ],
    noticedBy: [{ explore: "one-way-down" }],
  },
  {
    name: "host-writes-under-way",
    text: "the next packet is written while the last one is under way",
    breaks: ["LPC-BUF-7", "LPC-HOST-11", "H2.1"],
    file,
    edits: [
      ...replaced(
        'if (channel.transmit === "idle" && channel.outgoing !== undefined) {',
        "if (channel.outgoing !== undefined) {",
      ),
      ...replaced(
        "beginTransmit(channel, channel.transmit, now);",
        "beginTransmit(channel, channel.transmit as never, now);",
      ),
    ],
    noticedBy: [{ explore: "one-way-down" }],
  },

  /* ---- H2.2 and H2.9: the session's end ---- */
  {
    name: "host-looks-at-status-behind-bytes-only",
    text: "STR is judged behind a byte of ODR only: a reset without one goes unseen, and the old channel is used on",
    breaks: ["LPC-HOST-9", "H2.2", "F24", "F17"],
    file,
    edits: without("    if (!inSession(status)) return loseSession(host, status);\n"),
    noticedBy: [
      {
        test: "test/drive/pair.test.ts",
        title: "LPC-HOST-9: STR reset without any byte is found by the next look at it",
      },
    ],
    unseen: "this BMC sees the reset for itself and announces its start (LPC-BMC-9)",
  },
  {
    name: "host-heeds-bmc-active-only",
    text: "Channel Active = 0 does not end the session: a BMC that restarted between two looks goes unnoticed",
    breaks: ["LPC-HOST-9", "H2.2", "F2"],
    file,
    edits: replaced("return (status & SESSION_BITS) === SESSION_BITS;", "return (status & Status.BMC_ACTIVE) !== 0;"),
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "host-heeds-reserved-bits",
    text: "a bit of STR without meaning ends the session",
    breaks: ["LPC-KCS-8", "H2.2"],
    file,
    edits: replaced("return (status & SESSION_BITS) === SESSION_BITS;", "return (status & 0xf4) === SESSION_BITS;"),
    noticedBy: [
      { test: "test/host/role/service.test.ts", title: "LPC-KCS-8: bits 5, 4, 3 and 2 of STR change nothing" },
    ],
  },
  {
    name: "host-sends-on-after-loss",
    text: "a packet that waited when its session ended goes out in the next one",
    breaks: ["LPC-HOST-9", "LPC-MCTP-6", "H2.9", "F19"],
    file,
    edits: [
      ...replaced(
        "  endSession(host, (status & Status.BMC_ACTIVE)",
        "  (host as any).kept = host.channel?.outgoing;\n  endSession(host, (status & Status.BMC_ACTIVE)",
      ),
      ...replaced(
        "  for (let pass = 0; pass < PASSES; pass++) {\n",
        "  channel.outgoing ??= (host as any).kept;\n  delete (host as any).kept;\n" +
          "  for (let pass = 0; pass < PASSES; pass++) {\n",
      ),
    ],
    noticedBy: [{ explore: "killed-2+2" }],
  },
  {
    name: "host-keeps-tx-begin",
    text: "a Tx Begin that waited when its session ended goes out in the next one",
    breaks: ["LPC-HOST-9", "LPC-BUF-7", "H2.9"],
    file,
    edits: [
      ...replaced(
        "  endSession(host, (status & Status.BMC_ACTIVE)",
        '  (host as any).kept = host.channel?.transmit === "beginPending";\n  endSession(host, (status & Status.BMC_ACTIVE)',
      ),
      ...replaced(
        "  for (let pass = 0; pass < PASSES; pass++) {\n",
        '  if ((host as any).kept === true) (channel as any).transmit = "beginPending";\n  delete (host as any).kept;\n' +
          "  for (let pass = 0; pass < PASSES; pass++) {\n",
      ),
    ],
    noticedBy: [{ explore: "killed" }],
  },
  {
    name: "host-loses-packets-in-silence",
    text: "a packet given up with its session is not counted",
    breaks: ["LPC-HOST-9", "LPC-ERR-4", "H2.9"],
    file: "host/role/state.ts",
    edits: without('  if (host.channel.transmit !== "idle") host.counters.packetsGivenUp++;\n'),
    noticedBy: [
      { test: "test/host/role/service.test.ts", title: "LPC-HOST-9: a packet %s is given up with the session" },
    ],
  },

  /* ---- H1.8 and H2.3 to H2.6: the byte ---- */
  {
    name: "host-reads-odr-unasked-in-session",
    text: "ODR is read whether STR shows OBF or not: a byte read before is taken for a new one",
    breaks: ["LPC-HOST-9", "H2.2", "H2.3"],
    file,
    edits: replaced("if (firstTxBegin || (status & Status.OBF) !== 0) {", "if (firstTxBegin || status >= 0) {"),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "host-forgets-first-tx-begin",
    text: "a Tx Begin read before the session was judged is not remembered",
    breaks: ["LPC-HOST-8", "H1.8"],
    file,
    edits: replaced("const firstTxBegin = host.txBeginSeen;", "const firstTxBegin = false;"),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "host-completes-before-reading",
    text: "Rx Complete is written before the packet is read",
    breaks: ["LPC-BUF-6", "LPC-BUF-7", "H2.4", "H2.8"],
    file,
    edits: [
      ...replaced(
        "        const length = lengthAccess(tools, layout.bmcToHost);\n",
        "        const early = (status & Status.IBF) === 0;\n" +
          "        if (early) direct?.perform(WRITE_RX_COMPLETE) ?? (yield WRITE_RX_COMPLETE);\n" +
          "        const length = lengthAccess(tools, layout.bmcToHost);\n",
      ),
      ...replaced("channel.rxCompleteOwed = true;", "channel.rxCompleteOwed = !early;"),
    ],
    noticedBy: [{ explore: "one-way-up" }],
  },
  {
    name: "host-reads-length-twice",
    text: "the length is judged, then read again and believed",
    breaks: ["LPC-BUF-2", "LPC-SEC-1", "H2.4"],
    file,
    edits: replaced(
      "        if (packet !== undefined) {\n",
      "        if (packet !== undefined) {\n" +
        "          direct?.perform(length) ?? (yield length);\n" +
        "          packet.length = new DataView(tools.lengthField.buffer).getUint32(0) + (version === 3 ? 4 : 0);\n",
    ),
    noticedBy: [
      {
        test: "test/core/binding/packet-buffer.test.ts",
        title: "LPC-BUF-2: %s, %p bytes: a length changed after its fetch moves no bounds",
      },
    ],
  },
  {
    name: "host-judges-by-other-direction",
    text: "what the BMC sends is judged by the MTU of the other direction: legal packets are dropped where they differ",
    breaks: ["LPC-BUF-4", "LPC-MTU-2", "H2.4", "F6"],
    file,
    edits: replaced("mtu.bmcToHost, host.counters", "mtu.hostToBmc, host.counters"),
    noticedBy: [
      {
        test: "test/host/role/service.test.ts",
        title: "LPC-BUF-4, LPC-MTU-2: a packet that only the other direction has room for is dropped",
      },
    ],
  },
  {
    name: "host-answers-no-bad-length",
    text: "a length out of bounds is not answered: the sender waits for good",
    breaks: ["LPC-BUF-4", "H2.4", "F7"],
    file,
    edits: replaced("channel.rxCompleteOwed = true;", "channel.rxCompleteOwed = packet !== undefined;"),
    noticedBy: [
      {
        test: "test/core/binding/packet-buffer.test.ts",
        title: "LPC-BUF-4: %s, version %p, MTU %p: length %p is dropped and answered with Rx Complete",
      },
    ],
  },
  {
    name: "host-takes-tx-begin-while-owing",
    text: "a Tx Begin while Rx Complete is owed is obeyed",
    breaks: ["LPC-ERR-1", "H2.4"],
    file,
    edits: replaced("command === Command.TX_BEGIN && !channel.rxCompleteOwed", "command === Command.TX_BEGIN"),
    noticedBy: [
      {
        test: "test/host/role/service.test.ts",
        title: "LPC-ERR-1: Tx Begin while Rx Complete is owed is ignored: nothing is read, one Rx Complete goes out",
      },
    ],
  },
  {
    name: "host-takes-any-rx-complete",
    text: "an Rx Complete that nothing is outstanding for frees the buffer",
    breaks: ["LPC-ERR-2", "H2.5"],
    file,
    edits: replaced(
      'command === Command.RX_COMPLETE && channel.transmit === "outstanding"',
      'command === Command.RX_COMPLETE && channel.transmit !== "idle"',
    ),
    noticedBy: [
      {
        test: "test/host/role/service.test.ts",
        title: "LPC-ERR-2: Rx Complete before Tx Begin was written frees nothing",
      },
    ],
  },
  {
    name: "host-forgets-what-it-owes",
    text: "behind an Rx Complete the round ends though one is owed to the BMC",
    breaks: ["LPC-BUF-8", "H2.5"],
    file,
    edits: replaced('if (!channel.rxCompleteOwed) return "waiting";', 'return "waiting";'),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "host-obeys-initialise",
    text: "an Initialise read from ODR ends the session",
    breaks: ["LPC-KCS-5", "H2.6", "F11"],
    file,
    edits: replaced(
      "        countIgnored(host, command);\n",
      "        countIgnored(host, command);\n        if (command === Command.INITIALISE) return loseSession(host, status);\n",
    ),
    noticedBy: [{ test: "test/host/role/service.test.ts", title: "LPC-KCS-5: Initialise read from ODR is ignored" }],
  },
  {
    name: "host-ends-for-unknown-byte",
    text: "an unknown byte ends the session",
    breaks: ["LPC-KCS-4", "LPC-ERR-3", "H2.6"],
    file,
    edits: replaced(
      "        countIgnored(host, command);\n",
      "        countIgnored(host, command);\n        if (command > 2 && command < 0xff) return loseSession(host, status);\n",
    ),
    noticedBy: [
      {
        test: "test/host/role/service.test.ts",
        title: "LPC-KCS-4, LPC-ERR-3: every unknown byte is ignored and counted, and the session goes on",
      },
    ],
  },

  /* ---- H2.7: STR again ---- */
  {
    name: "host-trusts-status-before-byte",
    text: "STR is not read again behind a byte of ODR in a session",
    breaks: ["LPC-HOST-10", "H2.7", "F1"],
    file,
    edits: replaced(
      "      status = direct?.perform(READ_STATUS) ?? (yield READ_STATUS);\n      if (!inSession(status)) {",
      "      status &= ~Status.OBF;\n      if (!inSession(status)) {",
    ),
    noticedBy: [{ explore: "deployed BMC: F16, F21, F22: one kill of either side, interrupts by level" }],
  },
  {
    name: "host-hands-on-before-status",
    text: "a packet is handed on before STR is read behind it",
    breaks: ["LPC-HOST-10", "H2.7"],
    file,
    edits: moved(
      "      if (received) host.counters.packetsReceived++;\n",
      "      // LPC-HOST-10: the byte may have told",
    ),
    noticedBy: [
      {
        test: "test/host/role/service.test.ts",
        title: "LPC-HOST-10: STR %p behind a packet: it is not handed on, no Rx Complete",
      },
    ],
    unseen: "the packet was whole when Tx Begin was written, and the BMC writes none before the next session",
  },

  /* ---- H2.8: what is written ---- */
  {
    name: "host-writes-over-full-idr",
    text: "Rx Complete and Tx Begin do not wait for IBF = 0",
    breaks: ["LPC-KCS-2", "H2.8"],
    file,
    edits: replaced("    if ((status & Status.IBF) === 0) {\n", "    if ((status & Status.BMC_ACTIVE) !== 0) {\n"),
    noticedBy: [{ explore: "v3" }],
  },
  {
    name: "host-begins-before-completing",
    text: "Tx Begin goes before an Rx Complete that is owed",
    breaks: ["LPC-KCS-6", "H2.8"],
    file,
    edits: replaced(
      "      if (channel.rxCompleteOwed) {\n",
      '      if (channel.rxCompleteOwed && channel.transmit !== "beginPending") {\n',
    ),
    noticedBy: [{ test: "test/host/role/service.test.ts", title: "LPC-KCS-6: Rx Complete goes before Tx Begin" }],
    unseen: "the directions are independent: the other byte follows",
  },
  {
    name: "host-never-reports-stall",
    text: "a packet whose Rx Complete never comes is not reported",
    breaks: ["LPC-TIME-3", "H2.8", "F15"],
    file,
    edits: without("    reportStall(channel, host.counters, config.stallDelay, now);\n"),
    noticedBy: [
      { test: "test/host/role/service.test.ts", title: "LPC-TIME-3: a packet %s for T_stall is reported once" },
    ],
  },
];
