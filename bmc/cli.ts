/** The commands of `mctp-lpc bmc`. */
import { Command } from "commander";
import { checkSockets } from "../src/agent/check-sockets.ts";
import { DEFAULT_BMC_EID } from "../src/agent/identity.ts";
import { DAY, addRunOptions, countIn, readRunOptions } from "../src/agent/run-options.ts";
import { agentLog, runAgent } from "../src/agent/serve.ts";
import { millis } from "../src/core/wire/units.ts";
import { createBmcAgent } from "./agent.ts";
import { addBusOwnerOptions, applyHostProfile, readBusOwnerOptions } from "./bus-owner-options.ts";
import { profileHelp } from "./host-profiles.ts";
import { BMC_DEFAULTS } from "./role/state.ts";

export function bmcCommand(): Command {
  const run: Command = addBusOwnerOptions(addRunOptions(new Command("run"), "bmc", DEFAULT_BMC_EID))
    .summary("run the BMC's agent on a board until a signal stops it")
    .description(
      "Runs the BMC's side of the channel with an MCTP bus owner over it. The agent answers the host's Initialise, discovers the host's endpoint once that has sent a control message, gives it an EID, and says each in one line. A missing virtual board is made.",
    )
    .option(
      "--announce <milliseconds>",
      `how long a start waits for a host to notice it, 0 to ${String(DAY)}`,
      countIn(0, DAY),
      BMC_DEFAULTS.announceLimit,
    )
    .addHelpText(
      "after",
      `
${profileHelp()}

Examples:
  mctp-lpc bmc run --platform shm:/dev/shm/board
  mctp-lpc bmc run -p shm:/dev/shm/board --inbox ./from-host --assign 20
  mctp-lpc bmc run -p shm:/dev/shm/board --mtu 4096 --poll doorbell
  mctp-lpc bmc run -p shm:/dev/shm/board --host-profile hostboot
  mctp-lpc bmc run -p shm:/dev/shm/board --pcap bmc.pcapng
  mctp-lpc bmc run -p shm:/dev/shm/board --eid-pool 20-40 --state eids.json --check-every 5000
  mctp-lpc bmc run -p shm:/dev/shm/board --misbehave wrong-crc@1,restart:500%10`,
    )
    .action(async (values: Record<string, unknown>) => {
      const given = applyHostProfile(run, values);
      const shared = readRunOptions("bmc", given);
      const options = {
        ...shared,
        ...(await readBusOwnerOptions(run, given, shared.links ?? [])),
        announceLimit: millis(given["announce"] as number),
      };
      await checkSockets(options.agent);
      await runAgent(() => createBmcAgent(options, agentLog("bmc")), options);
    });
  return new Command("bmc").addCommand(run);
}
