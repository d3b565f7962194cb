/**
 * A disk that fails, fills up or is exchanged while a file comes in. The peer is never told that a file is stored which is
 * not on the disk under its name, and hears of each failure.
 */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { Peer } from "../../src/agent/files/inbox.ts";
import { FileReceiver, type ReceiverOptions } from "../../src/agent/files/file-receiver.ts";
import { VendorStatus, decodeOffsetFields, decodeOpenFields } from "../../src/agent/files/vendor-messages.ts";
import { system } from "../../src/platform/system.ts";
import { Sandbox, filesIn } from "../support/processes.ts";

const HOST: Peer = { port: 0, eid: 9 };
const contents = randomBytes(5000);

let sandbox: Sandbox;
let inbox: string;
let lines: string[];
let receiver: FileReceiver;
beforeEach(() => {
  sandbox = new Sandbox();
  inbox = sandbox.folderAt("inbox");
  lines = [];
  receiver = newReceiver();
});
afterEach(async () => {
  jest.restoreAllMocks();
  receiver.close();
  await sandbox.dispose();
});

function newReceiver(changes: Partial<ReceiverOptions> = {}): FileReceiver {
  return new FileReceiver({ inbox, largestFileBytes: 1_000_000, log: (line) => lines.push(line), ...changes });
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

async function opened(name = "file"): Promise<{ readonly handle: number; readonly offset: number }> {
  const answer = await receiver.open(HOST, contents.length, digestOf(contents), name);
  expect(answer.status).toBe(VendorStatus.OK);
  return decodeOpenFields(Buffer.from(answer.fields))!;
}

/** The status of the Open or of the Close. */
async function send(name = "file"): Promise<number> {
  const answer = await receiver.open(HOST, contents.length, digestOf(contents), name);
  if (answer.status !== VendorStatus.OK) return answer.status;
  const { handle, offset } = decodeOpenFields(Buffer.from(answer.fields))!;
  receiver.data(HOST, handle, offset, contents.subarray(offset));
  return (await receiver.finish(HOST, handle)).status;
}

/** A handle whose bytes have all come. */
async function complete(name = "file"): Promise<number> {
  const { handle } = await opened(name);
  expect(receiver.data(HOST, handle, 0, contents).status).toBe(VendorStatus.OK);
  return handle;
}

function failing(code: string): Error {
  return Object.assign(new Error(`${code}: it fails, open '${inbox}/secret'`), { code });
}

function stored(name = "file", place = inbox): boolean {
  const path = `${place}/port-0-eid-9/${name}`;
  return existsSync(path) && readFileSync(path).equals(contents);
}

/** All that is there of the peer's: nothing under a name, nothing to go on from. */
function expectNothingKept(): void {
  const files = readdirSync(inbox, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.map(({ name }) => name)).toEqual([]);
}

const throws = (code: string) => (): never => {
  throw failing(code);
};

describe("before the peer is told that a file is stored", () => {
  test.each(["EIO", "ENOSPC", "EDQUOT"])(
    "a sync that fails with %s: storage failed, and a Close that comes again finds no file that passes for stored",
    async (code) => {
      const handle = await complete();
      // Once it has failed, a system takes the bytes for written: the second call succeeds.
      jest.spyOn(system, "sync").mockRejectedValueOnce(failing(code));
      expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.STORAGE_FAILED);
      expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.STORAGE_FAILED);
      expectNothingKept();
      expect((await opened()).offset).toBe(0);
      expect(await send()).toBe(VendorStatus.OK);
      expect([receiver.filesReceived, receiver.counters.filesNotStored, stored()]).toEqual([1, 1, true]);
    },
  );

  test("a sync that fails on a disk that cannot remove the file either: it is begun anew at 0 all the same", async () => {
    const handle = await complete();
    jest.spyOn(system, "sync").mockRejectedValueOnce(failing("EIO"));
    const remove = jest.spyOn(system, "remove").mockImplementation(throws("EIO"));
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.STORAGE_FAILED);
    remove.mockRestore();
    expect((await opened()).offset).toBe(0);
    expect([await send(), stored()]).toEqual([VendorStatus.OK, true]);
  });

  test.each(["EIO", "ENXIO"])("bytes that cannot be read back (%s): storage failed, begun anew at 0", async (code) => {
    const handle = await complete();
    jest.spyOn(system, "readLater").mockRejectedValueOnce(failing(code));
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.STORAGE_FAILED);
    expectNothingKept();
    expect((await opened()).offset).toBe(0);
  });

  test("a disk that gives other bytes than it took: contents differ", async () => {
    const handle = await complete();
    const { readLater } = system;
    jest.spyOn(system, "readLater").mockImplementation(async (fd, into, position) => {
      const count = await readLater(fd, into, position);
      into[17] = (into[17] ?? 0) ^ 1;
      return count;
    });
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.CONTENTS_DIFFER);
    expectNothingKept();
  });

  test("a folder whose names cannot be made durable: storage failed, and the file is sent again", async () => {
    const handle = await complete();
    const { sync } = system;
    const spy = jest.spyOn(system, "sync");
    spy.mockImplementation((fd) => (system.stat(fd).type === "folder" ? Promise.reject(failing("EIO")) : sync(fd)));
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.STORAGE_FAILED);
    spy.mockRestore();
    expect(receiver.filesReceived).toBe(0);
    expect(await send()).toBe(VendorStatus.OK);
    expect(stored()).toBe(true);
  });

  test("file, its folder and the inbox are synced, the file before it has its name", async () => {
    const { sync } = system;
    const synced: string[] = [];
    jest.spyOn(system, "sync").mockImplementation(async (fd) => {
      synced.push(`${system.stat(fd).type}${existsSync(`${inbox}/port-0-eid-9/file`) ? ", named" : ""}`);
      await sync(fd);
    });
    expect(await send()).toBe(VendorStatus.OK);
    expect(synced).toEqual(["file", "folder, named", "folder, named"]);
  });
});

