/** The BMC before a host played by hand: unread and stray bytes, Initialise at awkward places, resets, stops. */
import type { BmcConfig } from "../../../../bmc/role/state.ts";
import { encodeU32 } from "../../../../src/core/binding/control-region.ts";
import { offeredLayout } from "../../../../src/core/binding/layout.ts";
import { Command } from "../../../../src/core/binding/registers.ts";
import { millis } from "../../../../src/core/wire/units.ts";
import { HandHost } from "../../scenarios/hands.ts";
import { Lab } from "../../scenarios/lab.ts";
import { message } from "../../scenarios/messages.ts";
import type { TraceSource } from "../traces.ts";

const WINDOW_BYTES = 4096;

function handHost(config: Partial<BmcConfig> = {}): HandHost {
  return new HandHost(new Lab({ byHand: "host", windowBytes: WINDOW_BYTES, bmc: { mtu: 64, ...config } }));
}

/** The BMC has started, and its announcements were read. */
function started(config: Partial<BmcConfig> = {}): HandHost {
  const host = handHost(config);
  host.lab.start("bmc");
  host.drain();
  return host;
}

function inSession(config: Partial<BmcConfig> = {}): HandHost {
  const host = started(config);
  host.openSession();
  return host;
}

/** The BMC's Tx Begin stands in ODR, unread. */
function fillOdr(host: HandHost, bytes = 12): void {
  host.lab.send("bmcToHost", message(bytes));
  host.lab.settle();
}

/** Reads Tx Begin and the packet behind it, and answers. */
function receive(host: HandHost, length: number): void {
  host.status();
  host.take();
  host.readPacket(length);
  host.write(Command.RX_COMPLETE);
}

function secondAnnouncementUnread(): TraceSource {
  const host = handHost({ announcePoll: millis(500) });
  const { lab } = host;
  lab.start("bmc");
  lab.settle();
  host.status();
  host.take();
  lab.settle();
  host.look();
  // T_ann: the second announcement is still in ODR.
  lab.wait();
  lab.settle();
  host.drain();
  host.openSession();
  return lab.record(
    "second-announcement-unread",
    "T_ann passes with the second announcement unread",
    "The host reads the first announcement of a starting BMC and not the second. The BMC waits for T_ann before it writes its offer and sets BMC Active. The dummy that tells of BMC Active waits for ODR.",
  );
}

function odrFull(): TraceSource {
  const host = inSession();
  const { lab } = host;
  fillOdr(host);
  host.putPacket(20);
  host.give(Command.TX_BEGIN);
  lab.settle();
  host.look();
  // The BMC's packet, then what has waited: Rx Complete.
  receive(host, 24);
  // Tx Begin in ODR; behind it the dummy of an answer, and Rx Complete.
  fillOdr(host);
  host.putProposal();
  host.give(Command.INITIALISE);
  lab.settle();
  host.putPacket(21);
  host.give(Command.TX_BEGIN);
  lab.settle();
  host.look();
  host.drain();
  host.fences();
  host.send(8);
  fillOdr(host);
  receive(host, 24);
  return lab.record(
    "odr-full",
    "ODR is full, and bytes wait",
    "The host leaves the BMC's Tx Begin in ODR and sends a packet: the BMC reads it, and its Rx Complete waits for ODR. Then an Initialise and a packet come while ODR is full: the dummy of the answer goes out first, Rx Complete behind it, one byte each time that ODR is emptied.",
  );
}

