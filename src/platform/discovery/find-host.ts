/** Where a host's firmware and kernel say, or let guess, that this binding is, and what else uses its ports. */
import {
  HOST_INTERFACE_TYPE,
  InterfaceType,
  IPMI_DEVICE_TYPE,
  ProtocolType,
  readHostInterface,
  readIpmiPort,
  readLpcInterface,
  type HostInterface,
  type LpcInterface,
} from "../../core/discovery/host-interface.ts";
import { readStructures, type Structure } from "../../core/discovery/smbios.ts";
import { Failure, messageOf } from "../failure.ts";
import { hexText } from "../kind.ts";
import { checkPlatform, parsePlatform } from "../kinds.ts";
import { MachineFiles, type Looked, type ReadFile } from "../machine-files.ts";
import { DEFAULT_FOLDER as LPC_FOLDER } from "../powernv/kind.ts";
import { driverOf, hidesAddresses, LARGEST_LIST_BYTES, LIST_FILE } from "../x86/port-owner.ts";

const TABLE_FILE = "/sys/firmware/dmi/tables/DMI";
/** Tables of large servers have some 20 KiB; the field of their length has 32 bits. */
export const LARGEST_TABLE_BYTES: number = 1024 * 1024;
const TREE_FILES = ["/sys/firmware/devicetree/base/compatible", "/proc/device-tree/compatible"];
/** A list of some names. */
const COMPATIBLE_BYTES = 4096;

/** `described`: by the firmware. `usual`: what deployed machines of this kind have. */
export type Ground = "described" | "usual";

/** A place where the binding is, or may be. */
export interface FoundInterface {
  /** For `--platform`. */
  readonly platform: string;
  readonly ground: Ground;
  /** What says so. */
  readonly source: string;
  /** What to know before it is used, a sentence each. */
  readonly warnings: readonly string[];
}

export interface HostSearch {
  readonly found: readonly FoundInterface[];
  /** Other things that were seen, a sentence each: structures of other interfaces, or of this one that cannot be used. */
  readonly others: readonly string[];
  /** Where was looked, with what was there. */
  readonly looked: readonly string[];
  /** What could not be read. */
  readonly troubles: readonly string[];
}

interface Place {
  readonly platform: string;
  readonly ground: Ground;
  readonly source: string;
  readonly dataPort: number;
}

/** `root`: the folder in which /sys and /proc are; another than / is a copy of another machine's. */
export function findHostInterfaces(root: string): HostSearch {
  const files = new MachineFiles(root);
  const table = files.read(TABLE_FILE, LARGEST_TABLE_BYTES);
  const structures = table.bytes === undefined ? [] : readStructures(table.bytes);
  const described = describedIn(structures);
  const lpcFiles = ["io", "fw"].map((name) => files.look(`${LPC_FOLDER}/${name}`));
  const powernv = lpcFiles.every(({ isThere }) => isThere === true) ? powernvPlace() : undefined;
  const places = [...described.places, ...(powernv === undefined ? [] : [powernv])];
  return {
    found: places.map((place) => withWarnings(place, structures, files)),
    others: described.others,
    looked: [
      `${TABLE_FILE}: ${tableText(table, structures)}`,
      `${LPC_FOLDER}: ${powernv === undefined ? missingLpc(files, lpcFiles) : "there"}`,
    ],
    troubles: [table, ...lpcFiles].flatMap(({ trouble }) => trouble ?? []),
  };
}

/* ---- SMBIOS ---- */

interface Described {
  readonly places: readonly Place[];
  readonly others: readonly string[];
}

function describedIn(structures: readonly Structure[]): Described {
  const places: Place[] = [];
  const others: string[] = [];
  for (const { type, handle, data } of structures) {
    if (type !== HOST_INTERFACE_TYPE) continue;
    const source = `SMBIOS type 42, handle 0x${handle.toString(16).padStart(4, "0")}`;
    const read = readHostInterface(data);
    const lpc = read === undefined ? undefined : readLpcInterface(read);
    if (read === undefined) others.push(`${source}: its lengths contradict each other`);
    else if (lpc === undefined) others.push(`${source}: ${otherText(read)}`);
    else {
      const platform = platformText(lpc);
      const unusable = whyUnusable(platform, lpc);
      if (unusable === undefined) places.push({ platform, ground: "described", source, dataPort: lpc.dataPort });
      else others.push(`${source}: describes this binding, but ${unusable}`);
    }
  }
  return { places, others };
}