describe("of a large file, what is done while more of it comes", () => {
  const MEBIBYTE = 1024 * 1024;
  const large = randomBytes(20 * MEBIBYTE);

  beforeEach(() => {
    receiver = newReceiver({ largestFileBytes: large.length });
  });

  async function openLarge(bytes = large, name = "large"): Promise<number> {
    const { status, fields } = await receiver.open(HOST, bytes.length, digestOf(bytes), name);
    expect(status).toBe(VendorStatus.OK);
    return decodeOpenFields(Buffer.from(fields))?.handle ?? -1;
  }

  /** Sends the bytes in parts, with a moment behind each. The status of the first that is refused, or 0. */
  async function sendParts(handle: number, bytes: Uint8Array): Promise<number> {
    for (let at = 0; at < bytes.length; at += MEBIBYTE) {
      const { status } = receiver.data(HOST, handle, at, bytes.subarray(at, at + MEBIBYTE));
      if (status !== VendorStatus.OK) return status;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return 0;
  }

  test("leaves little to be read back and synced at the Close, which says the same", async () => {
    const sync = jest.spyOn(system, "sync");
    const read = jest.spyOn(system, "readLater");
    const handle = await openLarge();
    expect(await sendParts(handle, large)).toBe(0);
    for (let look = 0; look < 5000 && read.mock.calls.length < 40; look++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sync.mock.calls.length).toBeGreaterThan(0);
    read.mockClear();
    expect(await receiver.finish(HOST, handle)).toEqual({ status: VendorStatus.OK, fields: digestOf(large) });
    expect(read).not.toHaveBeenCalled();
    expect(readFileSync(`${inbox}/port-0-eid-9/large`).equals(large)).toBe(true);
  });

  test("gives each of two files that come together its own digest", async () => {
    const other = randomBytes(3 * MEBIBYTE + 17);
    const handles = [await openLarge(large.subarray(0, 3 * MEBIBYTE), "one"), await openLarge(other, "other")];
    await Promise.all([sendParts(handles[0]!, large.subarray(0, 3 * MEBIBYTE)), sendParts(handles[1]!, other)]);
    for (const handle of handles) expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.OK);
  });

  test("a sync that fails then: the next part is refused, and nothing of the file is kept", async () => {
    const handle = await openLarge();
    jest.spyOn(system, "sync").mockRejectedValueOnce(failing("EIO"));
    expect(await sendParts(handle, large)).toBe(VendorStatus.STORAGE_FAILED);
    expectNothingKept();
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.UNKNOWN_HANDLE);
  });

  test("a sync that fails behind the last part is not made up for by the one of the Close", async () => {
    const handle = await openLarge();
    let fail: (error: Error) => void = () => undefined;
    jest.spyOn(system, "sync").mockImplementationOnce(
      () =>
        new Promise((_resolve, reject) => {
          fail = reject;
        }),
    );
    expect(await sendParts(handle, large)).toBe(0);
    const closing = receiver.finish(HOST, handle);
    fail(failing("EIO"));
    expect((await closing).status).toBe(VendorStatus.STORAGE_FAILED);
    expectNothingKept();
  });

  test("bytes that another process changes after they were read back are read again: contents differ", async () => {
    const handle = await openLarge();
    expect(await sendParts(handle, large)).toBe(0);
    // The time of change is as fine as the kernel's clock.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const [name = ""] = readdirSync(`${inbox}/.partial`);
    writeFileSync(`${inbox}/.partial/${name}`, Uint8Array.of(large[0]! ^ 1), { flag: "r+" });
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.CONTENTS_DIFFER);
    expectNothingKept();
  });

  test("bytes that cannot be read back then are read at the Close", async () => {
    const handle = await openLarge();
    jest.spyOn(system, "readLater").mockRejectedValueOnce(failing("EIO"));
    expect(await sendParts(handle, large)).toBe(0);
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.OK);
  });

  test("nothing is hashed of a file that is gone on from: Opens and single bytes would have it hashed for nothing", async () => {
    expect(await sendParts(await openLarge(), large.subarray(0, 10 * MEBIBYTE))).toBe(0);
    const read = jest.spyOn(system, "readLater");
    for (let at = 10 * MEBIBYTE; at < 10 * MEBIBYTE + 5; at++) {
      receiver.data(HOST, await openLarge(), at, large.subarray(at, at + 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // One may have been on its way.
    expect(read.mock.calls.length).toBeLessThanOrEqual(1);
    receiver.data(HOST, await openLarge(), 10 * MEBIBYTE + 5, large.subarray(10 * MEBIBYTE + 5));
    expect((await receiver.finish(HOST, await openLarge())).status).toBe(VendorStatus.OK);
  });

  test("a descriptor stays open while a sync uses it, for its number would be another file's", async () => {
    let end: () => void = () => undefined;
    const synced: number[] = [];
    jest.spyOn(system, "sync").mockImplementation((fd) => {
      synced.push(fd);
      return new Promise((resolve) => {
        end = resolve;
      });
    });
    const close = jest.spyOn(system, "close");
    await sendParts(await openLarge(), large);
    receiver.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(close.mock.calls).not.toContainEqual([synced[0]]);
    end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(close.mock.calls).toContainEqual([synced[0]]);
  });
});

describe("a disk that fills up", () => {
  test("in the middle: storage failed, and nothing of the file keeps it full", async () => {
    const { handle } = await opened();
    receiver.data(HOST, handle, 0, contents.subarray(0, 1000));
    const spy = jest.spyOn(system, "writeAt").mockImplementation(throws("ENOSPC"));
    expect(receiver.data(HOST, handle, 1000, contents.subarray(1000))).toEqual({
      status: VendorStatus.STORAGE_FAILED,
      fields: new Uint8Array(0),
    });
    spy.mockRestore();
    expect(lines).toEqual([`file "file": cannot be stored in ${inbox}: no space left (port-0-eid-9)`]);
    expectNothingKept();
    expect(receiver.data(HOST, handle, 1000, contents.subarray(1000)).status).toBe(VendorStatus.UNKNOWN_HANDLE);
    expect(await send()).toBe(VendorStatus.OK);
  });

  test("and on which nothing can be removed: the peer is told all the same", async () => {
    const { handle } = await opened();
    jest.spyOn(system, "writeAt").mockImplementation(throws("ENOSPC"));
    jest.spyOn(system, "remove").mockImplementation(throws("EIO"));
    expect(receiver.data(HOST, handle, 0, contents).status).toBe(VendorStatus.STORAGE_FAILED);
  });

  test("when the file takes its name: nothing of it stays, and the earlier one of that name does", async () => {
    mkdirSync(`${inbox}/port-0-eid-9`, { mode: 0o700 });
    writeFileSync(`${inbox}/port-0-eid-9/file`, "earlier", { mode: 0o600 });
    const handle = await complete();
    jest.spyOn(system, "renameAtOnce").mockImplementation(throws("ENOSPC"));
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.STORAGE_FAILED);
    expect(filesIn(`${inbox}/.partial`)).toEqual([]);
    expect(readFileSync(`${inbox}/port-0-eid-9/file`, "utf8")).toBe("earlier");
  });

  test("when the peer's folder is to be made: storage failed, the peer is told", async () => {
    const handle = await complete();
    jest.spyOn(system, "makeFolder").mockImplementation(throws("ENOSPC"));
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.STORAGE_FAILED);
    expectNothingKept();
  });
});

