/** What peers and local users cannot do to an inbox, to what lies beside it, and to each other. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { checkInbox, type Peer } from "../../src/agent/files/inbox.ts";
import { FileReceiver, type ReceiverOptions } from "../../src/agent/files/file-receiver.ts";
import { VendorStatus, decodeOpenFields } from "../../src/agent/files/vendor-messages.ts";
import { LONGEST_FILE_NAME_BYTES, isFileName } from "../../src/core/vendor-messages/file-names.ts";
import { harmless } from "../../src/core/wire/harmless.ts";
import { system } from "../../src/platform/system.ts";
import { Sandbox } from "../support/processes.ts";

const HOST: Peer = { port: 0, eid: 9 };
const DEVICE: Peer = { port: 1, eid: 20 };

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

function digestOf(contents: Uint8Array): Buffer {
  return createHash("sha256").update(contents).digest();
}

/** The status of an Open, and what came with it. */
async function open(peer: Peer, contents: Uint8Array, name: string): Promise<readonly [number, number, number]> {
  const { status, fields } = await receiver.open(peer, contents.length, digestOf(contents), name);
  const opened = decodeOpenFields(Buffer.from(fields));
  return [status, opened?.handle ?? -1, opened?.offset ?? -1];
}

/** The status of the step that refused, or 0. */
async function send(peer: Peer, contents: Uint8Array, name: string): Promise<number> {
  const [status, handle, offset] = await open(peer, contents, name);
  if (status !== 0) return status;
  receiver.data(peer, handle, offset, contents.subarray(offset));
  return (await receiver.finish(peer, handle)).status;
}

describe("names of a peer", () => {
  test.each([
    "firmware.bin",
    "v1.2-rc_3",
    "_x",
    "3",
    "two words.txt",
    "Übersicht.pdf",
    "设计.pdf",
    "हिन्दी",
    "x".repeat(LONGEST_FILE_NAME_BYTES),
  ])("%j is taken", async (name) => {
    expect(isFileName(name)).toBe(true);
    expect(await send(HOST, Buffer.from("new"), name)).toBe(VendorStatus.OK);
    expect(readFileSync(`${inbox}/port-0-eid-9/${name}`, "utf8")).toBe("new");
  });

  test.each([
    ".bashrc",
    ".npmrc",
    ".partial",
    "..",
    "../x",
    "/etc/passwd",
    "-rf",
    "$(id)",
    "a;b",
    "*",
    "a|b",
    "'",
    " a",
    "a ",
    "a  b",
    "a\tb",
    "a\nb",
    "\u001b[2Jfile",
    "a\u0000b",
    "a\u0085b",
    "report\u202Efdp.exe",
    "a\u200Bb",
    "a\u00ADb",
    "\u3164",
    "a\uFE0F",
    "a\u2028b",
    "e\u0301",
    "\u0301",
    "\uE000",
    "\uD800",
    "",
    "x".repeat(LONGEST_FILE_NAME_BYTES + 1),
    "ü".repeat(LONGEST_FILE_NAME_BYTES / 2 + 1),
  ])("%j is refused with a status of its own, and leaves nothing", async (name) => {
    expect(await send(HOST, Buffer.from("new"), name)).toBe(VendorStatus.NAME_REFUSED);
    expect(readdirSync(inbox)).toEqual([]);
    expect(receiver.counters.fileNamesRefused).toBe(1);
  });

  test("refused ones reach the log once for each peer, and nothing of their text acts where it is written", async () => {
    for (const name of ["\u001b[2Jfile\n12:00:00.000 bmc  channel up\u0007", "\u202Egpj", "-rf"]) {
      await open(HOST, Buffer.from("x"), name);
    }
    await open(DEVICE, Buffer.from("x"), "-rf");
    expect(lines.map(harmless)).toEqual([
      expect.stringMatching(
        /^file "<1b>\[2Jfile<0a>12.*<07>": refused: the name is not allowed; further .* \(port-0-eid-9\)$/,
      ),
      expect.stringMatching(/^file "-rf": refused: .* \(port-1-eid-20\)$/),
    ]);
    expect(receiver.counters.fileNamesRefused).toBe(4);
  });

  test("lead to a folder of the peer's: two peers have one name each", async () => {
    expect(await send(HOST, Buffer.from("host's"), "file")).toBe(0);
    expect(await send(DEVICE, Buffer.from("device's"), "file")).toBe(0);
    expect(await send({ port: 1, eid: 9 }, Buffer.from("another's"), "file")).toBe(0);
    expect(readFileSync(`${inbox}/port-0-eid-9/file`, "utf8")).toBe("host's");
    expect(readFileSync(`${inbox}/port-1-eid-20/file`, "utf8")).toBe("device's");
    expect(readFileSync(`${inbox}/port-1-eid-9/file`, "utf8")).toBe("another's");
    expect(statSync(`${inbox}/port-0-eid-9`).mode & 0o777).toBe(0o700);
    expect(statSync(`${inbox}/.partial`).mode & 0o777).toBe(0o700);
  });

  test("replace nothing beside that folder: package.json in the inbox stays", async () => {
    writeFileSync(`${inbox}/package.json`, "mine");
    expect(await send(HOST, Buffer.from("theirs"), "package.json")).toBe(0);
    expect(readFileSync(`${inbox}/package.json`, "utf8")).toBe("mine");
  });
});