function platformText({ dataPort, space, windowAddress, windowBytes }: LpcInterface): string {
  const window = `window=${hexText(windowAddress)},size=${String(windowBytes)}`;
  return space === "memory"
    ? `x86:${hexText(dataPort)},${window}`
    : `powernv:${LPC_FOLDER},kcs=${hexText(dataPort)},${window}`;
}

function whyUnusable(platform: string, { dataPort, statusPort }: LpcInterface): string | undefined {
  if (statusPort !== dataPort + 1) {
    return `STR is at port ${hexText(statusPort)}, not behind ${hexText(dataPort)}: this program has no platform for that`;
  }
  try {
    checkPlatform(parsePlatform(platform, "host"), "host");
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return `no platform of this program is so: ${messageOf(error)}`;
  }
}

/** A host interface that is not this binding, or not told to be. */
function otherText({ interfaceType, protocolTypes }: HostInterface): string {
  const carriesMctp = protocolTypes.includes(ProtocolType.MCTP);
  if (interfaceType === InterfaceType.KCS && carriesMctp) {
    return "MCTP over KCS: by its type that of DSP0254, which takes no window; where it is this binding, the vendor has to say where the window is";
  }
  if (interfaceType === InterfaceType.NETWORK) return "a network interface";
  if (interfaceType === InterfaceType.OEM) return "an interface of a vendor's own";
  return `interface type ${hexText(interfaceType)} of DSP0239${carriesMctp ? ", with MCTP" : ""}`;
}

function tableText({ bytes, trouble }: ReadFile, structures: readonly Structure[]): string {
  if (bytes === undefined) return trouble === undefined ? "not there" : "not read";
  const count = structures.filter(({ type }) => type === HOST_INTERFACE_TYPE).length;
  return `${String(structures.length)} structures, ${String(count)} of type 42`;
}

/* ---- PowerNV ---- */

function powernvPlace(): Place | undefined {
  const platform = `powernv:${LPC_FOLDER}`;
  const spec = parsePlatform(platform, "host");
  if (spec.kind !== "powernv") return undefined;
  const source = `${LPC_FOLDER}, and the values of deployed OpenPOWER machines (K.1)`;
  return { platform, ground: "usual", source, dataPort: spec.dataPort };
}

function missingLpc(files: MachineFiles, lpcFiles: readonly Looked[]): string {
  if (lpcFiles.some(({ isThere }) => isThere === undefined)) return "not read";
  const isPowernv = TREE_FILES.some((path) => files.text(path, COMPATIBLE_BYTES)?.includes("ibm,powernv") === true);
  return isPowernv
    ? "not there, though the device tree says PowerNV: mount debugfs at /sys/kernel/debug, and look as root"
    : "not there";
}

/* ---- Who else has the ports ---- */

function withWarnings(place: Place, structures: readonly Structure[], files: MachineFiles): FoundInterface {
  const { platform, ground, source, dataPort } = place;
  const [first, last] = [dataPort, dataPort + 1];
  const ports = `ports ${hexText(first)} and ${hexText(last)}`;
  const warnings: string[] = [];
  const ipmi = structures.some(({ type, data }) => {
    const port = type === IPMI_DEVICE_TYPE ? readIpmiPort(data) : undefined;
    return port !== undefined && port <= last && port + 1 >= first;
  });
  if (ipmi) warnings.push(`SMBIOS type 38 gives ${ports} to IPMI: two protocols at one KCS spoil each other`);
  const list = platform.startsWith("x86:") ? files.text(LIST_FILE, LARGEST_LIST_BYTES) : undefined;
  const driver = list === undefined ? undefined : driverOf(list, first, last);
  if (driver !== undefined) warnings.push(`${ports} belong to the driver "${driver}" (${LIST_FILE}): unload it first`);
  else if (list !== undefined && hidesAddresses(list)) warnings.push(`only root sees in ${LIST_FILE} who has ${ports}`);
  return { platform, ground, source, warnings };
}
