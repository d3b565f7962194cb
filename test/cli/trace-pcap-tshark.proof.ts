/**
 * The dissector beside a Wireshark that knows MCTP, MCTP control and PLDM itself: tshark 4.4 of Debian 13 (trixie), which is
 * downloaded once and runs from a folder of its own. The filters are those of the tests with this machine's tshark.
 */
import { afterAll, beforeAll, describe, expect, jest } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { TraceCapture } from "../../src/core/capture/trace-capture.ts";
import { fromHex } from "../../src/core/wire/bytes.ts";
import { messageOf } from "../../src/platform/failure.ts";
import { Sandbox } from "../support/processes.ts";
import { debianTshark, type Ran } from "../support/debian-tshark.ts";
import { testUnless } from "../support/tools.ts";
import { DISSECTOR, dissectedFiles, expectDissection } from "./dissection.ts";

jest.setTimeout(300_000);

/** Get Endpoint ID and its answer, GetTID of PLDM and its answer. */
const PACKETS = [
  ["out", "010908c8008002"],
  ["in", "010809c000000200090000"],
  ["out", "010908c901800002"],
  ["in", "010809c10100000200" + "07"],
] as const;

let run: ((args: readonly string[]) => Ran) | undefined;
let missing: string | undefined;
for (const tool of ["apt-get", "dpkg", "dpkg-deb"]) {
  if (spawnSync(tool, ["--version"], { stdio: "ignore" }).error !== undefined)
    missing ??= `${tool}, which is not installed`;
}
try {
  if (missing === undefined) run = debianTshark("trixie");
} catch (error) {
  missing = `Debian's packages, which cannot be downloaded (${messageOf(error).split("\n", 1)[0] ?? ""})`;
}
const testWithTrixie = testUnless(missing);

describe("tshark 4.4 of Debian trixie", () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = new Sandbox();
  });
  afterAll(() => sandbox.dispose());

  function tshark(...args: readonly string[]): string {
    const { status, stdout, stderr } = run!(args);
    expect({ status, errors: /lua|error/i.test(stderr) ? stderr : "" }).toEqual({ status: 0, errors: "" });
    return stdout;
  }

  testWithTrixie("shows accesses, fields and findings by the filters that tshark 4.0 has", async () => {
    expect(tshark("--version")).toMatch(/TShark \(Wireshark\) 4\.4\./);
    expectDissection(await dissectedFiles(sandbox), tshark);
  });

  testWithTrixie("dissects MCTP, MCTP control and PLDM itself, with the dissector of docs/wireshark as without", () => {
    const file = sandbox.path("packets.pcapng");
    const capture = new TraceCapture({
      application: "test",
      source: "board",
      side: "bmc",
      links: ["serial:/dev/ttyS0"],
    });
    const packets = PACKETS.map(([way, hex], index) => capture.linkPacket(0, way, fromHex(hex)!, BigInt(index + 1)));
    writeFileSync(file, Buffer.concat([...capture.head(), ...packets]));
    const shown = (...args: readonly string[]): string => tshark("-X", `lua_script:${DISSECTOR}`, "-r", file, ...args);
    const count = (filter: string): number => shown("-Y", filter).split("\n").length - 1;
    expect([count("mctp"), count("mctpc.command == 2"), count("mctpc.cc == 0"), count("pldm.type == 0")]).toEqual([
      4, 2, 1, 2,
    ]);
    expect(count('frame.interface_name == "serial:/dev/ttyS0"')).toBe(4);
    expect(shown("-V")).toBe(tshark("-r", file, "-V"));
    expect(shown()).toBe(tshark("-r", file));
  });
});
