/** The commands of `mctp-lpc host`. */
import { Command } from "commander";
import { checkControlPath } from "../src/agent/control/control-folder.ts";
import { DEFAULT_HOST_EID } from "../src/agent/identity.ts";
import { addRunOptions, readRunOptions } from "../src/agent/run-options.ts";
import type { MakeBoardLink } from "../src/agent/links.ts";
import { agentLog, runAgent } from "../src/agent/serve.ts";
import { createHostAgent } from "./agent.ts";

/** `secondBoard`: how to be the BMC of a second board, which this wing does not know. */
export function hostCommand(secondBoard?: MakeBoardLink): Command {
  const run = addRunOptions(new Command("run"), "host", DEFAULT_HOST_EID)
    .summary("run the host's agent on a board until a signal stops it")
    .description(
      "Runs the host's side of the channel with an MCTP endpoint over it. The agent waits for a BMC, opens the channel, reconnects whenever it is lost, and says each in one line. A missing virtual board is made.",
    )
    .addHelpText(
      "after",
      `
Examples:
  mctp-lpc host run --platform shm:/dev/shm/board
  mctp-lpc host run -p shm:/dev/shm/board --inbox ./from-bmc --mtu 4096
  mctp-lpc host run -p shm:/dev/shm/board --versions 2 --poll busy
  mctp-lpc host run -p shm:/dev/shm/board --pcap - | wireshark -k -i -
  mctp-lpc host run -p shm:/dev/shm/board --misbehave wrong-crc@1,no-fence`,
    )
    .action(async (given: Record<string, unknown>) => {
      const options = readRunOptions("host", given);
      await checkControlPath(options.agent.controlPath, options.agent.controlGroup);
      await runAgent(() => createHostAgent(options, agentLog("host"), secondBoard), options);
    });
  return new Command("host").addCommand(run);
}
