/** What a BMC says to a deployed host that asks for more than it allows. */
import { describe, expect, test } from "@jest/globals";
import { mtuNote } from "../../bmc/mtu-note.ts";
import { createBmcSide } from "../../bmc/role/side.ts";
import { newBmcState, type BmcConfig } from "../../bmc/role/state.ts";
import type { Session } from "../../src/core/binding/channel.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";

function note(mtu: number, askedMtu: number | undefined, config: Partial<BmcConfig> = {}): string | undefined {
  const session = { mtu: { hostToBmc: mtu, bmcToHost: mtu } } as Session;
  const side = createBmcSide(config, createPacketMemory());
  return mtuNote({ session, config: side.config, state: { ...newBmcState(), askedMtu } });
}

describe("LPC-MTU-4 a session below what the host asked for", () => {
  test("LPC-MTU-4: by --mtu", () => {
    expect(note(4096, 32768, { mtu: 4096 })).toBe(
      "Host asked for MTU 32768, this BMC allows 4096 (--mtu): a host that needs 32768 closes the channel (LPC-MTU-4).",
    );
  });

  test("LPC-MTU-4: by the window", () => {
    expect(note(1904, 32768, { windowBytes: 4096 })).toContain("this BMC allows 1904 (--window)");
    expect(note(1904, 32768, { windowBytes: 4096, mtu: 4096 })).toContain("(--window)");
  });

  test("LPC-MTU-4: nothing is said where the host has what it asked for, or there is no session", () => {
    expect([note(4096, 4096), note(64, undefined)]).toEqual([undefined, undefined]);
    const side = createBmcSide({ mtu: 4096 }, createPacketMemory());
    side.state.askedMtu = 32768;
    expect(mtuNote(side)).toBeUndefined();
  });
});
