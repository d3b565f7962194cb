import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { sendFile, type FileProgress, type SendFileOptions, type SentFile } from "../../src/agent/files/file-sender.ts";
import type { Messenger } from "../../src/node/messenger.ts";
import {
  Operation,
  VendorStatus,
  decodeVendorRequest,
  encodeCloseFields,
  encodeOffsetFields,
  encodeOpenFields,
  encodeVendorResponse,
  type VendorRequest,
} from "../../src/agent/files/vendor-messages.ts";
import { Failure } from "../../src/platform/failure.ts";
import { eid } from "../../src/core/wire/units.ts";
import { Sandbox } from "../support/processes.ts";

interface Given {
  readonly status: number;
  readonly fields?: Uint8Array;
}

/** A peer that stores in memory, and does otherwise when its `otherwise` says so. */
class Peer {
  readonly asked: VendorRequest[] = [];
  contents = Buffer.alloc(0);
  handle = 0;
  chunkBytes = 10_000;
  delayMilliseconds = 0;
  attempts = 1;
  linkComesUp = true;
  underWay = 0;
  mostUnderWay = 0;
  /** What a request is answered with instead of what it deserves; an error is thrown, as a lost request is. */
  otherwise: (request: VendorRequest) => Given | Error | undefined = () => undefined;

  readonly messenger = {
    request: async (_destination: number, bytes: Uint8Array) => {
      const decoded = decodeVendorRequest(bytes);
      if (!decoded.ok) throw new Error(`the sender sent ${decoded.reject}`);
      this.asked.push(decoded.value);
      this.underWay++;
      this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
      await new Promise((resolve) => setTimeout(resolve, this.delayMilliseconds));
      this.underWay--;
      const answer = this.otherwise(decoded.value) ?? this.#answer(decoded.value);
      if (answer instanceof Error) throw answer;
      return {
        response: { bytes: encodeVendorResponse(bytes, answer.status, answer.fields ?? new Uint8Array(0)) },
        attempts: this.attempts,
        roundTripMicroseconds: 1,
      };
    },
    waitForLink: () => Promise.resolve(this.linkComesUp),
  } as unknown as Messenger;

  count(operation: number): number {
    return this.asked.filter((request) => request.operation === operation).length;
  }

  #answer(request: VendorRequest): Given {
    switch (request.operation) {
      case Operation.ECHO:
        return { status: VendorStatus.UNKNOWN_OPERATION };
      case Operation.FILE_OPEN:
        return { status: 0, fields: encodeOpenFields(++this.handle, this.contents.length, this.chunkBytes) };
      case Operation.FILE_DATA:
        if (request.handle !== this.handle) return { status: VendorStatus.UNKNOWN_HANDLE };
        if (request.offset > this.contents.length)
          return { status: 4, fields: encodeOffsetFields(this.contents.length) };
        this.contents = Buffer.concat([this.contents.subarray(0, request.offset), request.data]);
        return { status: 0, fields: encodeOffsetFields(this.contents.length) };
      case Operation.FILE_CLOSE:
        return {
          status: 0,
          fields: encodeCloseFields(createHash("sha256").update(this.contents).digest(), request.value),
        };
    }
  }
}

let sandbox: Sandbox;
let peer: Peer;
let path: string;
const contents = randomBytes(100_000);
const digest = createHash("sha256").update(contents).digest("hex");
beforeEach(() => {
  sandbox = new Sandbox();
  peer = new Peer();
  path = sandbox.path("file.bin");
  writeFileSync(path, contents);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await sandbox.dispose();
});

function send(changes: Partial<SendFileOptions> = {}, from = path): Promise<SentFile> {
  return sendFile(peer.messenger, eid(8), from, {
    packetBytes: () => 100_000,
    patienceMilliseconds: 200_000,
    ...changes,
  });
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "it did not fail",
    (error: unknown) => [(error as Failure).code, (error as Failure).message],
  );
}

