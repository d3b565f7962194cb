/** The project's own host before a conformance run, configured and driven in other ways: every case that can be played passes. */
import { expect, test } from "@jest/globals";
import { Command, Status } from "../../src/core/binding/registers.ts";
import {
  conformHostOn,
  conformVirtually,
  failuresOf,
  notTestableOf,
  POLL,
  type VirtualOptions,
} from "./virtual-bench.ts";
import { VirtualHost } from "./virtual-host.ts";

const LIMIT_MILLISECONDS = 120_000;

const LIVES: readonly (readonly [string, VirtualOptions])[] = [
  ["one access at a time, on registers alone", { stepped: true }],
  ["one access at a time, behind a driver", { stepped: true, depth: 1 }],
  ["of version 1 alone", { host: { versions: { min: 1, cur: 1 } } }],
  ["of versions 2 and 3 with an MTU of 1024", { host: { versions: { min: 2, cur: 3 }, mtu: 1024 } }],
];

test.each(LIVES)(
  "%s",
  async (_name, options) => {
    const run = await conformVirtually("host", options);
    expect(failuresOf(run)).toEqual([]);
    // What is left out needs a version that this host does not have, or one that it does not propose.
    const lacking =
      /proposes every version|did not pass|the host opened no session|speaks version 1 alone|speaks version/;
    expect(notTestableOf(run).filter((line) => !lacking.test(line))).toEqual([]);
  },
  LIMIT_MILLISECONDS,
);

/** Has lost the processor in mid-start-up, with a fence on its way: it writes that when the next start-up is due. */
class LateHost extends VirtualHost {
  hasFence = false;

  override pause(milliseconds: number): void {
    const { port } = this.board.host;
    const status = port.readStatus();
    if (this.hasFence && (status & Status.BMC_ACTIVE) !== 0 && (status & Status.IBF) === 0) {
      this.hasFence = false;
      port.writeData(Command.DUMMY);
    }
    super.pause(milliseconds);
  }
}

test("a late fence of the start-up before is not taken for one over an Initialise", async () => {
  const host = new LateHost({ poll: POLL });
  const needed = ["start/session", "wait/not-active", "wait/goes-down", "start/close", "unread/fences"];
  const run = await conformHostOn(
    host,
    (name) => needed.includes(name),
    ({ case: { name } }) => {
      host.hasFence = name === "start/close";
      return false;
    },
  );
  expect(failuresOf(run)).toEqual([]);
  expect(run.results.at(-1)).toMatchObject({ case: { name: "unread/fences" }, outcome: { kind: "pass" } });
  expect(host.hasFence).toBe(false);
});

/** Writes an Initialise of the start-up before behind the last look of a BMC that goes down, as a quick host does. */
class QuickHost extends VirtualHost {
  isQuick = false;
  #announcements = 0;

  override pause(milliseconds: number): void {
    const { port } = this.board.host;
    const status = port.readStatus();
    if ((status & Status.BMC_ACTIVE) !== 0) this.#announcements = 0;
    else if ((status & Status.OBF) !== 0) this.#announcements++;
    if (this.isQuick && this.#announcements === 2 && (status & Status.IBF) === 0) {
      this.#announcements++;
      port.writeData(Command.INITIALISE);
    }
    super.pause(milliseconds);
  }
}

test("an Initialise that was written as the tester's BMC went down is not taken for the next start-up's", async () => {
  const host = new QuickHost({ poll: POLL });
  const base = [
    "start/session",
    "wait/not-active",
    "wait/goes-down",
    "start/close",
    "unread/fences",
    "start/close-fences",
  ];
  const needed = [...base, "start/channel-behind-close", "order/odr-refilled"];
  const run = await conformHostOn(
    host,
    (name) => needed.includes(name),
    ({ case: { name } }) => {
      host.isQuick ||= name === "start/close-fences";
      return false;
    },
  );
  expect(failuresOf(run)).toEqual([]);
  expect(notTestableOf(run)).toEqual([]);
});
