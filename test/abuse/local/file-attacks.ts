/** State, trace and log of an agent, planted or failing. */
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pause } from "../pause.ts";
import { bmcOn, fifo, makeBoard, precious, refusal, type LocalAttack } from "./planting.ts";

const END_LIMIT_MILLISECONDS = 5000;
const STOP_LIMIT_MILLISECONDS = 2000;
const OPENING = "what is opened is judged by its descriptor";

export const FILE_ATTACKS: readonly LocalAttack[] = [
  refusal("state-behind-link", OPENING, async (place) => {
    const file = precious(place);
    symlinkSync(file, place.path("eids.json"));
    return Promise.resolve({
      args: bmcOn(place, "--eid-pool", "20-40", "--state", place.path("eids.json")),
      says: /state file/,
      unchanged: [file, place.path("eids.json")],
    });
  }),
  refusal("state-is-fifo", OPENING, async (place) => {
    fifo(place.path("eids.json"));
    return Promise.resolve({
      args: bmcOn(place, "--eid-pool", "20-40", "--state", place.path("eids.json")),
      says: /state file .*FIFO/,
      unchanged: [place.path("eids.json")],
    });
  }),
  {
    name: "state-leftovers",
    protects: "what others left beside the state file never matters",
    run: async (place) => {
      const file = precious(place);
      mkdirSync(place.path("state"), { mode: 0o700 });
      const state = join(place.path("state"), "eids.json");
      const bmc = await place.agent("bmc", ["--eid-pool", "20-40", "--state", state]);
      const names = [String(bmc.pid), "0", "1"].map((id) => `.eids.json.${id}.new`);
      symlinkSync(file, join(place.path("state"), names[0]!));
      fifo(join(place.path("state"), names[1]!));
      mkdirSync(join(place.path("state"), names[2]!));
      const uuid = "11111111-2222-4333-8444-555555555555";
      const assigned = await place.run(["assign", "30", "--uuid", uuid, "--control", bmc.control]);
      const stopped = await bmc.stop();
      return [
        ...(assigned.code === 0 ? [] : [`assign failed: ${assigned.stderr}`]),
        ...(readFileSync(file, "utf8") === "precious\n" ? [] : ["the file behind the link was written to"]),
        ...(existsSync(state) && readFileSync(state, "utf8").includes(uuid) ? [] : ["the assignment was not kept"]),
        ...(stopped !== undefined && stopped <= STOP_LIMIT_MILLISECONDS ? [] : ["the stop took too long"]),
      ];
    },
  },
  refusal("trace-is-fifo", OPENING, async (place) => {
    fifo(place.path("trace"));
    return Promise.resolve({
      args: bmcOn(place, "--trace", place.path("trace")),
      says: /trace .*FIFO/,
      unchanged: [place.path("trace")],
    });
  }),
  refusal("trace-behind-link", OPENING, async (place) => {
    const file = precious(place);
    symlinkSync(file, place.path("trace"));
    return Promise.resolve({
      args: bmcOn(place, "--trace", place.path("trace")),
      says: /trace .*symbolic link/,
      unchanged: [file, place.path("trace")],
    });
  }),
  refusal("trace-is-board", "two roles for one file are refused", async (place) => {
    const board = await makeBoard(place);
    return { args: bmcOn(place, "--trace", board), says: /are one file/, unchanged: [board] };
  }),
  refusal("trace-is-state", "two roles for one file are refused", async (place) => {
    const state = place.path("eids.json");
    writeFileSync(state, "", { mode: 0o600 });
    linkSync(state, place.path("trace"));
    return Promise.resolve({
      args: bmcOn(place, "--trace", place.path("trace"), "--eid-pool", "20-40", "--state", state),
      says: /are one file/,
      unchanged: [state],
    });
  }),
  {
    name: "log-on-full-disk",
    protects: "a log never decides whether an agent lives",
    run: async (place) => {
      const arguments_ = bmcOn(place).join(" ");
      const script = `exec ${process.execPath} ${place.program} ${arguments_} >/dev/full`;
      const ended = place.run(["--version"], { first: script, limitMilliseconds: 8000 });
      await pause(2000);
      const host = await place.agent("host");
      const isUp = await host.line(/^channel up/, 0, END_LIMIT_MILLISECONDS).catch(() => undefined);
      const ping = await place.run(["ping", "--count", "3", "--control", host.control]);
      await host.kill();
      const { isOverdue, code } = await ended;
      return [
        ...(isUp === undefined || ping.code !== 0 ? ["the channel does not work"] : []),
        ...(isOverdue ? [] : [`the agent ended with status ${String(code)}`]),
      ];
    },
  },
];
