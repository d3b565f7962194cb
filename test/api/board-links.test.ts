/** What `hostLink` and `bmcLink` say of places and options that cannot be: MctpErrors, like all that fails. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bmcLink } from "../../bmc/link.ts";
import { hostLink } from "../../host/link.ts";
import { Endpoint } from "../../src/api/endpoint.ts";
import { MctpError } from "../../src/api/errors.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mctp-lpc-links-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const LINKS = [
  { role: "host", link: hostLink },
  { role: "bmc", link: bmcLink },
] as const;

function codeOf(open: () => unknown): string {
  try {
    open();
    return "nothing was thrown";
  } catch (error) {
    if (error instanceof MctpError) return error.code;
    throw error;
  }
}

describe.each(LINKS)("the link of the $role", ({ role, link }) => {
  test("misuse: no platform, a window, an MTU, a polling mode that cannot be", () => {
    const place = `shm:${join(folder, `${role}-misuse`)}`;
    expect(codeOf(() => link("nonsense"))).toBe("misuse");
    expect(() => link("nonsense")).toThrow('"nonsense" names no platform: write shm:PATH, a virtual board in a file');
    expect(codeOf(() => link("shm:"))).toBe("misuse");
    expect(codeOf(() => link(place, { windowBytes: Number.NaN }))).toBe("misuse");
    expect(codeOf(() => link(new LoopbackBoard().bmc, { mtu: 3 }))).toBe("misuse");
    expect(codeOf(() => link(new LoopbackBoard().bmc, { poll: "rarely" as "busy" }))).toBe("misuse");
  });

  test("board: one that cannot be made, is none, or has this end already", async () => {
    expect(codeOf(() => link(`shm:${join(folder, "nowhere", "board")}`))).toBe("board");
    expect(codeOf(() => link(`shm:${folder}`))).toBe("board");
    const place = `shm:${join(folder, `${role}-twice`)}`;
    const endpoint = new Endpoint(link(place), { eid: 9 });
    expect(codeOf(() => link(place))).toBe("board");
    await endpoint.close();
  });

  test("a board is let go when no side can be made for it", async () => {
    const place = `shm:${join(folder, `${role}-released`)}`;
    expect(codeOf(() => link(place, { mtu: 3 }))).toBe("misuse");
    await new Endpoint(link(place), { eid: 9 }).close();
  });
});
