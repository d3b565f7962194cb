/** Control folders, and what tools are given to read. */
import { appendFileSync, chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { STRANGER, bmcOn, fifo, refusal, type LocalAttack } from "./planting.ts";

const SENTENCES = "what cannot be used is said in words";

function folderForAll(path: string): void {
  mkdirSync(path);
  chmodSync(path, 0o777);
}

function emptyFile(path: string): void {
  writeFileSync(path, "");
}

function danglingLink(path: string): void {
  symlinkSync("/nowhere/at/all", path);
}

export const FOLDER_ATTACKS: readonly LocalAttack[] = [
  ...(
    [
      ["control-folder-for-all", folderForAll],
      ["control-folder-is-file", emptyFile],
      ["control-folder-is-fifo", fifo],
      ["control-folder-dangles", danglingLink],
    ] satisfies readonly (readonly [string, (path: string) => void])[]
  ).map(([name, plant]) =>
    refusal(name, "owner, type and mode of the control folder are judged", async (place) => {
      const folder = join(place.path("run"), "mctp-lpc");
      plant(folder);
      return Promise.resolve({
        args: ["bmc", "run", "--platform", place.board],
        says: /control sockets?/,
        unchanged: [folder, place.path("board")],
      });
    }),
  ),
  refusal("tools-make-nothing", "tools make no folders and no sockets", async (place) =>
    Promise.resolve({ args: ["status"], says: /no agent/, unchanged: [place.path("run"), place.path("tmp")] }),
  ),
  refusal("runtime-folder-is-file", SENTENCES, async (place) => {
    writeFileSync(place.path("file"), "");
    return Promise.resolve({
      args: ["bmc", "run", "--platform", place.board],
      environment: { XDG_RUNTIME_DIR: place.path("file") },
      says: /it is a file, not a folder/,
      unchanged: [place.path("file"), place.path("board")],
    });
  }),
  refusal("window-size-of-fifo", SENTENCES, async (place) => {
    fifo(place.path("board"));
    return Promise.resolve({
      args: bmcOn(place, "--window", "64K"),
      says: /not a virtual board/,
      unchanged: [place.path("board")],
    });
  }),
  refusal("show-fifo", SENTENCES, async (place) => {
    fifo(place.path("board"));
    return Promise.resolve({ args: ["board", "show", place.path("board")], says: /not a virtual board/ });
  }),
  refusal("decode-endless-file", "what is read is bounded", async () =>
    Promise.resolve({ args: ["decode"], first: "exec </dev/zero", says: /line|characters|bytes/ }),
  ),
  refusal("trace-endless-file", "what is read is bounded", async () =>
    Promise.resolve({ args: ["trace", "/dev/zero"], says: /it is a device/ }),
  ),
  refusal("few-descriptors", SENTENCES, async (place) =>
    Promise.resolve({ args: bmcOn(place), first: "ulimit -n 32", says: /ulimit -n/ }),
  ),
  {
    name: "escapes-for-decode",
    protects: "text of strangers reaches a terminal in one way alone",
    run: async (place) => {
      const input = place.path("input");
      appendFileSync(input, "\u001b]0;owned\u0007\u202E zz\r\n\u2028");
      const { stdout, stderr } = await place.run(["decode"], { first: `exec <${input}` });
      return /[^\P{Cc}\n]|[\p{Cf}\u2028\u2029]/u.test(stdout + stderr) ? ["raw characters reached the terminal"] : [];
    },
  },
  refusal(
    "socket-of-another",
    "the control socket is for its user",
    async (place) => {
      const bmc = await place.agent("bmc");
      chmodSync(place.folder, 0o711);
      return { args: ["status", "--control", bmc.control], user: STRANGER, says: /user|permission|agent/ };
    },
    true,
  ),
];
