/** The commands of `mctp-lpc bmc`. */
import { Command } from "commander";
import { addRunOptions, parseCount, parseEid, readRunOptions } from "../src/agent/run-options.ts";
import { agentLog, runAgent } from "../src/agent/serve.ts";
import { millis, type Eid } from "../src/wire/units.ts";
import { createBmcAgent } from "./agent.ts";
import { BMC_DEFAULTS } from "./state.ts";

/** LPC-MCTP-2. */
const DEFAULT_EID = 8;
const DEFAULT_HOST_EID = 9;

export function bmcCommand(): Command {
  const run = addRunOptions(new Command("run"), "bmc", DEFAULT_EID)
    .summary("run the BMC's agent on a board until a signal stops it")
    .description(
      "Runs the BMC's side of the channel with an MCTP bus owner over it. The agent answers the host's Initialise, discovers the host's endpoint and gives it an EID, and says each in one line. A missing virtual board is made.",
    )
    .option("--assign <eid>", "the EID that the host gets, 8 to 254", parseEid, DEFAULT_HOST_EID as Eid)
    .option(
      "--announce <milliseconds>",
      "how long a start waits for a host to notice it",
      parseCount,
      BMC_DEFAULTS.announceLimit,
    )
    .addHelpText(
      "after",
      `
Examples:
  mctp-lpc bmc run --platform shm:/dev/shm/board
  mctp-lpc bmc run -p shm:/dev/shm/board --inbox ./from-host --assign 20
  mctp-lpc bmc run -p shm:/dev/shm/board --mtu 4096 --poll doorbell`,
    )
    .action(async (given: Record<string, unknown>) => {
      const options = {
        ...readRunOptions("bmc", given),
        assign: given["assign"] as Eid,
        announceLimit: millis(given["announce"] as number),
      };
      await runAgent(() => createBmcAgent(options, agentLog("bmc")), options);
    });
  return new Command("bmc").description("the BMC's side").addCommand(run);
}
