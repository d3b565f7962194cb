/** Whether an agent may listen where it is told to: asked before it makes a board, which would stay when it may not. */
import { checkControlPath } from "./control/control-folder.ts";
import { checkDemux } from "./services/demux-server.ts";
import type { AgentOptions } from "./start-options.ts";

/** Throws a Failure. */
export async function checkSockets({
  controlPath,
  controlGroup,
  demux,
}: Pick<AgentOptions, "controlPath" | "controlGroup" | "demux">): Promise<void> {
  await checkControlPath(controlPath, controlGroup);
  if (demux !== undefined) await checkDemux(demux);
}
