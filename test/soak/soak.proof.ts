import { expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { PROJECT } from "../support/processes.ts";

const MINUTES = 0.3;
const SEED = 2;
const SOAK = join(PROJECT, "dist", "test", "soak", "main.js");

test("faults on two real agents for a while: nothing damaged, nothing lost without notice, nothing left behind", async () => {
  const child = spawn(process.execPath, [SOAK, "--minutes", String(MINUTES), "--seed", String(SEED), "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  expect({ code, stderr, stdout: code === 0 ? "" : stdout }).toEqual({ code: 0, stderr: "", stdout: "" });
  const figures = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  expect(figures).toMatchObject({ lostWithoutNotice: 0, damagedDeliveries: 0, failures: [] });
  expect(figures["recoveries"]).toBeGreaterThan(2);
  expect(figures["messagesAcknowledged"]).toBeGreaterThan(100);
}, 120_000);
