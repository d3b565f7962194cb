/** `mctp-lpc bmc isolation`: which doors an ASPEED chip leaves open to its host, by one read of each register. */
import { Command, InvalidArgumentError, Option } from "commander";
import { resolve } from "node:path";
import { notEmpty } from "../agent/not-empty.ts";
import { judgeIsolation, type Isolation, type Region, type Values } from "../platform/aspeed/isolation/judgement.ts";
import { readValues } from "../platform/aspeed/isolation/reading.ts";
import { reservedRegion } from "../platform/aspeed/isolation/region.ts";
import { MEMORY_FILE, MemoryRegisters } from "../platform/aspeed/memory-registers.ts";
import { SOCS, type SocName } from "../platform/aspeed/soc.ts";
import { chipFor } from "../platform/aspeed/this-chip.ts";
import { openDevice, openingDevices } from "../platform/device/device-file.ts";
import { Failure, messageOf } from "../platform/failure.ts";
import { readAddress, readSize } from "../platform/kind.ts";
import { openQemuRegisters } from "../platform/qemu/qemu-bmc.ts";
import { opening } from "../platform/scope.ts";
import { IsolationStatus } from "./exit-status.ts";
import { isolationJson, isolationLines } from "./isolation-text.ts";
import { printJson, printLines } from "./output.ts";

interface Given {
  readonly soc: SocName | "auto";
  readonly mem: string;
  readonly qemu?: string;
  readonly region?: Region;
  readonly json?: true;
}

const STATUS: Readonly<Record<Isolation["verdict"], number>> = {
  closed: IsolationStatus.CLOSED,
  open: IsolationStatus.OPEN,
  unknown: IsolationStatus.UNKNOWN,
};

export function isolationCommand(): Command {
  return new Command("isolation")
    .summary("check which ways the BMC's chip leaves the host into its memory")
    .description(
      "Reads the registers of an ASPEED chip that open and shut the host's ways into the BMC's memory (CVE-2019-6260), and says of each whether it is open, filtered, closed or unknown, by which bits, and what shuts it. The binding needs one of them, the LPC firmware window onto the reserved memory. Nothing is written.",
    )
    .addOption(
      new Option("--soc <name>", "the chip; auto: what the device tree says")
        .choices(["auto", ...Object.keys(SOCS)])
        .default("auto"),
    )
    .option("--mem <path>", "file whose positions are physical addresses", notEmpty("A file", MEMORY_FILE), MEMORY_FILE)
    .addOption(
      new Option("--qemu <folder>", "the emulated machine of this folder, while no BMC's agent runs on it")
        .argParser(notEmpty("A folder", "/tmp/machine"))
        .conflicts(["mem", "soc"]),
    )
    .option(
      "--region <address,size>",
      "the memory reserved for the host, as in 0xb4000000,64M (default: what the device tree says)",
      parseRegion,
    )
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Exit status: 0 all are shut but the window's own, 1 one is open or filtered, or
the window shows more than its region, 2 none is, but one is unknown.

Examples:
  mctp-lpc bmc isolation
  mctp-lpc bmc isolation --json --region 0xb4000000,64M
  mctp-lpc bmc isolation --qemu /tmp/machine`,
    )
    .action((given: Given) => {
      // A failure is no finding: it ends with this, too.
      process.exitCode = IsolationStatus.UNKNOWN;
      const read = given.qemu === undefined ? readThroughMemory(given) : readThroughQtest(given.qemu);
      const { soc, source, values, troubles, region } = read;
      const isolation = judgeIsolation(soc, values, given.region ?? region);
      if (given.json === true) printJson(isolationJson(isolation, source, troubles));
      else printLines(isolationLines(isolation, source, troubles));
      process.exitCode = STATUS[isolation.verdict];
    });
}

interface Read {
  readonly soc: SocName;
  readonly source: string;
  readonly values: Values;
  readonly troubles: readonly string[];
  /** What is reserved for the host, where that is known. */
  readonly region: Region | undefined;
}

/** A file that cannot be opened leaves all registers unknown. Throws a Failure where it is not known which chip it is. */
function readThroughMemory({ soc: asked, mem: path }: Given): Read {
  const soc = chipFor("bmc isolation", asked, "--soc").name;
  const region = reservedRegion();
  try {
    return openingDevices(`read ${path}`, (scope) => {
      const fd = openDevice(scope, path, "readDeviceMemory");
      const read = readValues(soc, new MemoryRegisters({ path, fd, access: "read" }, scope));
      scope.release();
      return { soc, source: path, region, ...read };
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { soc, source: path, region, values: new Map(), troubles: [messageOf(error)] };
  }
}

/** Throws a Failure where the machine cannot be reached: its folder says which chip it has. */
function readThroughQtest(path: string): Read {
  const folder = resolve(path);
  return opening("device-open", `read qemu:${folder}`, (scope) => {
    const { registers, soc, region } = openQemuRegisters(scope, folder);
    const read = readValues(soc.name, registers);
    scope.release();
    return { soc: soc.name, source: `qemu:${folder}`, region, ...read };
  });
}

function parseRegion(text: string): Region {
  const [start = "", size = "", ...rest] = text.split(",");
  const region = { start: readAddress(start), size: readSize(size) };
  if (region.start === undefined || region.size === undefined || region.size === 0 || rest.length > 0) {
    throw new InvalidArgumentError("A region is an address and a size, as in 0xb4000000,64M.");
  }
  return { start: region.start, size: region.size };
}
