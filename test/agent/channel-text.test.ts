/** That an agent without a channel says why, and what it waits for. */
import { expect, test } from "@jest/globals";
import type { HostPhaseName } from "../../host/role/state.ts";
import { downText, endedText } from "../../src/agent/channel-text.ts";
import { CLOSE_REASON_TEXT, type CloseReason } from "../../src/core/binding/channel.ts";

const BOARD = { platform: "shm:/b", phase: "awaitingBmc" } as const;

test.each([
  ["host", "notStarted", false, "no BMC on shm:/b; waiting for one"],
  ["bmc", "closedByHost", false, "no host on shm:/b; waiting for one"],
  ["host", "notStarted", undefined, "the BMC has not set BMC Active yet (LPC-HOST-1); waiting for it"],
  ["bmc", "notStarted", true, "the host has not opened it yet (LPC-HOST-3); waiting for it"],
  ["bmc", "closedByHost", true, "the host closed the channel (LPC-BMC-4); waiting for it to open a new one"],
] as const)("%s, %s, peer attached: %s", (role, closeReason, peerAttached, text) => {
  expect(downText({ ...BOARD, role, closeReason, peerAttached })).toBe(text);
});

test.each<HostPhaseName>(["closing", "fencingClose", "opening", "fencingOpen", "judging"])(
  "a host in phase %s waits for a BMC that has not read yet, whatever was the reason to start",
  (phase) => {
    expect(downText({ ...BOARD, role: "host", phase, closeReason: "bmcInactive", peerAttached: undefined })).toBe(
      "the BMC has not read all bytes of the start-up yet (LPC-HOST-4, -6); waiting for it",
    );
  },
);

test("a host that stops in order is no loss; every other end of a session is one, with its reason and what follows", () => {
  expect(endedText("closedByHost")).toBe("Host closed the channel (LPC-BMC-4); waiting for it to open a new one");
  const others = (Object.keys(CLOSE_REASON_TEXT) as CloseReason[]).filter(
    (closeReason) => closeReason !== "closedByHost",
  );
  for (const closeReason of others) {
    expect(endedText(closeReason)).toMatch(/^channel lost: .+; \w.+$/);
    expect(endedText(closeReason)).toContain(CLOSE_REASON_TEXT[closeReason]);
  }
});
