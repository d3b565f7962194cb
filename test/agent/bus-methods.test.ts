/** Who may have an agent write a file, and where. */
import { describe, expect, test } from "@jest/globals";
import { busMethods, type WatchedBoard } from "../../src/agent/control/control-methods.ts";
import { refusing } from "../../src/agent/control/methods.ts";
import type { TraceTarget } from "../../src/agent/outputs/trace-file.ts";
import { Failure } from "../../src/platform/failure.ts";

function bench() {
  const started: TraceTarget[] = [];
  const board: WatchedBoard = {
    watch: { trace: () => "" },
    monitors: { follow: () => Promise.resolve({ ended: "stopped" }) },
    startTrace: (target) => {
      started.push(target);
      return target.path;
    },
    stopTrace: () => Promise.resolve({ path: "/t", accesses: 1, bytes: 2, lost: 0 }),
  };
  const methods = busMethods(board, [{ what: "the board", path: "/nowhere/board" }], undefined);
  const call = (name: string, given: object, isOwner = true): Promise<unknown> =>
    new Promise((resolve) => {
      const caller = { isOwner, unreadBytes: (): number => 0 };
      resolve(methods[name]!(given, () => undefined, new AbortController().signal, caller));
    });
  const codeOf = async (...given: Parameters<typeof call>): Promise<string> => {
    const failure = await call(...given).catch((error: unknown) => error);
    return failure instanceof Failure ? failure.code : "none";
  };
  return { started, call, codeOf };
}

describe("LPC-SEC-8: a trace that a tool asks for", () => {
  test("is written for the agent's user and root alone; a member of its group may follow the bus", async () => {
    const { started, call, codeOf } = bench();
    for (const name of ["startTrace", "stopTrace"]) {
      const given = name === "startTrace" ? { path: "/nowhere/t" } : {};
      expect(await codeOf(name, given, false)).toBe("no-permission");
    }
    await expect(call("startTrace", { path: "/nowhere/t" }, false)).rejects.toThrow(
      /use "mctp-lpc monitor --json > FILE"/,
    );
    expect(await call("monitor", {}, false)).toEqual({ ended: "stopped" });
    expect(started).toEqual([]);
    expect(await call("startTrace", { path: "/nowhere/t", limit: 5 })).toEqual({ path: "/nowhere/t" });
    expect(started).toEqual([{ path: "/nowhere/t", limit: 5 }]);
  });

  test.each([
    ["a path from nowhere", { path: "trace.jsonl" }, "parameters"],
    ["no path", {}, "parameters"],
    ["a limit of none", { path: "/nowhere/t", limit: 0 }, "parameters"],
    ["a file that the agent uses", { path: "/nowhere/../nowhere/board" }, "same-file"],
  ])("is refused with %s", async (_what, given, code) => {
    const { started, codeOf } = bench();
    expect(await codeOf("startTrace", given)).toBe(code);
    expect(started).toEqual([]);
  });

  test("an agent on a serial line has no bus, and says so", () => {
    const methods = refusing(["monitor"], new Failure("no-board", "this agent is on a serial line"));
    expect(() =>
      methods["monitor"]!({}, () => undefined, new AbortController().signal, { isOwner: true, unreadBytes: () => 0 }),
    ).toThrow(/serial line/);
  });
});
