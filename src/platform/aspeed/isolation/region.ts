/** The memory that the device tree reserves for aspeed-lpc-ctrl: all that the host is meant to see of the BMC's. */
import { readStart } from "../../machine-files.ts";
import { system } from "../../system.ts";
import type { Region } from "./judgement.ts";

const TREE = "/proc/device-tree";
/** Nodes on the way to the controller, in all of the kernel's trees for these chips: /ahb/apb/lpc@1e789000/lpc-ctrl@80. */
const ON_THE_WAY = /^(ahb|apb|bus|soc|lpc)/;
const DEEPEST = 6;
const MOST_NAMES = 500;
/** A list of some names. */
const COMPATIBLE_BYTES = 1024;
const CELL_BYTES = 4;

/** Undefined where the tree names none, or is no tree of 32-bit addresses. */
export function reservedRegion(tree: string = TREE): Region | undefined {
  try {
    const handle = findRegionHandle(tree, 0);
    const folder = `${tree}/reserved-memory`;
    const name =
      handle === undefined ? undefined : nodes(folder).find((name) => cell(`${folder}/${name}/phandle`) === handle);
    if (name === undefined) return undefined;
    const reg = readStart(`${folder}/${name}/reg`, 3 * CELL_BYTES);
    return reg.length === 2 * CELL_BYTES
      ? { start: reg.readUInt32BE(0), size: reg.readUInt32BE(CELL_BYTES) }
      : undefined;
  } catch {
    return undefined;
  }
}

/** The phandle that the controller's `memory-region` holds. */
function findRegionHandle(folder: string, depth: number): number | undefined {
  const compatible = depth === 0 ? "" : text(`${folder}/compatible`);
  if (/aspeed,ast2\d00-lpc-ctrl/.test(compatible)) return cell(`${folder}/memory-region`);
  if (depth === DEEPEST) return undefined;
  for (const name of nodes(folder)) {
    if (!ON_THE_WAY.test(name)) continue;
    const handle = findRegionHandle(`${folder}/${name}`, depth + 1);
    if (handle !== undefined) return handle;
  }
  return undefined;
}

/** Names of the nodes in a node; its properties are files. */
function nodes(folder: string): readonly string[] {
  return system.listAtOnce(folder, MOST_NAMES).filter((name) => system.lookUp(`${folder}/${name}`)?.type === "folder");
}

function text(path: string): string {
  return system.lookUp(path)?.type === "file" ? readStart(path, COMPATIBLE_BYTES).toString("latin1") : "";
}

function cell(path: string): number | undefined {
  const bytes = Buffer.from(text(path), "latin1");
  return bytes.length === CELL_BYTES ? bytes.readUInt32BE(0) : undefined;
}
