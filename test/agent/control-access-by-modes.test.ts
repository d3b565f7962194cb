/** A control socket where the kernel cannot be asked who has connected, for want of the package koffi. */
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import type * as controlSocket from "../../src/agent/control/control-socket.ts";
import { STRANGER, needsRoot, nodeAs } from "../support/other-users.ts";
import { Sandbox, finish } from "../support/processes.ts";

jest.mock("../../src/platform/peer-credentials.ts", () => ({
  canTellPeers: () => false,
  peerCredentials: () => {
    throw new Error("asked though it cannot be told");
  },
}));

let sandbox: Sandbox;
let server: controlSocket.ControlServer;
let connectControl: typeof controlSocket.connectControl;
let told: string[];
beforeEach(async () => {
  sandbox = new Sandbox();
  told = [];
  // What the imports above have loaded knows nothing of the stand-in.
  jest.resetModules();
  const loaded = await import("../../src/agent/control/control-socket.ts");
  ({ connectControl } = loaded);
  const tell = (line: string): number => told.push(line);
  server = await loaded.ControlServer.listen(sandbox.path("s"), { who: () => "served" }, { tell });
});
afterEach(async () => {
  await server.close();
  await sandbox.dispose();
});

test("serves its user, and the log says what protects it", async () => {
  expect(told).toEqual([
    expect.stringMatching(/^the modes of the control socket and its folder alone say who may use it/),
  ]);
  const client = await connectControl(sandbox.path("s"));
  expect(await client.call("who", {})).toBe("served");
  client.close();
});

needsRoot("another user gets no further than its folder", async () => {
  const script = `
    require("node:net").connect(${JSON.stringify(sandbox.path("s"))})
      .on("error", (error) => console.log(error.code))
      .on("connect", () => console.log("connected") || process.exit());`;
  expect((await finish(nodeAs(sandbox, { uid: STRANGER }, ["--eval", script]))).stdout.trim()).toBe("EACCES");
});
