/** The commands of `mctp-lpc endpoint`: an endpoint on a serial line, at the other end of a bridge's link. */
import { Command, Option } from "commander";
import { resolve } from "node:path";
import { defaultControlPath } from "../agent/control/control-folder.ts";
import { RANDOM_UUID_NOTE, endpointUuid } from "../agent/identity.ts";
import { createLineAgent } from "../agent/line-agent.ts";
import { kindsText, parseLine, settingsHelp } from "../platform/kinds.ts";
import { checkInbox } from "../agent/files/inbox.ts";
import { notEmpty } from "../agent/not-empty.ts";
import { DEFAULT_FILE_LIMIT, floodShareOption, inboxQuotaOption, parseEid, parseSize } from "../agent/run-options.ts";
import { agentLog, serve } from "../agent/serve.ts";
import { addProcessOptions } from "../agent/process-options.ts";
import { readDemux } from "../agent/demux-options.ts";
import { checkSockets } from "../agent/check-sockets.ts";
import { isAbstract } from "../platform/unix-address.ts";
import {
  controlGroupOption,
  demuxGroupOption,
  demuxOption,
  takeUserOptions,
  userOption,
} from "../agent/user-options.ts";
import type { Eid } from "../core/wire/units.ts";

interface EndpointArguments {
  readonly link: string;
  readonly eid?: Eid;
  readonly uuid?: string;
  readonly control?: string;
  readonly controlGroup?: string;
  readonly demux?: string | true;
  readonly demuxGroup?: string;
  readonly user?: string;
  readonly inbox?: string;
  readonly inboxLimit: number;
  readonly inboxQuota: number;
  readonly floodShare: number;
  readonly untilEof?: true;
}

export function endpointCommand(): Command {
  const run = new Command("run")
    .summary("run an endpoint on a serial line until a signal stops it")
    .description(
      "Runs an MCTP endpoint on a serial line (DSP0253). It waits for a bus owner, such as an agent with --link, to give it an EID, and answers echoes; the tools work with it as with the agents. A line that is lost is opened again.",
    )
    .option("--link <spec>", `the line: ${kindsText("endpoint")} (required)`)
    .option("--eid <number>", "own endpoint id, 8 to 254, until a bus owner gives another (default: none)", parseEid)
    .option("--inbox <folder>", "accept files into this folder", notEmpty("An inbox", "./received"))
    .addOption(
      new Option("--inbox-limit <bytes>", "largest file accepted, like 64M")
        .argParser(parseSize)
        .default(DEFAULT_FILE_LIMIT, "64M"),
    )
    .addOption(inboxQuotaOption())
    .addOption(floodShareOption())
    .option("--uuid <uuid>", "the endpoint's UUID (default: one of this machine and line, the same at each start)")
    .option(
      "--control <path>",
      "control socket for the tools (default: one in a private folder of this user)",
      notEmpty("A control socket", "./agent.sock"),
    )
    .addOption(controlGroupOption())
    .addOption(demuxOption())
    .addOption(demuxGroupOption())
    .addOption(userOption())
    .option("--until-eof", "stop when standard input ends, too");
  addProcessOptions(run, ["link"])
    .addHelpText(
      "after",
      `
${settingsHelp("endpoint")}

Examples:
  mctp-lpc endpoint run --link serial:/dev/ttyUSB0
  mctp-lpc endpoint run --link serial:/dev/ttyS1,baud=921600,unit=128 --inbox ./received`,
    )
    .action(async (given: EndpointArguments) => {
      const { controlGroup, demuxGroup } = takeUserOptions(given);
      const link = parseLine(given.link);
      const inbox = given.inbox === undefined ? undefined : resolve(given.inbox);
      const controlPath =
        given.control === undefined ? defaultControlPath("endpoint", link.name) : resolve(given.control);
      const demux = readDemux(given.demux, demuxGroup, "endpoint", link.name);
      if (inbox !== undefined) {
        const demuxPath = demux === undefined || isAbstract(demux.address) ? undefined : demux.address;
        checkInbox(inbox, { "the control socket": controlPath, "the demux socket": demuxPath });
      }
      const { uuid, isRandom } = endpointUuid(given.uuid, "endpoint", link.name);
      const options = {
        link,
        eid: given.eid,
        uuid,
        floodShare: given.floodShare / 100,
        controlPath,
        controlGroup,
        demux,
        inbox,
        largestFileBytes: given.inboxLimit,
        inboxQuotaBytes: given.inboxQuota,
        log: agentLog("endpoint"),
      };
      await checkSockets(options);
      const who = given.eid === undefined ? "no EID yet" : `EID ${String(given.eid)}`;
      const ready = `on ${link.name}, ${who}; control socket ${controlPath}`;
      await serve(
        () => createLineAgent(options),
        isRandom ? [ready, RANDOM_UUID_NOTE] : [ready],
        given.untilEof === true,
      );
    });
  return new Command("endpoint").addCommand(run);
}
