/** The host in a session with a BMC played by hand: unequal buffers, late and stray bytes, turns, stops. */
import { Command, SESSION_BITS, Status } from "../../../../src/core/binding/registers.ts";
import { encodeU32 } from "../../../../src/core/binding/control-region.ts";
import type { HandBmc } from "../../scenarios/hands.ts";
import { message } from "../../scenarios/messages.ts";
import type { TraceSource } from "../traces.ts";
import { handBmc } from "./host-start-ups.ts";

/** Length field, MCTP header and trailer. */
const OVERHEAD_BYTES = 12;

function inSession(prepare: (bmc: HandBmc) => void = () => undefined): HandBmc {
  const bmc = handBmc();
  prepare(bmc);
  bmc.stand();
  bmc.lab.start("host");
  bmc.openSession();
  return bmc;
}

/** The host is to send, and its Tx Begin stays in IDR. */
function fillIdr(bmc: HandBmc): void {
  bmc.lab.send("hostToBmc", message(12));
  bmc.lab.settle();
}

function unequalSizes(): TraceSource {
  const bmc = handBmc();
  const { lab } = bmc;
  const small = { offset: 0x100, size: 76 };
  const large = { offset: 0x300, size: 512 + OVERHEAD_BYTES };
  bmc.layout = { bmcToHost: { ...small, size: 0x200 }, hostToBmc: large };
  bmc.stand();
  lab.start("host");
  bmc.layout = { bmcToHost: { ...small, size: 300 + OVERHEAD_BYTES }, hostToBmc: { ...large, size: 76 } };
  bmc.openSession();
  bmc.send(300);
  lab.send("hostToBmc", message(100));
  bmc.receive(76);
  bmc.receive(76);
  lab.settle();
  bmc.setStatus(Status.BMC_ACTIVE);
  bmc.write(Command.DUMMY);
  bmc.layout = { bmcToHost: small, hostToBmc: large };
  bmc.openSession();
  lab.send("hostToBmc", message(300));
  bmc.receive(300 + OVERHEAD_BYTES);
  bmc.send(64);
  // One byte more than this direction's buffer holds.
  bmc.put(small.offset, encodeU32(69));
  bmc.write(Command.TX_BEGIN);
  bmc.expect(Command.RX_COMPLETE);
  lab.settle();
  return lab.record(
    "unequal-sizes",
    "Buffers of unequal sizes",
    "In the first session the BMC's packets may carry 300 payload bytes and the host's 64; in the second 64 and 512. Each side sends and judges by the size of the buffer in question.",
  );
}

function largerPacketsV1(): TraceSource {
  const bmc = inSession((one) => {
    one.version = 1;
    one.layout = { bmcToHost: { offset: 0x100, size: 72 }, hostToBmc: { offset: 0x200, size: 72 } };
  });
  bmc.send(100);
  // The last byte would be the other buffer's first.
  bmc.put(bmc.layout.bmcToHost.offset, encodeU32(0x100 - 4 + 1));
  bmc.write(Command.TX_BEGIN);
  bmc.expect(Command.RX_COMPLETE);
  bmc.put(bmc.layout.bmcToHost.offset, encodeU32(3));
  bmc.write(Command.TX_BEGIN);
  bmc.expect(Command.RX_COMPLETE);
  bmc.lab.settle();
  return bmc.lab.record(
    "larger-packets-v1-host",
    "Packets above 64 bytes in version 1, at the host",
    "The BMC sends a packet of 100 payload bytes, as deployed ones do. The host takes it, for it ends before the other buffer. A length that reaches into the other buffer is dropped, and so is one below the MCTP header's.",
  );
}

function strayBytes(): TraceSource {
  const bmc = inSession();
  const { lab } = bmc;
  for (const byte of [Command.INITIALISE, Command.RX_COMPLETE, 0x7f, Command.DUMMY]) bmc.write(byte);
  for (const bits of [0x04, 0x10, 0x20, 0x34]) {
    bmc.setStatus(SESSION_BITS | bits);
    bmc.look();
  }
  bmc.setStatus(SESSION_BITS);
  // Tx Begin twice, while IDR has no room for Rx Complete.
  fillIdr(bmc);
  bmc.putPacket(20);
  bmc.write(Command.TX_BEGIN);
  bmc.write(Command.TX_BEGIN);
  bmc.expect(Command.TX_BEGIN);
  bmc.readPacket(24);
  // The host finds IDR empty and this byte in ODR in one round, and owes its own Rx Complete still.
  bmc.give(Command.RX_COMPLETE);
  lab.settle();
  bmc.expect(Command.RX_COMPLETE);
  // An Rx Complete for a packet whose Tx Begin still waits for IDR.
  bmc.putPacket(21);
  bmc.write(Command.TX_BEGIN);
  fillIdr(bmc);
  bmc.write(Command.RX_COMPLETE);
  bmc.expect(Command.RX_COMPLETE);
  bmc.receive(24);
  lab.settle();
  return lab.record(
    "stray-bytes-host",
    "Bytes and bits out of place, at the host",
    "In a session the host reads an Initialise, an Rx Complete with no packet under way, an unknown byte and a dummy: each is counted for what it is, except the dummy, and changes nothing. So do the bits of STR without meaning. A second Tx Begin while Rx Complete is owed is ignored. An Rx Complete that comes while the host owes one is followed by the host's own in the same round. An Rx Complete for a packet whose Tx Begin still waits frees nothing.",
  );
}