describe("other trouble of the disk", () => {
  test("while writing: what is there stays, and it goes on from there", async () => {
    const { handle } = await opened();
    receiver.data(HOST, handle, 0, contents.subarray(0, 1000));
    const spy = jest.spyOn(system, "writeAt").mockImplementation(throws("EIO"));
    expect(receiver.data(HOST, handle, 1000, contents.subarray(1000)).status).toBe(VendorStatus.STORAGE_FAILED);
    spy.mockRestore();
    expect((await opened()).offset).toBe(1000);
    expect(await send()).toBe(VendorStatus.OK);
  });

  test("a disk that takes a part of what is written is written to again", async () => {
    const { handle } = await opened();
    const { writeAt } = system;
    jest
      .spyOn(system, "writeAt")
      .mockImplementation((fd, bytes, position) => writeAt(fd, bytes.subarray(0, 7), position));
    const answer = receiver.data(HOST, handle, 0, contents);
    expect([answer.status, decodeOffsetFields(Buffer.from(answer.fields))]).toEqual([VendorStatus.OK, 5000]);
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.OK);
    expect(stored()).toBe(true);
  });

  test.each<readonly [keyof typeof system, string]>([
    ["open", "EACCES"],
    ["lookAt", "EIO"],
    ["freeSpace", "EIO"],
    ["list", "EIO"],
    ["stat", "EIO"],
  ])(
    "an Open whose %s fails with %s: a status, the peer's name alone in the log, the next one succeeds",
    async (call, code) => {
      const spy = jest.spyOn(system, call).mockImplementation(throws(code) as never);
      expect(await send()).toBe(VendorStatus.STORAGE_FAILED);
      spy.mockRestore();
      expect(lines).toEqual([
        expect.stringMatching(
          /^file "file": cannot be stored in .*inbox: (permission denied|the disk reports an error) \(/,
        ),
      ]);
      expect(await send()).toBe(VendorStatus.OK);
    },
  );
});