describe("replacing", () => {
  test("a file that was received from this peer is replaced, and the log says so", async () => {
    await send(HOST, Buffer.from("old"), "file");
    expect(await send(HOST, Buffer.from("newer"), "file")).toBe(0);
    expect(readFileSync(`${inbox}/port-0-eid-9/file`, "utf8")).toBe("newer");
    expect(lines.at(-1)).toMatch(/^file "file": received, replaced the one of this name, 5 bytes/);
    expect(receiver.counters.filesReplaced).toBe(1);
  });

  test.each<readonly [string, (path: string) => void]>([
    [
      "a link",
      (path) => {
        symlinkSync(sandbox.path("outside"), path);
      },
    ],
    [
      "a link that leads nowhere",
      (path) => {
        symlinkSync("nowhere", path);
      },
    ],
    [
      "a folder",
      (path) => {
        mkdirSync(path);
      },
    ],
  ])("%s under the name is refused and stays, also when it comes before the Close", async (_what, plant) => {
    writeFileSync(sandbox.path("outside"), "stays");
    mkdirSync(`${inbox}/port-0-eid-9`, { mode: 0o700 });
    plant(`${inbox}/port-0-eid-9/early`);
    const before = lstatSync(`${inbox}/port-0-eid-9/early`).ino;
    expect(await send(HOST, Buffer.from("x"), "early")).toBe(VendorStatus.NAME_REFUSED);
    const [, handle] = await open(HOST, Buffer.from("x"), "late");
    receiver.data(HOST, handle, 0, Buffer.from("x"));
    plant(`${inbox}/port-0-eid-9/late`);
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.STORAGE_FAILED);
    expect(lstatSync(`${inbox}/port-0-eid-9/early`).ino).toBe(before);
    expect(lstatSync(`${inbox}/port-0-eid-9/late`).isFile()).toBe(false);
    expect(readFileSync(sandbox.path("outside"), "utf8")).toBe("stays");
  });

  test.each<readonly [string, (folder: string) => void]>([
    [
      "a link",
      (folder) => {
        symlinkSync(sandbox.folderAt("elsewhere"), folder);
      },
    ],
    [
      "a folder that others may read",
      (folder) => {
        mkdirSync(folder, { mode: 0o755 });
      },
    ],
    [
      "a file",
      (folder) => {
        writeFileSync(folder, "");
      },
    ],
  ])("the peer's folder must be one: %s in its place is not written into", async (_what, plant) => {
    plant(`${inbox}/port-0-eid-9`);
    const status = await send(HOST, Buffer.from("x"), "file");
    expect(status).toBe(VendorStatus.STORAGE_FAILED);
    expect(existsSync(`${inbox}/port-0-eid-9/file`)).toBe(false);
    expect(lines.at(-1)).toMatch(/cannot be stored in .*inbox: (something in it is|a folder in it is not)/);
  });
});