function initialiseInSession(): TraceSource {
  const host = inSession();
  const { lab } = host;
  // Rx Complete stands in ODR; a packet's Tx Begin and the packet behind it wait; another Rx Complete is owed.
  host.putPacket(20);
  host.give(Command.TX_BEGIN);
  lab.settle();
  lab.send("bmcToHost", message(150));
  lab.settle();
  host.give(Command.TX_BEGIN);
  lab.settle();
  // A second Tx Begin before Rx Complete.
  host.give(Command.TX_BEGIN);
  lab.settle();
  host.putProposal();
  host.give(Command.INITIALISE);
  host.drain();
  host.fences();
  fillOdr(host, 8);
  receive(host, 20);
  host.send(8);
  return lab.record(
    "initialise-in-session",
    "An Initialise with everything under way",
    "When the host writes Initialise in a session, the BMC owes an Rx Complete, a Tx Begin waits for ODR and another packet behind it; a Tx Begin before that Rx Complete was ignored. Nothing of this goes out in the session that follows: the host reads the old byte in ODR, then the dummy of the answer, then packets of the new session.",
  );
}

function behindPacket(): TraceSource {
  const host = inSession();
  const { lab } = host;
  const sendWith = (act: () => void): void => {
    lab.interruptBehind("B2.7", act);
    host.putPacket(20);
    host.give(Command.TX_BEGIN);
    host.drain();
  };
  // The packet under way is acknowledged while the BMC reads another one.
  fillOdr(host);
  host.status();
  host.take();
  host.readPacket(24);
  sendWith(() => {
    host.give(Command.RX_COMPLETE);
  });
  sendWith(() => {
    host.give(0x55);
  });
  sendWith(() => {
    host.putProposal();
    host.give(Command.INITIALISE);
  });
  host.fences();
  host.send(8);
  // STR is reset under the reading BMC.
  sendWith(() => {
    lab.pokeStatus(0);
  });
  host.look();
  host.drain();
  host.openSession();
  host.send(9);
  return lab.record(
    "behind-packet",
    "What comes while the BMC reads a packet",
    "While the BMC reads a packet, the host writes Rx Complete, an unknown byte, an Initialise; then STR is reset. The BMC reads STR behind every packet and handles the byte that has come. The packet that an Initialise or a reset has overtaken is not delivered.",
  );
}

function earlyFence(): TraceSource {
  const host = inSession();
  const { lab } = host;
  lab.interruptBehind("B2.5", () => {
    host.give(Command.DUMMY);
  });
  host.close();
  host.write(Command.DUMMY);
  host.propose();
  host.fences();
  host.send(8);
  return lab.record(
    "early-fence",
    "A fence behind an Initialise that is not carried out yet",
    "The host writes its first fence as soon as IBF falls, when the BMC has read the close and not yet answered it. The fence stays in IDR until the answer is complete.",
  );
}

function outsideSession(): TraceSource {
  const host = started();
  const { lab } = host;
  for (const byte of [Command.TX_BEGIN, Command.RX_COMPLETE, Command.DUMMY, 0x33]) host.write(byte);
  host.openSession();
  host.send(8);
  for (const byte of [Command.RX_COMPLETE, 0x80]) host.write(byte);
  // An Rx Complete for a packet whose Tx Begin still waits for ODR.
  host.putPacket(21);
  host.give(Command.TX_BEGIN);
  fillOdr(host);
  host.give(Command.RX_COMPLETE);
  lab.settle();
  host.status();
  host.take();
  lab.settle();
  receive(host, 24);
  host.close();
  host.putPacket(20);
  for (const byte of [Command.TX_BEGIN, Command.RX_COMPLETE]) host.write(byte);
  // A refusal in place of the close.
  host.openSession();
  host.propose({ min: 7, cur: 9 });
  host.putPacket(20);
  host.write(Command.TX_BEGIN);
  return lab.record(
    "stray-bytes-bmc",
    "Bytes out of place, at the BMC",
    "Tx Begin and Rx Complete before the first session, behind a close and behind a refusal, an Rx Complete with no packet under way, one for a packet whose Tx Begin still waits, and unknown bytes: the BMC counts each for what it is and answers none.",
  );
}

