import { describe, expect, test } from "@jest/globals";
import { mkdtempSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { Failure, messageOf, pathTrouble } from "../../src/platform/failure.ts";

const HOSTILE = "\u001b]0;x\u0007\u202e\n12:00:00.000 bmc  stopping";

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("an error of the system is told without the name that a peer chose", () => {
  test.each<readonly [string, (folder: string) => void, string, string]>([
    ["a name that is not there", (folder) => openSync(join(folder, HOSTILE), "r"), "no such file", "does not exist"],
    [
      "a rename, as of a partial file that was removed meanwhile",
      (folder) => {
        renameSync(join(folder, HOSTILE), join(folder, "b"));
      },
      "no such file",
      "does not exist",
    ],
    ["a name below a file", (folder) => openSync(join(folder, "file", HOSTILE), "r"), "not a folder", "not a folder"],
    ["a name that is too long", (folder) => openSync(join(folder, HOSTILE.repeat(20)), "r"), "too long", "too long"],
    ["a name with NUL, which Node refuses", () => readdirSync(`${HOSTILE}\0`), "ERR_INVALID_ARG_VALUE", "ERR_"],
  ])("%s", (_name, call, general, ofPath) => {
    const folder = mkdtempSync(join(tmpdir(), "mctp-lpc-failure-"));
    writeFileSync(join(folder, "file"), "");
    const error = thrownBy(() => {
      call(folder);
    });
    rmSync(folder, { recursive: true });
    expect((error as Error).message).toMatch(/stopping/);
    for (const [told, words] of [
      [messageOf(error), general],
      [pathTrouble(error), ofPath],
    ] as const) {
      expect(told).toContain(words);
      expect(told).not.toMatch(/stopping|\p{Cc}/u);
    }
  });

  test("whatever its code", () => {
    for (const code of [...Object.keys(constants.errno), "ERR_FS_FILE_TOO_LARGE", "EUNHEARDOF"]) {
      const error = Object.assign(new Error(`${code}: ${HOSTILE}`), { code });
      for (const told of [messageOf(error), pathTrouble(error)]) {
        expect(told).toMatch(/^[\w :;,'().-]+$/);
        expect(told).not.toContain("stopping");
      }
    }
  });
});

test("what is no error of the system is told by its own message", () => {
  expect(messageOf(new Failure("no-agent", "no agent listens"))).toBe("no agent listens");
  expect(messageOf(new Failure("EID", "a code of our own"))).toBe("a code of our own");
  expect(messageOf(new RangeError("a packet has at most 64 bytes"))).toBe("a packet has at most 64 bytes");
  expect(messageOf("thrown as it is")).toBe("thrown as it is");
});