/** Answers otherwise once, at the n-th request of an operation. */
function once(operation: number, nth: number, answer: Given | Error): Peer["otherwise"] {
  let seen = 0;
  return (request) => (request.operation === operation && ++seen === nth ? answer : undefined);
}

/** A receiver of the older form: it knows no value in File Close. */
function older(request: VendorRequest): Given | undefined {
  if (request.operation !== Operation.FILE_CLOSE) return undefined;
  return request.value === undefined ? undefined : { status: VendorStatus.MALFORMED };
}

describe("a file counts as sent when the peer proves that it stored it", () => {
  test("with a value that is new for each File Close", async () => {
    expect(await send()).toMatchObject({ proven: true });
    await send();
    const values = peer.asked.flatMap((request) =>
      request.operation === Operation.FILE_CLOSE ? [Buffer.from(request.value ?? []).toString("hex")] : [],
    );
    expect(values).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(new Set(values).size).toBe(2);
  });

  const seen = Buffer.alloc(16, 7);
  test.each<readonly [string, Uint8Array]>([
    ["the SHA-256 alone", Buffer.from(digest, "hex")],
    ["the proof of an earlier value", encodeCloseFields(Buffer.from(digest, "hex"), seen)],
    ["the SHA-256 and random bytes", Buffer.concat([Buffer.from(digest, "hex"), randomBytes(32)])],
  ])("a device that forges the answer with %s is found out", async (_what, fields) => {
    peer.otherwise = ({ operation }) => (operation === Operation.FILE_CLOSE ? { status: 0, fields } : undefined);
    expect(await failureOf(send())).toEqual(["unproven", expect.stringMatching(/does not prove that it stored/)]);
    expect(await send({ acceptUnproven: true })).toMatchObject({ proven: false, sha256: digest });
  });

  test("a receiver of the older form is given up, or asked without the value when its word is to be taken", async () => {
    peer.otherwise = older;
    expect(await failureOf(send())).toEqual(["unproven", expect.stringMatching(/older release.*--unproven/)]);
    expect(peer.count(Operation.FILE_CLOSE)).toBe(1);
    expect(await send({ acceptUnproven: true })).toMatchObject({ proven: false, sha256: digest });
    expect(peer.count(Operation.FILE_CLOSE)).toBe(3);
  });
});