describe("partial files", () => {
  const contents = randomBytes(1000);

  /** Has the host store 500 bytes, and plants something in the place of the partial file. */
  async function plant(how: (path: string) => void): Promise<void> {
    const [, handle] = await open(HOST, contents, "file");
    receiver.data(HOST, handle, 0, contents.subarray(0, 500));
    receiver.close();
    const [name = ""] = readdirSync(`${inbox}/.partial`);
    how(`${inbox}/.partial/${name}`);
  }

  test.each<readonly [string, (path: string) => void]>([
    [
      "one that others may write",
      (path) => {
        chmodSync(path, 0o666);
      },
    ],
    [
      "one with a second name",
      (path) => {
        linkSync(path, sandbox.path("second"));
      },
    ],
    [
      "a link",
      (path) => {
        writeFileSync(sandbox.path("outside"), new Uint8Array(500));
        rmSync(path);
        symlinkSync(sandbox.path("outside"), path);
      },
    ],
  ])("%s is not gone on from: the file begins at 0 and is stored for its user alone", async (_what, how) => {
    await plant(how);
    const [status, handle, offset] = await open(HOST, contents, "file");
    expect([status, offset]).toEqual([0, 0]);
    receiver.data(HOST, handle, 0, contents);
    expect((await receiver.finish(HOST, handle)).status).toBe(0);
    const stored = lstatSync(`${inbox}/port-0-eid-9/file`);
    expect([stored.isFile(), stored.mode & 0o777, stored.nlink]).toEqual([true, 0o600, 1]);
    for (const name of ["second", "outside"].filter((one) => existsSync(sandbox.path(one)))) {
      expect(readFileSync(sandbox.path(name))).toHaveLength(500);
    }
  });

  test("of one peer are unknown to another, and so are its handles", async () => {
    const [, handle] = await open(HOST, contents, "file");
    receiver.data(HOST, handle, 0, contents.subarray(0, 500));
    expect(await open(DEVICE, contents, "file")).toEqual([0, expect.any(Number), 0]);
    for (const other of [DEVICE, { port: 1, eid: 9 }, { port: 0, eid: 20 }]) {
      expect(receiver.data(other, handle, 500, contents.subarray(500)).status).toBe(VendorStatus.UNKNOWN_HANDLE);
      expect((await receiver.finish(other, handle)).status).toBe(VendorStatus.UNKNOWN_HANDLE);
    }
    expect((await open(HOST, contents, "file"))[2]).toBe(500);
  });
});