function turns(): TraceSource {
  const bmc = inSession();
  const { lab } = bmc;
  lab.send("hostToBmc", message(150));
  lab.settle();
  bmc.putPacket(20);
  bmc.write(Command.TX_BEGIN);
  bmc.expect(Command.TX_BEGIN);
  bmc.readPacket(76);
  bmc.give(Command.RX_COMPLETE);
  lab.settle();
  // Rx Complete has gone first; the next Tx Begin waits. The BMC's next packet comes before IDR is emptied.
  bmc.putPacket(21);
  bmc.write(Command.TX_BEGIN);
  bmc.expect(Command.RX_COMPLETE);
  lab.settle();
  bmc.expect(Command.TX_BEGIN);
  lab.settle();
  bmc.expect(Command.RX_COMPLETE);
  lab.settle();
  bmc.readPacket(76);
  bmc.write(Command.RX_COMPLETE);
  bmc.receive(34);
  lab.settle();
  return lab.record(
    "turns-host",
    "Whose turn IDR is",
    "Rx Complete and Tx Begin wait for IDR at once. Rx Complete goes first; when IDR is emptied, another Rx Complete is owed already, and Tx Begin goes, so that neither direction keeps the other waiting.",
  );
}

function stall(): TraceSource {
  const bmc = inSession();
  const { lab } = bmc;
  lab.send("hostToBmc", message(12));
  bmc.expect(Command.TX_BEGIN);
  bmc.readPacket(24);
  lab.settle();
  lab.wait();
  bmc.look();
  bmc.write(Command.RX_COMPLETE);
  bmc.send(12);
  lab.settle();
  return lab.record(
    "stall-host",
    "The host waits T_stall for Rx Complete",
    "The BMC reads Tx Begin and does not answer. After T_stall the host counts this, once for the packet, sends nothing again, and stays in the session. The Rx Complete that comes late is taken.",
  );
}

function sessionEnds(): TraceSource {
  const bmc = inSession();
  const { lab } = bmc;
  // Rx Complete stays in IDR, Tx Begin waits behind it, and the message's second packet behind that.
  bmc.putPacket(12);
  bmc.write(Command.TX_BEGIN);
  lab.send("hostToBmc", message(100));
  lab.settle();
  // Channel Active falls alone, without a byte.
  bmc.setStatus(Status.BMC_ACTIVE);
  bmc.look();
  bmc.expect(Command.RX_COMPLETE);
  bmc.openSession();
  lab.send("hostToBmc", message(8));
  bmc.receive(20);
  // The next end comes between the reading of a packet and its delivery.
  lab.interruptBehind("H2.6", () => {
    bmc.setStatus(Status.BMC_ACTIVE);
  });
  bmc.putPacket(16);
  bmc.write(Command.TX_BEGIN);
  bmc.openSession();
  return lab.record(
    "session-ends",
    "Sessions that end with packets on their way",
    "Channel Active falls while a Tx Begin waits for IDR and another packet waits behind it: neither goes out in the next session. The second session ends while the host reads a packet: the host reads STR behind the packet and does not deliver it.",
  );
}

function stops(): TraceSource {
  const bmc = handBmc();
  const { lab } = bmc;
  bmc.stand();
  lab.start("host");
  bmc.takeClose();
  bmc.takeProposal();
  lab.settle();
  // The proposal has no answer yet, and the fence is in IDR.
  lab.askToStop("host");
  lab.settle();
  bmc.expect(Command.DUMMY);
  lab.settle();
  lab.awaitStop("host");
  bmc.expect(Command.INITIALISE);
  bmc.refuse();
  // Nothing is open while the host waits for the BMC or rests.
  bmc.setStatus(0);
  lab.start("host");
  lab.settle();
  lab.stop("host");
  bmc.stand();
  lab.start("host");
  for (let refusal = 0; refusal < 2; refusal++) {
    bmc.takeClose();
    bmc.takeProposal();
    bmc.refuse();
    bmc.expect(Command.DUMMY, Command.DUMMY);
    lab.settle();
  }
  lab.stop("host");
  return lab.record(
    "stops-host",
    "The host stops in a start-up",
    "The first life of the host is asked to stop when its proposal has no answer yet: it waits for IBF = 0 and closes. The second is asked before it has seen a BMC, the third in the rest that follows two refusals: there is nothing to close, and they write nothing.",
  );
}

function stopBehindFullIdr(): TraceSource {
  const bmc = inSession();
  const { lab } = bmc;
  fillIdr(bmc);
  lab.askToStop("host");
  lab.settle();
  bmc.expect(Command.TX_BEGIN);
  lab.settle();
  lab.awaitStop("host");
  bmc.expect(Command.INITIALISE);
  bmc.refuse();
  lab.start("host");
  bmc.openSession();
  fillIdr(bmc);
  lab.stop("host");
  bmc.expect(Command.TX_BEGIN);
  lab.settle();
  return lab.record(
    "stop-behind-full-idr",
    "The host stops behind a full IDR",
    "Twice the host is asked to stop with its Tx Begin unread in IDR. The first time the BMC reads it before T_stop is over, and the host closes. The second time T_stop passes, and the host ends without a close.",
  );
}

export function hostSessions(): readonly TraceSource[] {
  return [
    unequalSizes(),
    largerPacketsV1(),
    strayBytes(),
    turns(),
    stall(),
    sessionEnds(),
    stops(),
    stopBehindFullIdr(),
  ];
}