describe("sending a file", () => {
  test("opens, sends parts in order, several under way but at most four, closes", async () => {
    const progress: FileProgress[] = [];
    peer.delayMilliseconds = 5;
    const sent = await send({ onProgress: (now) => progress.push(now) });
    expect(sent).toMatchObject({ name: "file.bin", bytes: 100_000, sha256: digest, resumptions: 0 });
    expect(peer.contents.equals(contents)).toBe(true);
    expect(peer.asked[0]).toMatchObject({ operation: Operation.FILE_OPEN, size: 100_000, name: "file.bin" });
    const offsets = peer.asked.flatMap((request) =>
      request.operation === Operation.FILE_DATA ? [request.offset] : [],
    );
    expect(offsets).toEqual(Array.from({ length: 10 }, (_, index) => index * 10_000));
    expect(peer.asked.at(-1)).toMatchObject({ operation: Operation.FILE_CLOSE, handle: 1 });
    expect(peer.mostUnderWay).toBeGreaterThan(1);
    expect(peer.mostUnderWay).toBeLessThanOrEqual(4);
    const bytes = progress.map((now) => now.bytes);
    expect(bytes).toEqual([...bytes].sort((one, other) => one - other));
    expect(progress.at(-1)).toEqual({ bytes: 100_000, totalBytes: 100_000, resumptions: 0 });
  });

  test("cuts parts to fit a packet where that is large enough, and never beyond the peer's limit", async () => {
    await send({ packetBytes: () => 5020 });
    const lengths = peer.asked.flatMap((request) =>
      request.operation === Operation.FILE_DATA ? [request.data.length] : [],
    );
    // With its 19 bytes of fields the message fills the packet.
    expect(Math.max(...lengths)).toBe(5020 - 19);
    peer = new Peer();
    peer.chunkBytes = 777;
    await send({ packetBytes: () => 64 });
    expect(peer.count(Operation.FILE_DATA)).toBe(Math.ceil(100_000 / 777));
    expect(peer.contents.equals(contents)).toBe(true);
  });

  test("goes on where the peer stands", async () => {
    peer.contents = contents.subarray(0, 60_000);
    expect(await send()).toMatchObject({ sha256: digest, resumptions: 0 });
    expect(peer.count(Operation.FILE_DATA)).toBe(4);
  });

  test("an empty file needs no data; another name is sent as it was given", async () => {
    writeFileSync(path, "");
    expect(await send({ name: "other" })).toMatchObject({ name: "other", bytes: 0 });
    expect(peer.asked.map(({ operation }) => operation)).toEqual([Operation.FILE_OPEN, Operation.FILE_CLOSE]);
  });

  test.each<readonly [string, number, number, Given | Error]>([
    ["an unknown handle", Operation.FILE_DATA, 3, { status: VendorStatus.UNKNOWN_HANDLE }],
    [
      "a wrong offset",
      Operation.FILE_DATA,
      3,
      { status: VendorStatus.WRONG_OFFSET, fields: encodeOffsetFields(20_000) },
    ],
    ["a wrong offset at Close", Operation.FILE_CLOSE, 1, { status: 4, fields: encodeOffsetFields(100_000) }],
    ["an unknown handle at Close", Operation.FILE_CLOSE, 1, { status: VendorStatus.UNKNOWN_HANDLE }],
    ["a busy peer", Operation.FILE_OPEN, 1, { status: VendorStatus.BUSY }],
    ["a lost channel", Operation.FILE_DATA, 5, new Failure("link-lost", "lost")],
    ["a request without response", Operation.FILE_DATA, 1, new Failure("timeout", "no response")],
    ["a Close without response", Operation.FILE_CLOSE, 1, new Failure("timeout", "no response")],
  ])("opens again after %s", async (_name, operation, nth, answer) => {
    peer.otherwise = once(operation, nth, answer);
    expect(await send()).toMatchObject({ sha256: digest, resumptions: 1 });
    expect(peer.contents.equals(contents)).toBe(true);
    expect(peer.count(Operation.FILE_OPEN)).toBe(2);
  });

  test("opens again once, from 0, when the contents were found different; the second time it gives up", async () => {
    peer.otherwise = once(Operation.FILE_CLOSE, 1, {
      status: VendorStatus.CONTENTS_DIFFER,
      fields: new Uint8Array(32),
    });
    expect(await send()).toMatchObject({ sha256: digest, resumptions: 1 });

    peer = new Peer();
    peer.otherwise = (request) => (request.operation === Operation.FILE_CLOSE ? { status: 6 } : undefined);
    expect(await failureOf(send())).toEqual(["contents-differ", expect.stringMatching(/differ/)]);
    expect(peer.count(Operation.FILE_OPEN)).toBe(2);
  });

  test.each([
    [VendorStatus.FILES_NOT_ACCEPTED, /--inbox FOLDER/],
    [VendorStatus.MALFORMED, /malformed/],
    [VendorStatus.TOO_LARGE, /larger than the peer accepts/],
    [VendorStatus.STORAGE_FAILED, /could not store/],
    [VendorStatus.UNKNOWN_OPERATION, /does not know the operation/],
    [77, /status 77/],
  ])("gives up at status %d, and says why", async (status, why) => {
    peer.otherwise = (request) => (request.operation === Operation.FILE_DATA ? { status } : undefined);
    expect(await failureOf(send())).toEqual(["refused", expect.stringMatching(why)]);
    expect(peer.count(Operation.FILE_OPEN)).toBe(1);
  });

  test.each<readonly [string, number, Given]>([
    ["an Open answered without fields", Operation.FILE_OPEN, { status: 0 }],
    ["an offset past the size", Operation.FILE_OPEN, { status: 0, fields: encodeOpenFields(1, 100_001, 1000) }],
    ["parts of no bytes", Operation.FILE_OPEN, { status: 0, fields: encodeOpenFields(1, 0, 0) }],
    ["another SHA-256 at Close", Operation.FILE_CLOSE, { status: 0, fields: new Uint8Array(32) }],
  ])("gives up at %s", async (_name, operation, answer) => {
    peer.otherwise = (request) => (request.operation === operation ? answer : undefined);
    expect(await failureOf(send())).toEqual([expect.stringMatching(/bad-answer|contents-differ/), expect.any(String)]);
  });

  test("gives up when nothing goes on for as long as its patience", async () => {
    peer.otherwise = (request) => (request.operation === Operation.FILE_DATA ? { status: 3 } : undefined);
    expect(await failureOf(send({ patienceMilliseconds: 400 }))).toEqual([
      "no-progress",
      expect.stringMatching(/did not get through: the peer does not know the transfer/),
    ]);
  });

  test("without a way to the peer it says why at once, sends nothing, and gives up after its patience", async () => {
    peer.linkComesUp = false;
    const told: string[] = [];
    const down = { whyDown: () => "the channel is down", onWaiting: (why: string) => told.push(why) };
    expect(await failureOf(send({ patienceMilliseconds: 50, ...down }))).toEqual([
      "no-progress",
      "the file did not get through: the channel is down",
    ]);
    expect(told).toEqual(["the channel is down"]);
    expect(peer.asked).toEqual([]);
  });

  test("ends when it is cancelled", async () => {
    const controller = new AbortController();
    peer.otherwise = (request) => {
      if (request.operation === Operation.FILE_DATA) controller.abort();
      return undefined;
    };
    expect(await failureOf(send({ signal: controller.signal }))).toEqual(["cancelled", expect.any(String)]);
    expect(peer.count(Operation.FILE_CLOSE)).toBe(0);
  });

  test("notices a file that becomes shorter meanwhile", async () => {
    peer.otherwise = (request) => {
      if (request.operation === Operation.FILE_OPEN) truncateSync(path, 50_000);
      return undefined;
    };
    expect(await failureOf(send())).toEqual(["file-changed", expect.stringMatching(/shorter/)]);
  });

  test("tells progress at the start, at the end and every 50 ms at most", async () => {
    const moments: number[] = [];
    peer.chunkBytes = 500;
    const started = performance.now();
    await send({ onProgress: () => moments.push(performance.now()) });
    const most = 2 + (performance.now() - started) / 50;
    expect(moments.length).toBeGreaterThanOrEqual(2);
    expect(moments.length).toBeLessThanOrEqual(most);
    expect(peer.count(Operation.FILE_DATA)).toBe(200);
  });

  test("the memory of a part that was sent twice is not used for another", async () => {
    const kept: Uint8Array[] = [];
    peer.attempts = 2;
    peer.otherwise = (request) => {
      if (request.operation === Operation.FILE_DATA) kept.push(request.data);
      return undefined;
    };
    await send();
    expect(Buffer.concat(kept).equals(contents)).toBe(true);
  });

  test("what cannot be sent is refused before anything is asked", async () => {
    mkdirSync(sandbox.path("folder"));
    expect(await failureOf(send({}, sandbox.path("missing")))).toEqual([
      "file-open",
      expect.stringMatching(/no such file/),
    ]);
    expect(await failureOf(send({}, sandbox.path("folder")))).toEqual([
      "file-open",
      expect.stringMatching(/no regular file/),
    ]);
    expect(await failureOf(send({ name: "a/b" }))).toEqual(["file-name", expect.stringMatching(/without folders/)]);
    expect(peer.asked).toEqual([]);
  });
});
