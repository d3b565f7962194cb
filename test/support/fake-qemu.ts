/** `qemu-system-arm` for tests: the program of fake-qemu/main.ts under that name, before all others in PATH. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "./processes.ts";

const PROGRAM = join(PROJECT, "dist", "test", "support", "fake-qemu", "main.js");

/** Makes it in a folder of the test's; gives the PATH that leads to it. */
export function pathWithFakeQemu(folder: string): string {
  const programs = join(folder, "programs");
  mkdirSync(programs, { recursive: true });
  const wrapper = join(programs, "qemu-system-arm");
  writeFileSync(wrapper, `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
  chmodSync(wrapper, 0o755);
  return `${programs}:${process.env["PATH"] ?? ""}`;
}

/** Has it found by this process for as long as the test takes. Gives a function that ends that. */
export function useFakeQemu(folder: string, manner?: string): () => void {
  const { PATH = "" } = process.env;
  process.env["PATH"] = pathWithFakeQemu(folder);
  if (manner !== undefined) process.env["FAKE_QEMU"] = manner;
  return () => {
    process.env["PATH"] = PATH;
    delete process.env["FAKE_QEMU"];
  };
}