describe("quotas", () => {
  test("a peer keeps no more than its quota, unfinished files at their announced size; another peer is not touched", async () => {
    receiver = newReceiver({ quotaBytes: 10_000 });
    for (let index = 0; index < 2; index++) expect(await send(HOST, randomBytes(4000), `f${String(index)}`)).toBe(0);
    expect(await send(HOST, randomBytes(4000), "third")).toBe(VendorStatus.NO_ROOM);
    expect((await open(HOST, randomBytes(2000), "fits"))[0]).toBe(0);
    // Its own unfinished one makes room once it is interrupted.
    receiver.close();
    expect(await send(HOST, randomBytes(1500), "instead")).toBe(0);
    expect(await send(DEVICE, randomBytes(9000), "other")).toBe(0);
    expect(receiver.counters.filesOverQuota).toBe(1);
    expect(lines.filter((line) => line.includes("refused"))).toEqual([
      'file "third": refused: its 4000 bytes are beyond the peer\'s quota (--inbox-quota); further ones are only counted (status) (port-0-eid-9)',
    ]);
  });

  test("a device that makes up EIDs gets its port's quota, and the other ports keep theirs", async () => {
    receiver = newReceiver({ quotaBytes: 1000 });
    const statuses: number[] = [];
    for (let eid = 8; eid < 16; eid++) statuses.push(await send({ port: 1, eid }, randomBytes(1000), "file"));
    expect(statuses).toEqual([0, 0, 0, 0, ...Array<number>(4).fill(VendorStatus.NO_ROOM)]);
    expect(await send(HOST, randomBytes(1000), "file")).toBe(0);
    expect(receiver.counters).toMatchObject({ filesOverPortQuota: 4, filesOverQuota: 0, filesOverInboxQuota: 0 });
  });

  test("the inbox has its quota, too, which ports share", async () => {
    receiver = newReceiver({ quotaBytes: 1000 });
    const statuses: number[] = [];
    for (let eid = 8; eid < 12; eid++) {
      for (let port = 1; port <= 5; port++) statuses.push(await send({ port, eid }, randomBytes(1000), "file"));
    }
    expect(statuses.filter((status) => status === VendorStatus.NO_ROOM)).toHaveLength(4);
    expect(receiver.counters).toMatchObject({ filesOverInboxQuota: 4, filesOverPortQuota: 0 });
  });

  test("a file that is too large, and one for an agent without an inbox, are counted and told once", async () => {
    receiver = newReceiver({ largestFileBytes: 10 });
    for (let n = 0; n < 2; n++) expect(await send(HOST, randomBytes(11), "file")).toBe(VendorStatus.TOO_LARGE);
    const without = new FileReceiver({ inbox: undefined, largestFileBytes: 10, log: (line) => lines.push(line) });
    expect((await without.open(HOST, 1, digestOf(Buffer.of(1)), "file")).status).toBe(VendorStatus.FILES_NOT_ACCEPTED);
    expect([receiver.counters.filesTooLarge, without.counters.filesNotTaken]).toEqual([2, 1]);
    expect(lines).toEqual([
      'file "file": refused: its 11 bytes are more than the 10 of --inbox-limit; further ones are only counted (status) (port-0-eid-9)',
      'file "file": refused: this agent has no inbox; further ones are only counted (status) (port-0-eid-9)',
    ]);
  });

  test("files without bytes are counted, too", async () => {
    const folder = sandbox.folderAt("inbox/port-0-eid-9");
    for (let index = 0; index < 1024; index++) writeFileSync(`${folder}/${String(index)}`, "");
    expect(await send(HOST, new Uint8Array(0), "one-more")).toBe(VendorStatus.NO_ROOM);
    expect(await send(DEVICE, new Uint8Array(0), "one")).toBe(0);
  });

  test("what an earlier agent stored counts; what the user takes out gives room", async () => {
    receiver = newReceiver({ quotaBytes: 5000 });
    await send(HOST, randomBytes(4000), "file");
    receiver = newReceiver({ quotaBytes: 5000 });
    expect(await send(HOST, randomBytes(4000), "next")).toBe(VendorStatus.NO_ROOM);
    rmSync(`${inbox}/port-0-eid-9/file`);
    // Counting again takes at most a part of the time, so a moment passes.
    for (let look = 0; look < 100 && receiver.filesReceived === 0; look++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await send(HOST, randomBytes(4000), "next");
    }
    expect(readdirSync(`${inbox}/port-0-eid-9`)).toEqual(["next"]);
  });

  test("the file system keeps a reserve, and what open transfers announced is taken as used", async () => {
    const free = (blocks: number) =>
      jest.spyOn(system, "freeSpace").mockReturnValue({ free: blocks * 1000, total: 10_000_000 });
    free(600);
    expect((await open(HOST, randomBytes(90_000), "first"))[0]).toBe(0);
    expect((await open(HOST, randomBytes(20_000), "second"))[0]).toBe(VendorStatus.NO_ROOM);
    expect((await open(DEVICE, randomBytes(9000), "third"))[0]).toBe(0);
    free(499);
    expect((await open(DEVICE, new Uint8Array(0), "empty"))[0]).toBe(VendorStatus.NO_ROOM);
    expect(lines[0]).toMatch(/beyond the free space of the disk/);
    expect(receiver.counters.filesOverDisk).toBe(2);
  });
});