describe("an inbox that is exchanged while a file comes in", () => {
  const elsewhere = (): string => sandbox.path("elsewhere");

  test("that has gone: storage failed at Open and at Close, and none is made", async () => {
    const handle = await complete();
    rmSync(inbox, { recursive: true });
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.STORAGE_FAILED);
    expect(await send("other")).toBe(VendorStatus.STORAGE_FAILED);
    expect(existsSync(inbox)).toBe(false);
  });

  test("that was moved away: the peer is told, and nothing is left under the file's name", async () => {
    const handle = await complete();
    renameSync(inbox, elsewhere());
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.STORAGE_FAILED);
    expect(lines).toEqual([expect.stringMatching(/cannot be stored in .*: the inbox was moved away or replaced/)]);
    expect(stored("file", elsewhere())).toBe(false);
    expect(receiver.filesReceived).toBe(0);
  });

  test("a new folder in its place gets the file when it is sent again; the moved one is left alone", async () => {
    await send("before");
    await complete();
    renameSync(inbox, elsewhere());
    mkdirSync(inbox, { mode: 0o700 });
    const before = readdirSync(elsewhere(), { recursive: true }).sort();
    expect(await send()).toBe(VendorStatus.OK);
    expect(stored()).toBe(true);
    expect(readdirSync(elsewhere(), { recursive: true }).sort()).toEqual(before);
    expect(lines).toContainEqual(expect.stringMatching(/the inbox .*inbox was moved or replaced/));
  });

  test("a symbolic link in its place leads nothing elsewhere, at whatever moment it comes", async () => {
    sandbox.folderAt("target");
    const { handle } = await opened();
    receiver.data(HOST, handle, 0, contents.subarray(0, 1000));
    renameSync(inbox, elsewhere());
    symlinkSync(sandbox.path("target"), inbox);
    receiver.data(HOST, handle, 1000, contents.subarray(1000));
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.STORAGE_FAILED);
    expect(await send("other")).toBe(VendorStatus.STORAGE_FAILED);
    expect(readdirSync(sandbox.path("target"))).toEqual([]);
  });

  test("whose folder of unfinished files was removed: the next Open makes it anew", async () => {
    await opened();
    rmSync(`${inbox}/.partial`, { recursive: true });
    expect([await send(), stored()]).toEqual([VendorStatus.OK, true]);
  });

  test("a folder in its place that others may write gets nothing", async () => {
    await send("before");
    renameSync(inbox, elsewhere());
    mkdirSync(inbox);
    const { stat } = system;
    jest.spyOn(system, "stat").mockImplementation((fd) => {
      const status = stat(fd);
      return status.ino === lstatSync(inbox).ino ? { ...status, mode: 0o777 } : status;
    });
    expect(await send()).toBe(VendorStatus.STORAGE_FAILED);
    expect(readdirSync(inbox)).toEqual([]);
    expect(lines.at(-1)).toMatch(/other users may write to the inbox .*: take that away with chmod go-w/);
  });

  test("moved away between the file's name and the answer: the peer is not told that it is stored", async () => {
    const handle = await complete();
    const { sync } = system;
    jest.spyOn(system, "sync").mockImplementation(async (fd) => {
      if (system.stat(fd).type === "folder" && existsSync(inbox)) renameSync(inbox, elsewhere());
      await sync(fd);
    });
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.STORAGE_FAILED);
    expect(receiver.filesReceived).toBe(0);
  });

  test("the peer's folder, replaced by a symbolic link: nothing is written where it leads, and nothing is told of it", async () => {
    sandbox.folderAt("target");
    writeFileSync(sandbox.path("target/there"), "stays");
    const late = await complete("late");
    symlinkSync(sandbox.path("target"), `${inbox}/port-0-eid-9`);
    expect((await receiver.finish(HOST, late)).status).toBe(VendorStatus.STORAGE_FAILED);
    // A name that is there and one that is not are answered alike.
    expect([await send("there"), await send("missing")]).toEqual(Array(2).fill(VendorStatus.STORAGE_FAILED));
    expect(readdirSync(sandbox.path("target"))).toEqual(["there"]);
    expect(readFileSync(sandbox.path("target/there"), "utf8")).toBe("stays");
  });

  test("the peer's folder, replaced between judging it and moving the file into it: the file goes where it was judged", async () => {
    await send("before");
    const handle = await complete();
    sandbox.folderAt("target");
    const { renameAtOnce } = system;
    jest.spyOn(system, "renameAtOnce").mockImplementation((from, to) => {
      renameSync(`${inbox}/port-0-eid-9`, `${inbox}/aside`);
      symlinkSync(sandbox.path("target"), `${inbox}/port-0-eid-9`);
      renameAtOnce(from, to);
    });
    await receiver.finish(HOST, handle);
    expect(readdirSync(sandbox.path("target"))).toEqual([]);
    expect(readdirSync(`${inbox}/aside`).sort()).toEqual(["before", "file"]);
  });

  test("the folder of unfinished files, replaced by a symbolic link: nothing is written or removed where it leads", async () => {
    sandbox.folderAt("target");
    await opened();
    const [name = ""] = readdirSync(`${inbox}/.partial`);
    writeFileSync(sandbox.path(`target/${name}`), contents, { mode: 0o600 });
    rmSync(`${inbox}/.partial/${name}`);
    rmdirSync(`${inbox}/.partial`);
    symlinkSync(sandbox.path("target"), `${inbox}/.partial`);
    for (const receiverNow of [receiver, newReceiver()]) {
      receiver = receiverNow;
      expect(await send()).toBe(VendorStatus.STORAGE_FAILED);
    }
    expect(readFileSync(sandbox.path(`target/${name}`)).equals(contents)).toBe(true);
    expect(readdirSync(sandbox.path("target"))).toEqual([name]);
  });
});

