/** What the guides for C show: their code compiles, and the example host prints the lines that they quote. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildExamples, shell, type CExamples } from "../support/c-examples.ts";
import { compile } from "../support/c-program.ts";
import { PROJECT, Sandbox, pause } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";

const testWithC = needsTool("gcc", "make");
const EXAMPLES = join(PROJECT, "spec", "examples");

/** Of libmctp's header what the guide uses: names and shapes. */
const LIBMCTP = `
#include <stdint.h>
enum { MCTP_BINDING_ASTLPC_MODE_BMC = 0, MCTP_BINDING_ASTLPC_MODE_HOST = 1 };
enum mctp_binding_astlpc_kcs_reg { MCTP_ASTLPC_KCS_REG_DATA = 0, MCTP_ASTLPC_KCS_REG_STATUS = 1 };
struct mctp_binding_astlpc;
struct mctp_binding_astlpc_ops {
    int (*kcs_read)(void *, enum mctp_binding_astlpc_kcs_reg, uint8_t *);
    int (*kcs_write)(void *, enum mctp_binding_astlpc_kcs_reg, uint8_t);
    int (*lpc_read)(void *, void *, long, size_t);
    int (*lpc_write)(void *, const void *, long, size_t);
};
struct mctp_binding_astlpc *mctp_astlpc_init(uint8_t, uint32_t, void *, const struct mctp_binding_astlpc_ops *, void *);
`;

/** What the firmware of the host's guide has, and what its program gives the port beside. */
const FIRMWARE = `
#include "port.h"
static uint8_t window[1 << 20];
volatile uint8_t *const lpc_window = window;
uint8_t in8(uint16_t port) { return (uint8_t)(port & 1 ? 0 : 0xff); }
void out8(uint16_t port, uint8_t value) { (void)port; (void)value; }
uint64_t port_now_ms(void) { return 0; }
uint32_t port_random(void) { return 4; }
void port_wait(void) {}
void port_write_str(uint8_t value) { (void)value; }
uint8_t port_read_idr(void) { return 0; }
void port_write_odr(uint8_t byte) { (void)byte; }
const char *port_open(const char *platform, bool host) { (void)platform; (void)host; return "is no board"; }
bool port_is_lost(void) { return false; }
void port_close(void) {}
`;

function guide(name: string): string {
  return readFileSync(join(PROJECT, "docs", "guides", `${name}.md`), "utf8");
}

/** The text of the one block of this language. */
function block(name: string, language: string, has: string): string {
  const blocks = [...guide(name).matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, kind = "", text = ""]) => ({
    kind,
    text,
  }));
  const found = blocks.filter(({ kind, text }) => kind === language && text.includes(has));
  expect(found).toHaveLength(1);
  return found[0]!.text;
}

describe("the guides for C", () => {
  let workshop: Sandbox;
  let built: Promise<CExamples> | undefined;
  let sandbox: Sandbox;

  beforeAll(() => {
    workshop = new Sandbox();
  });
  afterAll(() => workshop.dispose());
  beforeEach(() => {
    sandbox = new Sandbox();
  });
  afterEach(() => sandbox.dispose());

  function written(name: string, text: string): string {
    writeFileSync(sandbox.path(name), text);
    return sandbox.path(name);
  }

  testWithC("host-in-c: the port of the guide and the example host make a program", async () => {
    const port = written("port_firmware.c", block("host-in-c", "c", "in8"));
    const rest = written("firmware.c", FIRMWARE);
    const names = ["host", "channel", "mctp", "program", "request", "respond"];
    const sources = [port, rest, ...names.map((name) => join(EXAMPLES, `${name}.c`))];
    await compile(sandbox, "firmware", sources, undefined, "-I", EXAMPLES);
  });

  testWithC("from-libmctp: the functions for a board compile", async () => {
    written("libmctp-astlpc.h", LIBMCTP);
    const source = written("on_board.c", block("from-libmctp", "c", "mctp_astlpc_init"));
    await compile(sandbox, "on_board.o", [source], undefined, "-c", "-I", EXAMPLES, "-I", sandbox.folder);
  });

  testWithC("host-in-c: the host prints the lines that the guide shows", async () => {
    const shown = block("host-in-c", "console", "make -C spec/examples").split("\n").slice(0, -1);
    const lines = shown.filter((line) => !line.startsWith("$ "));
    expect(lines.length).toBeGreaterThan(2);
    const { host } = await (built ??= buildExamples(workshop));
    await sandbox.agent("bmc");
    const board = sandbox.path("board");
    let said = "";
    const child = sandbox.start(host, [`shm:${board}`]);
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (said += text));
    const expected = `${lines.join("\n")}\n`.replace("/dev/shm/board", board);
    for (let waited = 0; said.length < expected.length && waited < 10_000; waited += 10) await pause(10);
    expect(said).toBe(expected);
  });

  testWithC("host-in-c: the script restarts the host, killed or stopped or not there", async () => {
    const { host } = await (built ??= buildExamples(workshop));
    await sandbox.agent("bmc");
    const script = block("host-in-c", "sh", "#!/bin/sh")
      .replace("/dev/shm/board", sandbox.path("board"))
      .replace("spec/examples/build/host", host);
    const path = written("restart-host.sh", script);
    const log = (): string => readFileSync(sandbox.path("host.log"), "utf8");
    try {
      for (const before of ["true", "true", "kill $(cat host.pid)", "kill -KILL $(cat host.pid)"]) {
        await shell(sandbox, sandbox.folder, before);
        await shell(sandbox, sandbox.folder, `sh ${path}`);
      }
      expect(log().match(/^host on /gm)).toHaveLength(4);
      expect(log()).not.toContain("has such a side already");
    } finally {
      await shell(sandbox, sandbox.folder, "kill -KILL $(cat host.pid)");
    }
  });
});
