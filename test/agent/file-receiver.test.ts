import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { createHash, randomBytes } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import type { Peer } from "../../src/agent/files/inbox.ts";
import { FileReceiver, type ReceiverOptions } from "../../src/agent/files/file-receiver.ts";
import {
  VendorStatus,
  decodeOffsetFields,
  decodeOpenFields,
  type FileAnswer,
} from "../../src/agent/files/vendor-messages.ts";
import { Sandbox, filesIn } from "../support/processes.ts";

const LIMIT = 1_000_000;
const HOST: Peer = { port: 0, eid: 9 };

let sandbox: Sandbox;
let inbox: string;
/** Of the host. */
let folder: string;
let lines: string[];
let receiver: FileReceiver;
beforeEach(() => {
  sandbox = new Sandbox();
  inbox = sandbox.folderAt("inbox");
  folder = `${inbox}/port-0-eid-9`;
  mkdirSync(folder, { mode: 0o700 });
  lines = [];
  receiver = newReceiver();
});
afterEach(async () => {
  jest.restoreAllMocks();
  receiver.close();
  await sandbox.dispose();
});

function newReceiver(changes: Partial<ReceiverOptions> = {}): FileReceiver {
  return new FileReceiver({ inbox, largestFileBytes: LIMIT, log: (line) => lines.push(line), ...changes });
}

function digestOf(contents: Uint8Array): Buffer {
  return createHash("sha256").update(contents).digest();
}

interface Opened {
  readonly handle: number;
  readonly offset: number;
  readonly chunkBytes: number;
}

async function opened(contents: Uint8Array, name = "file", by = receiver): Promise<Opened> {
  const answer = await by.open(HOST, contents.length, digestOf(contents), name);
  expect(answer.status).toBe(VendorStatus.OK);
  return decodeOpenFields(Buffer.from(answer.fields))!;
}

/** Status and next offset of an answer. */
function offsetOf({ status, fields }: FileAnswer): readonly [number, number | undefined] {
  return [status, decodeOffsetFields(Buffer.from(fields))];
}

async function receive(contents: Uint8Array, name: string, by = receiver): Promise<void> {
  const { handle, offset } = await opened(contents, name, by);
  if (offset < contents.length) by.data(HOST, handle, offset, contents.subarray(offset));
  expect(await by.finish(HOST, handle)).toEqual({ status: VendorStatus.OK, fields: digestOf(contents) });
}

function partials(): readonly string[] {
  const place = `${inbox}/.partial`;
  return existsSync(place) ? readdirSync(place) : [];
}

describe("a file", () => {
  test("appears whole under its name when it is closed, and not before", async () => {
    const contents = randomBytes(10_000);
    const { handle, offset, chunkBytes } = await opened(contents, "firmware.bin");
    expect([offset, chunkBytes > 0]).toEqual([0, true]);
    expect(offsetOf(receiver.data(HOST, handle, 0, contents.subarray(0, 4000)))).toEqual([0, 4000]);
    expect(offsetOf(receiver.data(HOST, handle, 4000, contents.subarray(4000)))).toEqual([0, 10_000]);
    expect([filesIn(folder), receiver.filesReceived]).toEqual([[], 0]);

    expect(await receiver.finish(HOST, handle)).toEqual({ status: VendorStatus.OK, fields: digestOf(contents) });
    expect(readdirSync(folder)).toEqual(["firmware.bin"]);
    expect(readFileSync(`${folder}/firmware.bin`).equals(contents)).toBe(true);
    expect(lstatSync(`${folder}/firmware.bin`).mode & 0o077).toBe(0);
    expect(receiver.filesReceived).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/^file "firmware\.bin": received, 10000 bytes, SHA-256 .*… \(port-0-eid-9\)$/),
    ]);
  });

  test("without bytes is received too", async () => {
    await receive(new Uint8Array(0), "empty");
    expect(readFileSync(`${folder}/empty`)).toHaveLength(0);
  });

  test("is refused without an inbox, and when it is too large", async () => {
    const without = newReceiver({ inbox: undefined });
    expect(await without.open(HOST, 1, digestOf(Buffer.from("x")), "x")).toMatchObject({
      status: VendorStatus.FILES_NOT_ACCEPTED,
    });
    expect(without.data(HOST, 1, 0, Buffer.from("x")).status).toBe(VendorStatus.UNKNOWN_HANDLE);
    const digest = digestOf(Buffer.from("x"));
    expect((await receiver.open(HOST, LIMIT + 1, digest, "x")).status).toBe(VendorStatus.TOO_LARGE);
    expect((await receiver.open(HOST, LIMIT, digest, "x")).status).toBe(VendorStatus.OK);
  });
});

