/** Windows of devices: what they copy is what a plain copy would, by accesses that the hardware takes. */
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { DeviceHealth } from "../../../src/platform/device/health.ts";
import { FileWindow } from "../../../src/platform/device/file-window.ts";
import { WordWindow } from "../../../src/platform/device/word-window.ts";
import type { Window } from "../../../src/platform/port.ts";
import { system } from "../../../src/platform/system.ts";
import { errno } from "../../support/fake-devices.ts";

const SIZE = 64;
const START = 0x0ff0_0000;

afterEach(() => {
  jest.restoreAllMocks();
});

/** A file whose calls take up to `most` bytes at once. */
function fileWindow(memory: Uint8Array, most: number, health = new DeviceHealth(() => undefined)): FileWindow {
  jest.spyOn(system, "read").mockImplementation((_fd, into, position) => {
    const from = position! - START;
    const count = Math.min(most, into.length);
    into.set(memory.subarray(from, from + count));
    return count;
  });
  jest.spyOn(system, "writeAt").mockImplementation((_fd, bytes, position) => {
    const part = bytes.subarray(0, most);
    memory.set(part, position - START);
    return part.length;
  });
  return new FileWindow({ path: "fw", fd: 3, start: START, size: SIZE }, health);
}

const MAKERS: readonly (readonly [string, (memory: Uint8Array) => Window])[] = [
  ["aligned words", (memory) => new WordWindow(memory.buffer as ArrayBuffer, SIZE)],
  ["a file, all at once", (memory) => fileWindow(memory, SIZE)],
  ["a file that takes 3 bytes at once", (memory) => fileWindow(memory, 3)],
];

describe.each(MAKERS)("%s", (_name, make) => {
  test("any range at any alignment is copied, and nothing beside it", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: SIZE, maxLength: SIZE }),
        fc.nat(SIZE),
        fc.nat(SIZE),
        fc.nat(7),
        (content, one, other, at) => {
          const [from, to] = [Math.min(one, other), Math.max(one, other)];
          const memory = Uint8Array.from(content);
          const window = make(memory);
          const into = new Uint8Array(at + SIZE);
          window.read(from, into, at, to - from);
          expect([...into.subarray(at, at + to - from)]).toEqual([...content.subarray(from, to)]);
          expect(into.subarray(0, at).every((byte) => byte === 0)).toBe(true);
          expect(into.subarray(at + to - from).every((byte) => byte === 0)).toBe(true);
          const written = into.map((byte) => byte ^ 0x5a);
          window.write(from, written, at, at + to - from);
          expect([...memory]).toEqual([...content].map((byte, n) => (n >= from && n < to ? byte ^ 0x5a : byte)));
          jest.restoreAllMocks();
        },
      ),
      { numRuns: 200 },
    );
  });

  test("an access outside is misuse", () => {
    const window = make(new Uint8Array(SIZE));
    expect(() => {
      window.read(SIZE - 1, new Uint8Array(2), 0, 2);
    }).toThrow(RangeError);
    expect(() => {
      window.write(-1, new Uint8Array(2), 0, 2);
    }).toThrow(RangeError);
  });
});

describe("LPC-HOST-14: where nothing decodes the address", () => {
  test("a read gives 0xff, a write does nothing; each counts, and the log says it once", () => {
    const log: string[] = [];
    const health = new DeviceHealth((line) => log.push(line));
    const window = fileWindow(new Uint8Array(SIZE), SIZE, health);
    for (const name of ["read", "writeAt"] as const) {
      jest.spyOn(system, name).mockImplementation(() => {
        throw errno("ENXIO");
      });
    }
    const into = new Uint8Array(4);
    window.read(0, into, 1, 2);
    window.write(0, into, 0, 4);
    expect([[...into], health.unanswered, health.isLost]).toEqual([[0, 0xff, 0xff, 0], 2, false]);
    expect(log).toEqual([expect.stringMatching(/^no hardware answers through fw: /)]);
  });

  test("a signal during a call: the call is made again", () => {
    const memory = new Uint8Array(SIZE).fill(7);
    const window = fileWindow(memory, SIZE);
    const calls = jest.spyOn(system, "read").mockImplementationOnce(() => {
      throw errno("EINTR");
    });
    const into = new Uint8Array(2);
    window.read(0, into, 0, 2);
    expect([[...into], calls.mock.calls.length]).toEqual([[7, 7], 2]);
  });

  test("a device that fails is lost: told once, after the access, and never called again", async () => {
    const health = new DeviceHealth(() => undefined);
    const window = fileWindow(new Uint8Array(SIZE), SIZE, health);
    const told: string[] = [];
    health.whenLost(({ code, message }) => told.push(`${code}: ${message}`));
    const calls = jest.spyOn(system, "read").mockImplementation(() => {
      throw errno("EIO");
    });
    const into = new Uint8Array(2);
    window.read(0, into, 0, 2);
    expect([[...into], told]).toEqual([[0xff, 0xff], []]);
    window.read(0, into, 0, 2);
    expect(calls).toHaveBeenCalledTimes(1);
    await Promise.resolve();
    expect(told).toEqual([expect.stringMatching(/^device-lost: lost the device fw: .*EIO.*start the agent again/)]);
  });
});
