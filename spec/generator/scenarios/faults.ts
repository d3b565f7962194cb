/** Faults of the bus and of the peer that end no session: each is counted, answered if it must be, and passed over. */
import { encodeU32 } from "../../../src/core/binding/control-region.ts";
import type { HostPort } from "../../../src/platform/port.ts";
import type { Lab } from "./lab.ts";
import { message } from "./messages.ts";
import { labInSession } from "./packets.ts";
import type { Scenario } from "./scenario.ts";

/** Where the host's packets lie in a session of version 3 with the baseline transmission unit. */
const HOST_TO_BMC_AT = 0x14c;
/** Behind length field, MCTP header and the head of the message. */
const FLIPPED_AT: number = HOST_TO_BMC_AT + 4 + 4 + 6;

/** A packet of the host whose buffer is changed before the BMC reads it, then one that arrives. */
function spoiledPacket(change: (lab: Lab) => void): Lab {
  const lab = labInSession(3);
  lab.send("hostToBmc", message(12));
  lab.turn("host");
  change(lab);
  lab.settle();
  lab.send("hostToBmc", message(8));
  lab.settle();
  return lab;
}

function crcFailure(): Scenario {
  const lab = spoiledPacket((bench) => {
    bench.pokeWindow(FLIPPED_AT, Uint8Array.of(bench.board.window[FLIPPED_AT]! ^ 0x10));
  });
  return lab.record(
    "crc-failure",
    "A bit flips in a packet",
    "One bit of the payload flips in the window, between the host's writing and the BMC's reading. The CRC-32 of the copy does not match; the BMC drops the packet, counts it and gives the buffer back by Rx Complete all the same, for there is no negative acknowledgement. The next packet is none the worse.",
  );
}

function lengthOutOfBounds(): Scenario {
  const lab = spoiledPacket((bench) => {
    bench.pokeWindow(HOST_TO_BMC_AT, encodeU32(69));
  });
  return lab.record(
    "length-out-of-bounds",
    "A length out of bounds",
    "The length field is changed from outside to 69, one byte more than header and payload may have with MTU 64. The BMC reads the length once, reads nothing of the packet, drops it and sends Rx Complete. The next packet arrives.",
  );
}

const UNKNOWN = 0x55;

function unknownCommand(): Scenario {
  const lab = labInSession(3);
  const write = (port: HostPort): void => {
    port.readStatus();
    port.writeData(UNKNOWN);
    lab.settle();
  };
  lab.mark("host", "happens", "writes by hand what no version defines");
  write(lab.host.port);
  lab.mark("bmc", "happens", "writes by hand what no version defines");
  write(lab.bmc.port);
  lab.send("hostToBmc", message(12));
  lab.settle();
  return lab.record(
    "unknown-command",
    "Command bytes that no version defines",
    "Each side in turn writes a byte that is no command, by hand, into an empty register. The other reads it, counts it and passes over it; neither answers, and the session goes on.",
  );
}

export function faults(): readonly Scenario[] {
  return [crcFailure(), lengthOutOfBounds(), unknownCommand()];
}