function refusedProposals(): TraceSource {
  const mtu = 1000;
  const host = handHost({ mtu });
  const { lab } = host;
  host.layout = offeredLayout(3, mtu);
  lab.start("bmc");
  host.drain();
  host.close();
  host.fences();
  host.propose({ min: 4, cur: 9 }, 76);
  host.fences();
  host.propose({ min: 1, cur: 3 }, 75);
  host.fences();
  host.propose({ min: 1, cur: 3 }, 76);
  host.fences();
  host.send(64);
  host.close();
  return lab.record(
    "refused-proposals",
    "Refusals, a small session and a close",
    "The host proposes versions that the BMC does not speak, with a small rx_size, then an rx_size below the baseline transmission unit's: both are refused, with the layout of the offer. A session with the smallest buffers follows; the close behind it leaves the offer's layout again.",
  );
}

function largerPacketsV1(): TraceSource {
  const host = started();
  const { lab } = host;
  host.version = 1;
  host.close();
  host.fences();
  host.propose({ min: 1, cur: 1 }, null);
  host.fences();
  host.send(100);
  for (const length of [WINDOW_BYTES - host.layout.hostToBmc.offset - 4 + 1, 3]) {
    host.put(host.layout.hostToBmc.offset, encodeU32(length));
    host.write(Command.TX_BEGIN);
  }
  host.send(8);
  return lab.record(
    "larger-packets-v1-bmc",
    "Packets above 64 bytes in version 1, at the BMC",
    "The host sends a packet of 100 payload bytes, as deployed ones do. The BMC takes it, for it ends within the window. A length that reaches beyond the window is dropped, and so is one below the MCTP header's.",
  );
}

function turns(): TraceSource {
  const host = inSession();
  const { lab } = host;
  lab.send("bmcToHost", message(150));
  lab.settle();
  host.putPacket(20);
  host.give(Command.TX_BEGIN);
  lab.settle();
  // The first packet, and its Rx Complete before the BMC has written anything.
  host.status();
  host.take();
  host.readPacket(76);
  host.give(Command.RX_COMPLETE);
  lab.settle();
  // Rx Complete stands in ODR, the next Tx Begin waits. Another packet comes before ODR is emptied.
  host.putPacket(21);
  host.give(Command.TX_BEGIN);
  lab.settle();
  host.drain();
  host.readPacket(76);
  host.write(Command.RX_COMPLETE);
  host.readPacket(34);
  host.write(Command.RX_COMPLETE);
  return lab.record(
    "turns-bmc",
    "Whose turn ODR is",
    "Rx Complete and Tx Begin wait for ODR at once. Rx Complete goes first; when ODR is emptied, another Rx Complete is owed already, and Tx Begin goes, so that neither direction keeps the other waiting.",
  );
}

function stall(): TraceSource {
  const host = inSession();
  const { lab } = host;
  fillOdr(host);
  host.status();
  host.take();
  host.readPacket(24);
  lab.settle();
  lab.wait();
  host.look();
  host.write(Command.RX_COMPLETE);
  fillOdr(host, 8);
  receive(host, 20);
  return lab.record(
    "stall-bmc",
    "The BMC waits T_stall for Rx Complete",
    "The host reads Tx Begin and does not answer. After T_stall the BMC counts this, once for the packet, sends nothing again, and stays in the session. The Rx Complete that comes late is taken.",
  );
}

function stops(): TraceSource {
  const host = handHost();
  const { lab } = host;
  // Before its first access.
  lab.start("bmc");
  lab.stop("bmc");
  lab.start("bmc");
  host.drain();
  host.openSession();
  fillOdr(host);
  lab.stop("bmc");
  host.drain();
  return lab.record(
    "stops-bmc",
    "The BMC stops before its start, and with ODR full",
    "A BMC that is asked to stop before it has written the magic clears STR and writes no dummy, which no host would read. One that stops while its Tx Begin is unread leaves that byte in ODR.",
  );
}

export function bmcRuns(): readonly TraceSource[] {
  return [
    secondAnnouncementUnread(),
    odrFull(),
    initialiseInSession(),
    behindPacket(),
    earlyFence(),
    outsideSession(),
    refusedProposals(),
    largerPacketsV1(),
    turns(),
    stall(),
    stops(),
  ];
}
