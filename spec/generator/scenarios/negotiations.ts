/** What the two sides agree on, and when they do not. */
import { encodeU32, encodeVersionRange, Field } from "../../../src/core/binding/control-region.ts";
import { Command, Status } from "../../../src/core/binding/registers.ts";
import type { VersionRange } from "../../../src/core/binding/versions.ts";
import { Lab, type LabOptions } from "./lab.ts";
import type { Scenario } from "./scenario.ts";

const BEFORE_PROPOSAL = "the BMC is active, the host has closed and fenced";

function accepted(name: string, title: string, description: string, options: LabOptions): Scenario {
  const lab = new Lab(options);
  lab.start("bmc");
  lab.start("host");
  lab.bringUp();
  lab.beginFigureAt("H1.10", BEFORE_PROPOSAL);
  return lab.record(name, title, description);
}

function refusedVersion(): Scenario {
  const lab = new Lab({ bmc: { versions: { min: 2, cur: 2 } }, host: { versions: { min: 1, cur: 1 } } });
  lab.start("bmc");
  lab.start("host");
  lab.settle();
  lab.beginFigureAt("H1.10", BEFORE_PROPOSAL);
  lab.wait();
  lab.endFigure();
  lab.settle();
  return lab.record(
    "refused-version",
    "No common version",
    "The BMC speaks version 2 alone, the host version 1 alone. The BMC answers with negotiated_ver 0, Channel Active clear and the layout of its offer. The host finds its version fields as it wrote them, so that this is a refusal and no restart of the BMC. It rests for T_refused and then begins again with the close.",
  );
}

/** One byte too little for the baseline transmission unit in version 3. */
const TOO_SMALL = 75;

function refusedMtu(): Scenario {
  const lab = new Lab({ bmc: { mtu: 64 }, byHand: "host" });
  const { port, window } = lab.host;
  /** As H0.1, H0.3 and H0.4, until ODR stays empty. */
  const look = (): void => {
    lab.settle();
    while ((port.readStatus() & Status.OBF) !== 0) {
      port.readData();
      lab.settle();
    }
  };
  const command = (byte: number): void => {
    port.writeData(byte);
    look();
  };
  const write = (offset: number, bytes: Uint8Array): void => {
    window.write(offset, bytes, 0, bytes.length);
  };
  const propose = (versions: VersionRange): void => {
    write(Field.hostVersionMin, encodeVersionRange(versions));
  };

  const fence = (): void => {
    command(Command.DUMMY);
    command(Command.DUMMY);
  };

  lab.start("bmc");
  lab.settle();
  port.readStatus();
  window.read(Field.magic, new Uint8Array(4), 0, 4);
  look();
  propose({ min: 0, cur: 0 });
  command(Command.INITIALISE);
  fence();
  lab.beginFigure(BEFORE_PROPOSAL);
  propose({ min: 1, cur: 3 });
  write(Field.rxSize, encodeU32(TOO_SMALL));
  command(Command.INITIALISE);
  fence();
  window.read(Field.hostVersionMin, new Uint8Array(4), 0, 4);
  return lab.record(
    "refused-mtu",
    "A proposal below the baseline transmission unit",
    "The host's accesses are made by hand, for no host of this document writes this: an rx_size of 75, where the baseline transmission unit needs 76 in version 3. The versions meet, but the BMC refuses, and writes its whole offer again, so that the next proposal finds it.",
  );
}

export function negotiations(): readonly Scenario[] {
  return [
    refusedVersion(),
    refusedMtu(),
    accepted(
      "mtu-negotiation",
      "The host's MTU is the smaller",
      "The BMC has no limit of its own and offers the largest buffers that the window holds; the host wants 4096 payload bytes and asks for 4108. The answer gives both buffers this size, at the places of the offer.",
      { host: { mtu: 4096 } },
    ),
    accepted(
      "mtu-room",
      "The BMC's MTU is the smaller",
      "The BMC offers two buffers of 4108 bytes, for 4096 payload bytes, one behind the other. The host wants 32768, but asks for no more than the room between the two offsets, so that the buffers cannot overlap even if the BMC took the size as it stands.",
      { bmc: { mtu: 4096 }, host: { mtu: 32768 } },
    ),
  ];
}