describe("File Data", () => {
  const contents = randomBytes(1000);

  test("beyond the next offset: wrong offset with the next one, nothing stored", async () => {
    const { handle } = await opened(contents);
    expect(offsetOf(receiver.data(HOST, handle, 1, contents.subarray(1)))).toEqual([VendorStatus.WRONG_OFFSET, 0]);
    receiver.data(HOST, handle, 0, contents.subarray(0, 100));
    expect(offsetOf(receiver.data(HOST, handle, 101, contents.subarray(101)))).toEqual([
      VendorStatus.WRONG_OFFSET,
      100,
    ]);
    expect(lstatSync(`${inbox}/.partial/${partials()[0] ?? ""}`).size).toBe(100);
  });

  test("before the next offset: known bytes are passed over, whatever they are, new ones are stored", async () => {
    const { handle } = await opened(contents);
    receiver.data(HOST, handle, 0, contents.subarray(0, 500));
    expect(offsetOf(receiver.data(HOST, handle, 0, new Uint8Array(400)))).toEqual([VendorStatus.OK, 500]);
    const overlapping = Uint8Array.of(...new Uint8Array(100), ...contents.subarray(500));
    expect(offsetOf(receiver.data(HOST, handle, 400, overlapping))).toEqual([VendorStatus.OK, 1000]);
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.OK);
    expect(readFileSync(`${folder}/file`).equals(contents)).toBe(true);
  });

  test("without bytes only asks", async () => {
    const { handle } = await opened(contents);
    receiver.data(HOST, handle, 0, contents.subarray(0, 10));
    expect(offsetOf(receiver.data(HOST, handle, 3, new Uint8Array(0)))).toEqual([VendorStatus.OK, 10]);
    expect(offsetOf(receiver.data(HOST, handle, 10, new Uint8Array(0)))).toEqual([VendorStatus.OK, 10]);
  });

  test("past the size: too large, nothing stored", async () => {
    const { handle } = await opened(contents);
    expect(receiver.data(HOST, handle, 0, new Uint8Array(1001)).status).toBe(VendorStatus.TOO_LARGE);
    expect(offsetOf(receiver.data(HOST, handle, 0, contents))).toEqual([VendorStatus.OK, 1000]);
    expect(receiver.data(HOST, handle, 1000, Uint8Array.of(1)).status).toBe(VendorStatus.TOO_LARGE);
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.OK);
  });

  test("for a handle that nobody has", async () => {
    const { handle } = await opened(contents);
    for (const other of [0, handle + 1, 0xffff_ffff]) {
      expect(receiver.data(HOST, other, 0, contents).status).toBe(VendorStatus.UNKNOWN_HANDLE);
      expect((await receiver.finish(HOST, other)).status).toBe(VendorStatus.UNKNOWN_HANDLE);
    }
  });
});