describe("one peer's flood", () => {
  test("of Opens ends no transfer of another peer and removes none of its partial files", async () => {
    const contents = randomBytes(1000);
    const interrupted = randomBytes(2000);
    const [, resumed] = await open(DEVICE, interrupted, "interrupted");
    receiver.data(DEVICE, resumed, 0, interrupted.subarray(0, 1500));
    const [, handle] = await open(DEVICE, contents, "file");
    receiver.data(DEVICE, handle, 0, contents.subarray(0, 500));
    for (let index = 0; index < 200; index++) {
      await open({ port: 0, eid: 8 + (index % 100) }, randomBytes(10 + index), "flood");
      expect(receiver.usage.open).toBeLessThanOrEqual(18);
    }
    expect(readdirSync(`${inbox}/.partial`).length).toBeLessThanOrEqual(64 + 2);
    receiver.data(DEVICE, handle, 500, contents.subarray(500));
    expect((await receiver.finish(DEVICE, handle)).status).toBe(0);
    expect((await open(DEVICE, interrupted, "interrupted"))[2]).toBe(1500);
  });

  test("of Opens at once is answered with busy, and the other peer's is opened", async () => {
    const flood = Array.from({ length: 50 }, (_, index) => open(HOST, randomBytes(index + 1), "flood"));
    const other = open(DEVICE, randomBytes(10), "file");
    const statuses = (await Promise.all(flood)).map(([status]) => status);
    expect(statuses.filter((status) => status === VendorStatus.BUSY)).toHaveLength(46);
    expect((await other)[0]).toBe(0);
    expect(receiver.counters.filesBusy).toBe(46);
  });

  test("that holds all places of its port has a neighbour refused there, which is counted; other ports are not touched", async () => {
    for (let eid = 8; eid < 12; eid++) {
      for (let n = 0; n < 4; n++) await open({ port: 1, eid }, randomBytes(100 + n), `file-${String(n)}`);
    }
    expect((await open({ port: 1, eid: 20 }, randomBytes(10), "file"))[0]).toBe(VendorStatus.BUSY);
    expect((await open(HOST, randomBytes(10), "file"))[0]).toBe(0);
    expect(receiver.counters).toMatchObject({ filesPortBusy: 1, filesBusy: 0 });
  });

  test("of guessed handles spoils no transfer: handles cannot be told from each other", async () => {
    const handles: number[] = [];
    for (let n = 0; n < 4; n++) handles.push((await open(HOST, randomBytes(100 + n), "file"))[1]);
    const steps = handles.slice(1).map((handle, index) => Math.abs(handle - (handles[index] ?? 0)));
    expect(Math.min(...steps)).toBeGreaterThan(1);
    expect(Math.max(...handles)).toBeGreaterThan(1000);
  });

  test("of Opens for a partial file reads nothing of it", async () => {
    const contents = randomBytes(500_000);
    const [, handle] = await open(HOST, contents, "file");
    receiver.data(HOST, handle, 0, contents);
    const read = jest.spyOn(system, "readLater");
    const list = jest.spyOn(system, "list");
    for (let index = 0; index < 20; index++) expect((await open(HOST, contents, "file"))[2]).toBe(500_000);
    expect([read.mock.calls.length, list.mock.calls.length]).toEqual([0, 0]);
  });
});