describe("what a local user of another account has planted", () => {
  const STRANGER = (process.geteuid?.() ?? 0) + 1000;

  /** Has the file at a path, seen by name or by descriptor, belong to the stranger. */
  function giveToStranger(path: string): void {
    const { ino } = lstatSync(path);
    const { stat, lookAt } = system;
    const changed = <Status extends { ino: number } | undefined>(status: Status): Status =>
      status?.ino === ino ? { ...status, uid: STRANGER } : status;
    jest.spyOn(system, "stat").mockImplementation((fd) => changed(stat(fd)));
    jest.spyOn(system, "lookAt").mockImplementation((at) => changed(lookAt(at)));
  }

  test("the peer's folder: nothing is stored in it", async () => {
    mkdirSync(`${inbox}/port-0-eid-9`, { mode: 0o700 });
    giveToStranger(`${inbox}/port-0-eid-9`);
    expect(await send()).toBe(VendorStatus.STORAGE_FAILED);
    expect(readdirSync(`${inbox}/port-0-eid-9`)).toEqual([]);
  });

  test("a file in the peer's folder: its name is refused, and it stays", async () => {
    mkdirSync(`${inbox}/port-0-eid-9`, { mode: 0o700 });
    writeFileSync(`${inbox}/port-0-eid-9/file`, "planted");
    giveToStranger(`${inbox}/port-0-eid-9/file`);
    expect(await send()).toBe(VendorStatus.NAME_REFUSED);
    expect(readFileSync(`${inbox}/port-0-eid-9/file`, "utf8")).toBe("planted");
  });

  test("a partial file: it is not gone on from", async () => {
    const { handle } = await opened();
    receiver.data(HOST, handle, 0, contents.subarray(0, 1000));
    receiver.close();
    const [name = ""] = readdirSync(`${inbox}/.partial`);
    giveToStranger(`${inbox}/.partial/${name}`);
    expect((await opened()).offset).toBe(0);
  });

  test("a second name of a partial file: what is stored has no other name", async () => {
    const { handle } = await opened();
    receiver.data(HOST, handle, 0, contents.subarray(0, 1000));
    receiver.close();
    const [name = ""] = readdirSync(`${inbox}/.partial`);
    linkSync(`${inbox}/.partial/${name}`, sandbox.path("second"));
    expect(await send()).toBe(VendorStatus.OK);
    expect(lstatSync(`${inbox}/port-0-eid-9/file`).nlink).toBe(1);
    expect(readFileSync(sandbox.path("second"))).toHaveLength(1000);
  });
});

