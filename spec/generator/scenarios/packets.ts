/** What passes in a session: packets each way, in each framing, and both ways at once. */
import type { Direction } from "../../../src/core/binding/side.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import { Lab, type LabOptions } from "./lab.ts";
import { message } from "./messages.ts";
import type { Scenario } from "./scenario.ts";

/** A session of this version with the baseline transmission unit, where the figure begins. */
export function labInSession(version: Version, options: LabOptions = {}): Lab {
  const lab = new Lab({ bmc: { mtu: 64 }, host: { versions: { min: 1, cur: version } }, ...options });
  lab.start("bmc");
  lab.start("host");
  lab.bringUp();
  lab.beginFigure();
  return lab;
}

interface OnePacket {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly version: Version;
  readonly direction: Direction;
}

function onePacket({ name, title, description, version, direction }: OnePacket): Scenario {
  const lab = labInSession(version);
  lab.send(direction, message(12));
  lab.settle();
  return lab.record(name, title, description);
}

function bothDirections(): Scenario {
  const lab = labInSession(3, { quick: "host" });
  lab.send("hostToBmc", message(12));
  lab.send("bmcToHost", message(20));
  lab.settle();
  return lab.record(
    "both-directions",
    "Packets in both directions at once",
    "Each side is given a message before the other has sent anything. The two directions have a buffer each and do not wait for one another; where a side has both to write, Rx Complete goes out first, and the Tx Begin next.",
  );
}

function threePackets(): Scenario {
  const lab = labInSession(3);
  lab.send("hostToBmc", message(150));
  lab.settle();
  return lab.record(
    "message-of-three-packets",
    "A message of three packets",
    "A message of 150 bytes in a session with MTU 64 takes packets of 64, 64 and 22 payload bytes. The second is written to the buffer when Rx Complete has given it back. The first packet carries SOM, the last EOM, and the sequence number counts up.",
  );
}

export function packets(): readonly Scenario[] {
  return [
    onePacket({
      name: "packet-host-to-bmc",
      title: "One packet from host to BMC in version 3",
      description:
        "The host writes length, packet and CRC-32 into its buffer and then Tx Begin. The BMC copies the packet, looks whether an Initialise has come meanwhile, and gives the buffer back by Rx Complete before anything is done with the packet.",
      version: 3,
      direction: "hostToBmc",
    }),
    onePacket({
      name: "packet-bmc-to-host",
      title: "One packet from BMC to host in version 3",
      description:
        "The same in the other direction. Behind the byte that it read the host reads STR once more, so that a packet of a session that has ended is not handed on.",
      version: 3,
      direction: "bmcToHost",
    }),
    onePacket({
      name: "packet-host-to-bmc-v2",
      title: "One packet from host to BMC in version 2",
      description:
        "In version 2 the packet ends with its payload: there is no trailer, and nothing guards it but the bus.",
      version: 2,
      direction: "hostToBmc",
    }),
    onePacket({
      name: "packet-bmc-to-host-v1",
      title: "One packet from BMC to host in version 1",
      description:
        "Version 1 frames packets like version 2; what differs is the MTU, which is the baseline transmission unit whatever the sizes say.",
      version: 1,
      direction: "bmcToHost",
    }),
    bothDirections(),
    threePackets(),
  ];
}