describe("what is stored", () => {
  const contents = randomBytes(100_000);

  test("is hashed as it is on the disk: a disk that keeps other bytes is found out", async () => {
    const { writeAt } = system;
    jest.spyOn(system, "writeAt").mockImplementation((fd, bytes, position) => {
      const spoilt = Uint8Array.from(bytes);
      spoilt[50] = (spoilt[50] ?? 0) ^ 1;
      return writeAt(fd, spoilt, position);
    });
    expect(await send(HOST, contents, "file")).toBe(VendorStatus.CONTENTS_DIFFER);
    expect(receiver.counters.filesDiscarded).toBe(1);
    expect(existsSync(`${inbox}/port-0-eid-9/file`)).toBe(false);
  });

  test("a file that takes the partial file's place before the Close does not get its name", async () => {
    const [, handle] = await open(HOST, contents, "file");
    receiver.data(HOST, handle, 0, contents);
    const [name = ""] = readdirSync(`${inbox}/.partial`);
    rmSync(`${inbox}/.partial/${name}`);
    writeFileSync(`${inbox}/.partial/${name}`, new Uint8Array(100_000), { mode: 0o600 });
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.CONTENTS_DIFFER);
    expect(existsSync(`${inbox}/port-0-eid-9/file`)).toBe(false);
  });
});

describe("the answer to a File Close", () => {
  const contents = randomBytes(1000);

  test("proves with the sender's value, each time it is asked, what is stored; an older sender gets the SHA-256 alone", async () => {
    const [, handle] = await open(HOST, contents, "file");
    receiver.data(HOST, handle, 0, contents);
    for (const value of [randomBytes(16), randomBytes(16)]) {
      const { status, fields } = await receiver.finish(HOST, handle, value);
      expect(status).toBe(0);
      expect(Buffer.from(fields)).toEqual(
        Buffer.concat([digestOf(contents), digestOf(Buffer.concat([value, digestOf(contents)]))]),
      );
    }
    expect(await receiver.finish(HOST, handle)).toEqual({ status: 0, fields: digestOf(contents) });
    expect(receiver.filesReceived).toBe(1);
  });

  test("proves nothing when the file was not stored", async () => {
    const [, handle] = await open(HOST, contents, "file");
    receiver.data(HOST, handle, 0, new Uint8Array(1000));
    const answer = await receiver.finish(HOST, handle, randomBytes(16));
    expect(answer).toEqual({ status: VendorStatus.CONTENTS_DIFFER, fields: digestOf(new Uint8Array(1000)) });
  });
});

describe("an inbox is refused at the start", () => {
  const none = {};

  test.each([
    ["every user may write, sticky or not", 0o1777],
    ["the group may write", 0o770],
  ])("when %s", (_who, mode) => {
    chmodSync(inbox, mode);
    expect(() => {
      checkInbox(inbox, none);
    }).toThrow(/other users may write to the inbox .*: take that away with chmod go-w/);
    chmodSync(inbox, 0o755);
    checkInbox(inbox, none);
  });

  test("when others may rename it, because the folder that it is in is theirs to write", () => {
    const shared = sandbox.folderAt("shared");
    mkdirSync(`${shared}/inbox`);
    chmodSync(shared, 0o777);
    expect(() => {
      checkInbox(`${shared}/inbox`, none);
    }).toThrow(/other users may replace the inbox .*, by way of .*shared: its mode is 0777.*: make an inbox elsewhere/);
    chmodSync(shared, 0o1777);
    checkInbox(`${shared}/inbox`, none);
  });

  test("when it belongs to another user", () => {
    jest.spyOn(process, "getuid").mockReturnValue((process.getuid?.() ?? 0) + 1);
    expect(() => {
      checkInbox(inbox, none);
    }).toThrow(/belongs to another user/);
  });

  test.each(["the board", "the state", "the trace", "the control socket"])("when it holds %s", (what) => {
    symlinkSync(inbox, sandbox.path("same"));
    for (const file of [`${inbox}/it`, sandbox.path("same/it"), `${inbox}/below/it`]) {
      expect(() => {
        checkInbox(inbox, { [what]: file });
      }).toThrow(`holds ${what}, ${file}: name a folder for received files alone`);
    }
    checkInbox(inbox, { [what]: sandbox.path("it"), other: sandbox.path("inbox-2/it") });
  });
});