test("whatever the umask, what is stored is its user's alone", async () => {
  const mask = process.umask(0);
  try {
    await complete("unfinished");
    expect(await send("stored")).toBe(VendorStatus.OK);
  } finally {
    process.umask(mask);
  }
  const modes = readdirSync(inbox, { recursive: true }).map((name) => {
    const { mode } = lstatSync(`${inbox}/${String(name)}`);
    return (mode & 0o777).toString(8);
  });
  expect([...new Set(modes)].sort()).toEqual(["600", "700"]);
});

describe("an inbox with 300,000 names", () => {
  const NAMES = 300_000;

  /** Has the inbox, or each folder of it, list so many names before its own. */
  function crowd(isCrowded: (path: string) => boolean = () => true): { looked: number; listings: number } {
    const seen = { looked: 0, listings: 0 };
    const { list } = system;
    jest.spyOn(system, "list").mockImplementation(async (path) => {
      seen.listings++;
      if (!isCrowded(realpathSync(path))) return await list(path);
      return (async function* () {
        for (let n = 0; n < NAMES; n++) {
          seen.looked++;
          yield { name: `name-${String(n)}` };
        }
        yield* await list(path);
      })();
    });
    return seen;
  }

  test("is looked at up to a bound, once; an Open after that looks at none", async () => {
    const seen = crowd();
    expect(await send("first")).toBe(VendorStatus.OK);
    expect(seen.looked).toBeLessThanOrEqual(2 * 16_385 + 1026);
    seen.listings = 0;
    const { lookAt } = system;
    const looks = jest.spyOn(system, "lookAt").mockImplementation(lookAt);
    for (let n = 0; n < 20; n++) expect(await send(`file-${String(n)}`)).toBe(VendorStatus.OK);
    expect([seen.listings, looks.mock.calls.length / 20 < 20]).toEqual([0, true]);
  });

  test("keeps the peer's quota, though its folder is not among the names that were looked at", async () => {
    receiver = newReceiver({ quotaBytes: 12_000 });
    expect([await send("one"), await send("two")]).toEqual([0, 0]);
    receiver.close();
    crowd((path) => path === inbox);
    receiver = newReceiver({ quotaBytes: 12_000 });
    expect(await send("three")).toBe(VendorStatus.NO_ROOM);
  });
});