describe("File Close", () => {
  const contents = randomBytes(1000);

  test("with bytes missing: the next offset, and the transfer goes on", async () => {
    const { handle } = await opened(contents);
    receiver.data(HOST, handle, 0, contents.subarray(0, 999));
    expect(offsetOf(await receiver.finish(HOST, handle))).toEqual([VendorStatus.WRONG_OFFSET, 999]);
    receiver.data(HOST, handle, 999, contents.subarray(999));
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.OK);
  });

  test("with other contents: their SHA-256, all discarded, the old file untouched, the next Open begins at 0", async () => {
    writeFileSync(`${folder}/file`, "old");
    const { handle } = await opened(contents);
    const others = new Uint8Array(1000);
    receiver.data(HOST, handle, 0, others);
    expect(await receiver.finish(HOST, handle)).toEqual({
      status: VendorStatus.CONTENTS_DIFFER,
      fields: digestOf(others),
    });
    expect(readdirSync(folder)).toEqual(["file"]);
    expect(readFileSync(`${folder}/file`, "utf8")).toBe("old");
    expect(receiver.filesReceived).toBe(0);
    expect(lines).toEqual([expect.stringMatching(/contents differ from their SHA-256, discarded/)]);
    expect((await opened(contents)).offset).toBe(0);
  });

  test.each<readonly [string, (partial: string) => void]>([
    [
      "has other bytes",
      (partial) => {
        writeFileSync(partial, new Uint8Array(1000), { flag: "r+" });
      },
    ],
    [
      "became longer",
      (partial) => {
        appendFileSync(partial, "x");
      },
    ],
    [
      "became shorter",
      (partial) => {
        truncateSync(partial, 999);
      },
    ],
  ])("judges what is stored, not what was received: a partial file that %s is discarded", async (_how, spoil) => {
    const { handle } = await opened(contents);
    receiver.data(HOST, handle, 0, contents);
    spoil(`${inbox}/.partial/${partials()[0] ?? ""}`);
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.CONTENTS_DIFFER);
    expect(readdirSync(folder)).toEqual([]);
    await receive(contents, "file");
  });

  test("of a large file the pieces are hashed in their order", async () => {
    const large = randomBytes(1_300_001);
    const roomy = newReceiver({ largestFileBytes: large.length });
    const { handle } = await opened(large, "large", roomy);
    roomy.data(HOST, handle, 0, large);
    expect(await roomy.finish(HOST, handle)).toEqual({ status: VendorStatus.OK, fields: digestOf(large) });
  });

  test("an Open of the same contents under another name waits until the first has its name", async () => {
    const { handle } = await opened(contents, "one");
    receiver.data(HOST, handle, 0, contents);
    const storing = receiver.finish(HOST, handle);
    await receive(contents, "two");
    expect((await storing).status).toBe(VendorStatus.OK);
    expect(readdirSync(folder).sort()).toEqual(["one", "two"]);
  });

  test("again is answered as the first was, found equal or different; data for it no longer", async () => {
    const good = await opened(contents, "good");
    receiver.data(HOST, good.handle, 0, contents);
    const bad = await opened(randomBytes(10), "bad");
    receiver.data(HOST, bad.handle, 0, new Uint8Array(10));
    for (const { handle } of [good, bad]) {
      const first = await receiver.finish(HOST, handle);
      expect(await receiver.finish(HOST, handle)).toEqual(first);
      expect(receiver.data(HOST, handle, 0, new Uint8Array(1)).status).toBe(VendorStatus.UNKNOWN_HANDLE);
    }
    expect(receiver.filesReceived).toBe(1);
  });

  test("twice at the same time stores one file", async () => {
    const { handle } = await opened(contents);
    receiver.data(HOST, handle, 0, contents);
    const [one, two] = await Promise.all([receiver.finish(HOST, handle), receiver.finish(HOST, handle)]);
    expect(one).toEqual(two);
    expect(receiver.filesReceived).toBe(1);
  });
});

