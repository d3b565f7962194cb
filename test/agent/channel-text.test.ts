/** That an agent without a channel says why, and what it waits for. */
import { expect, test } from "@jest/globals";
import { downText, endedText } from "../../src/agent/channel-text.ts";
import { CLOSE_REASON_TEXT, type CloseReason } from "../../src/core/binding/channel.ts";

const BOARD = { platform: "shm:/b" } as const;

test.each([
  ["host", "notStarted", false, "no BMC on shm:/b; waiting for one"],
  ["bmc", "closedByHost", false, "no host on shm:/b; waiting for one"],
  ["host", "notStarted", undefined, "the BMC has not set BMC Active yet (LPC-HOST-1); waiting for it"],
  ["bmc", "notStarted", true, "the host has not opened it yet (LPC-HOST-3); waiting for it"],
  ["bmc", "closedByHost", true, "the host closed the channel (LPC-BMC-4); waiting for it to open a new one"],
] as const)("%s, %s, peer attached: %s", (role, closeReason, peerAttached, text) => {
  expect(downText({ ...BOARD, role, closeReason, peerAttached })).toBe(text);
});

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