describe("an interrupted transfer", () => {
  const contents = randomBytes(100_000);

  test("goes on after another Open: a new handle, the old one unknown", async () => {
    const first = await opened(contents);
    receiver.data(HOST, first.handle, 0, contents.subarray(0, 70_000));
    const second = await opened(contents);
    expect(second.offset).toBe(70_000);
    expect(second.handle).not.toBe(first.handle);
    expect(receiver.data(HOST, first.handle, 70_000, contents.subarray(70_000)).status).toBe(
      VendorStatus.UNKNOWN_HANDLE,
    );
    receiver.data(HOST, second.handle, 70_000, contents.subarray(70_000));
    expect(await receiver.finish(HOST, second.handle)).toEqual({ status: VendorStatus.OK, fields: digestOf(contents) });
    expect(lines[0]).toBe('file "file": goes on at byte 70000 of 100000 (port-0-eid-9)');
  });

  test("goes on with another agent in the same inbox", async () => {
    const { handle } = await opened(contents);
    receiver.data(HOST, handle, 0, contents.subarray(0, 33_333));
    receiver.close();
    const later = newReceiver();
    const { offset } = await opened(contents, "file", later);
    expect(offset).toBe(33_333);
    await receive(contents, "file", later);
    expect(readFileSync(`${folder}/file`).equals(contents)).toBe(true);
    later.close();
  });

  test("of other contents, size or SHA-256 is another transfer", async () => {
    const { handle } = await opened(contents);
    receiver.data(HOST, handle, 0, contents.subarray(0, 500));
    expect((await opened(contents.subarray(1), "file")).offset).toBe(0);
    expect((await opened(randomBytes(contents.length), "file")).offset).toBe(0);
    expect(offsetOf(receiver.data(HOST, handle, 500, new Uint8Array(0)))).toEqual([VendorStatus.OK, 500]);
  });

  test("whose partial file was spoilt meanwhile is found different, discarded, and begins at 0", async () => {
    const { handle } = await opened(contents);
    receiver.data(HOST, handle, 0, contents.subarray(0, 1000));
    receiver.close();
    writeFileSync(`${inbox}/.partial/${partials()[0] ?? ""}`, new Uint8Array(1000));
    const again = await opened(contents);
    expect(again.offset).toBe(1000);
    receiver.data(HOST, again.handle, 1000, contents.subarray(1000));
    expect((await receiver.finish(HOST, again.handle)).status).toBe(VendorStatus.CONTENTS_DIFFER);
    expect(readdirSync(folder)).toEqual([]);
    await receive(contents, "file");
  });

  test("whose partial file has become too long begins at 0", async () => {
    const { handle } = await opened(contents);
    receiver.data(HOST, handle, 0, contents.subarray(0, 1000));
    receiver.close();
    writeFileSync(`${inbox}/.partial/${partials()[0] ?? ""}`, new Uint8Array(contents.length + 1));
    const again = await opened(contents);
    expect(again.offset).toBe(0);
    receiver.data(HOST, again.handle, 0, contents);
    expect((await receiver.finish(HOST, again.handle)).status).toBe(VendorStatus.OK);
  });

  test("opened twice at the same time, as a request that is sent again may be, has one handle that counts", async () => {
    const [first, second] = await Promise.all([opened(contents), opened(contents)]);
    receiver.data(HOST, second.handle, 0, contents);
    expect((await receiver.finish(HOST, second.handle)).status).toBe(VendorStatus.OK);
    // The other handle leads nowhere: least of all into the file that has its name by now.
    receiver.data(HOST, first.handle, 0, new Uint8Array(1000));
    expect(readFileSync(`${folder}/file`).equals(contents)).toBe(true);
    expect(receiver.data(HOST, first.handle, 0, new Uint8Array(1)).status).toBe(VendorStatus.UNKNOWN_HANDLE);
  });

  test("an Open after the Close, whose answer was lost, needs no byte again", async () => {
    await receive(contents, "file");
    const again = await opened(contents);
    expect(again.offset).toBe(contents.length);
    expect(await receiver.finish(HOST, again.handle)).toEqual({ status: VendorStatus.OK, fields: digestOf(contents) });
    expect(receiver.filesReceived).toBe(1);
  });

  test("a file that was removed or changed meanwhile is received again", async () => {
    await receive(contents, "file");
    rmSync(`${folder}/file`);
    await receive(contents, "file");
    writeFileSync(`${folder}/file`, new Uint8Array(contents.length));
    await receive(contents, "file");
    expect(readFileSync(`${folder}/file`).equals(contents)).toBe(true);
  });
});

describe("bounds of one peer", () => {
  test("of more than four open transfers the one longest unused makes room; it can go on later", async () => {
    const files = Array.from({ length: 5 }, (_, index) => randomBytes(100 + index));
    const handles: number[] = [];
    for (const file of files.slice(0, 4)) {
      const { handle } = await opened(file);
      receiver.data(HOST, handle, 0, file.subarray(0, 50));
      handles.push(handle);
    }
    // Used again, so that the second is the oldest.
    receiver.data(HOST, handles[0]!, 50, new Uint8Array(0));
    await opened(files[4]!);
    const statuses = handles.map((handle) => receiver.data(HOST, handle, 50, new Uint8Array(0)).status);
    expect(statuses).toEqual([VendorStatus.OK, VendorStatus.UNKNOWN_HANDLE, VendorStatus.OK, VendorStatus.OK]);
    expect((await opened(files[1]!)).offset).toBe(50);
  });

  test("of many partial files sixteen stay, those of open transfers among them", async () => {
    const contents = randomBytes(100);
    const { handle } = await opened(contents);
    for (let index = 0; index < 20; index++) {
      await opened(randomBytes(1000 + index), "other");
      // Used again, so that another one is closed for the next.
      receiver.data(HOST, handle, 0, new Uint8Array(0));
    }
    expect(partials()).toHaveLength(16);
    receiver.data(HOST, handle, 0, contents);
    expect((await receiver.finish(HOST, handle)).status).toBe(VendorStatus.OK);
  });

  test("partial files of a day ago, left by an earlier agent, are removed; younger ones are gone on from", async () => {
    const [old, young] = [randomBytes(100), randomBytes(200)];
    for (const contents of [old, young]) {
      const { handle } = await opened(contents);
      receiver.data(HOST, handle, 0, contents.subarray(0, 50));
    }
    receiver.close();
    const [name = ""] = partials().filter((partial) => partial.endsWith("-100"));
    const before = Date.now() / 1000 - 25 * 60 * 60;
    utimesSync(`${inbox}/.partial/${name}`, before, before);
    receiver = newReceiver();
    expect((await opened(young)).offset).toBe(50);
    expect(partials()).toHaveLength(1);
    expect((await opened(old)).offset).toBe(0);
  });
});
