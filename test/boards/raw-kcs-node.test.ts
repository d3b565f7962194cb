/** The FUSE board's raw-kcs3 behaves as the OpenBMC raw KCS driver was measured to, behind real system calls. */
import { afterEach, describe, expect } from "@jest/globals";
import { constants, readFileSync } from "node:fs";
import { errnoOf } from "../../src/platform/failure.ts";
import { CallingProcess, lseekToEnd, pollFor, readLater, writeLater } from "../support/device-calls.ts";
import { boardOfFile, needsFuse } from "../support/fuse-board.ts";
import { DATA, STATUS, STATUS_PORT, nodeOf, readAt, writeAt } from "../support/node-calls.ts";
import { pause } from "../support/processes.ts";

const { O_RDWR, O_NONBLOCK } = constants;
const [OBF, IBF, CD] = [0x01, 0x02, 0x08];
const [POLLIN, POLLOUT] = [0x001, 0x004];
/** Nothing happens: long enough to be seen on a loaded machine, short enough to wait for. */
const A_WHILE_MILLISECONDS = 100;
const LATE_MILLISECONDS = 5000;

const board = boardOfFile();
const { openNode, closeNode, host } = nodeOf(board);

let processes: CallingProcess[] = [];
afterEach(async () => {
  await Promise.all(processes.map((one) => one.end()));
  processes = [];
});

async function calling(starting: Promise<CallingProcess>): Promise<CallingProcess> {
  const started = await starting;
  processes.push(started);
  return started;
}

/** What a promise became so far. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => false), pause(A_WHILE_MILLISECONDS).then(() => true)]);
}

function errorOf(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return errnoOf(error);
  }
}

describe("open", () => {
  needsFuse("a second open of the node fails with EBUSY, blocking or not, until the first is closed", () => {
    const fd = openNode();
    expect(errorOf(() => openNode())).toBe("EBUSY");
    expect(errorOf(() => openNode(O_RDWR | O_NONBLOCK))).toBe("EBUSY");
    closeNode(fd);
    expect(errorOf(() => openNode())).toBeUndefined();
  });

  needsFuse(
    "after a second open the latest driver leaves bytes in IDR, where they can be read, until one was read",
    () => {
      board().control("deafAfterBusyOpen=true");
      const fd = openNode();
      expect(errorOf(() => openNode())).toBe("EBUSY");
      host.write(0x15);
      expect(board().state()).toMatchObject({ shadow: null, hostStatus: IBF });
      expect([readAt(fd, 1, STATUS), readAt(fd, 1, DATA)]).toEqual([[IBF], [0x15]]);
      host.write(0x16);
      expect(board().state()).toMatchObject({ shadow: 0x16, hostStatus: 0 });
      expect(readAt(fd, 1, DATA)).toEqual([0x16]);
    },
  );

  needsFuse("a byte in the driver's shadow survives a close, and the next open reads it", () => {
    const first = openNode();
    host.write(0x11);
    expect(board().state().shadow).toBe(0x11);
    closeNode(first);
    const second = openNode();
    expect(readAt(second, 1, STATUS)[0]! & IBF).toBe(IBF);
    expect(readAt(second, 1, DATA)).toEqual([0x11]);
  });

  needsFuse("host bytes that come while the node is closed stay in IDR, and the last one wins", () => {
    host.write(0x21);
    host.write(0x22);
    expect(board().state()).toMatchObject({ idr: 0x22, shadow: null, hostStatus: IBF });
    const fd = openNode();
    expect(board().state()).toMatchObject({ shadow: 0x22, hostStatus: 0 });
    expect(readAt(fd, 1, DATA)).toEqual([0x22]);
    expect(readAt(fd, 1, STATUS)).toEqual([0]);
  });
});

describe("open, while the shadow holds a byte: its source has the driver unmask its interrupt", () => {
  function fillShadow(): void {
    const fd = openNode();
    host.write(0x23);
    closeNode(fd);
    expect(board().state()).toMatchObject({ shadow: 0x23 });
  }

  needsFuse("a byte that waits in IDR is taken over the older one, which is lost", () => {
    fillShadow();
    host.write(0x24);
    expect(board().state()).toMatchObject({ shadow: 0x23, idr: 0x24, hostStatus: IBF });
    const fd = openNode();
    expect(board().state()).toMatchObject({ shadow: 0x24, hostStatus: 0 });
    expect([readAt(fd, 1, DATA), readAt(fd, 1, STATUS)]).toEqual([[0x24], [0]]);
  });

  needsFuse("a byte that the host writes before the first read is taken over the older one, but no second one", () => {
    fillShadow();
    const fd = openNode();
    host.write(0x25);
    expect(board().state()).toMatchObject({ shadow: 0x25, hostStatus: 0 });
    host.write(0x26);
    expect(board().state()).toMatchObject({ shadow: 0x25, hostStatus: IBF });
    expect([readAt(fd, 1, DATA), readAt(fd, 1, DATA)]).toEqual([[0x25], [0x26]]);
  });

  needsFuse("after a read of the older byte none is lost", () => {
    fillShadow();
    const fd = openNode();
    expect(readAt(fd, 1, DATA)).toEqual([0x23]);
    host.write(0x27);
    host.write(0x28);
    expect([readAt(fd, 1, DATA), readAt(fd, 1, DATA)]).toEqual([[0x27], [0x28]]);
  });

  needsFuse("a driver that kept the interrupt masked would lose none", () => {
    board().control("opensUnmasked=false");
    fillShadow();
    host.write(0x24);
    const fd = openNode();
    expect([readAt(fd, 1, DATA), readAt(fd, 1, DATA), readAt(fd, 1, STATUS)]).toEqual([[0x23], [0x24], [0]]);
  });
});

describe("what the host sees", () => {
  needsFuse("IBF is 0 before anything was read, then 1 for a second byte, until the first was read", () => {
    const fd = openNode();
    host.write(0x00);
    expect(host.read(STATUS_PORT) & IBF).toBe(0);
    host.write(0xff);
    expect(host.read(STATUS_PORT) & IBF).toBe(IBF);
    expect(readAt(fd, 1, DATA)).toEqual([0x00]);
    expect(host.read(STATUS_PORT) & IBF).toBe(0);
    expect(readAt(fd, 1, DATA)).toEqual([0xff]);
  });

  needsFuse("at depth 0 IBF is 1 until the BMC has read", () => {
    board().control("depth=0");
    const fd = openNode();
    host.write(0x32);
    expect(host.read(STATUS_PORT) & IBF).toBe(IBF);
    expect(readAt(fd, 1, DATA)).toEqual([0x32]);
    expect(host.read(STATUS_PORT) & IBF).toBe(0);
  });

  needsFuse("while the driver's interrupt handler is late IBF is 1, and the BMC may read before it runs", async () => {
    board().control("interruptMilliseconds=60000");
    const fd = openNode();
    host.write(0x91);
    expect(host.read(STATUS_PORT) & IBF).toBe(IBF);
    expect([readAt(fd, 1, STATUS), readAt(fd, 1, DATA)]).toEqual([[IBF], [0x91]]);
    expect(board().state()).toMatchObject({ shadow: null, hostStatus: 0 });
    board().control("interruptMilliseconds=20");
    host.write(0x92);
    await board().until(({ shadow, hostStatus }) => shadow === 0x92 && hostStatus === 0);
    expect(readAt(fd, 1, DATA)).toEqual([0x92]);
  });
});

describe("reads", () => {
  needsFuse("a read of STR never blocks, and shows IBF while the shadow holds a byte", () => {
    const fd = openNode();
    expect(readAt(fd, 1, STATUS)).toEqual([0]);
    host.write(0x31);
    expect(readAt(fd, 1, STATUS)).toEqual([IBF]);
    expect(host.read(STATUS_PORT)).toBe(0);
    expect(readAt(fd, 1, DATA)).toEqual([0x31]);
    expect(readAt(fd, 1, STATUS)).toEqual([0]);
  });

  needsFuse("a read of data blocks while there is no byte, and ends with the host's next one", async () => {
    const fd = openNode();
    const reading = readLater(fd, 1, DATA);
    expect(await isPending(reading)).toBe(true);
    host.write(0x33);
    expect([...(await reading)]).toEqual([0x33]);
  });

  needsFuse("a signal ends a read that is blocked with EINTR, and no byte is lost", async () => {
    const reader = await calling(CallingProcess.read(board().path("raw-kcs3"), O_RDWR, 1, DATA));
    await board().until(({ blockedReads }) => blockedReads === 1);
    reader.signal("SIGUSR1");
    expect(await reader.outcome()).toEqual({ errno: "EINTR" });
    await reader.end();
    host.write(0x34);
    expect(readAt(openNode(), 1, DATA)).toEqual([0x34]);
  });

  needsFuse("a program that is killed in a read leaves the node to the next one", async () => {
    const reader = await calling(CallingProcess.read(board().path("raw-kcs3"), O_RDWR, 1, DATA));
    await board().until(({ blockedReads }) => blockedReads === 1);
    await reader.end();
    expect(board().state()).toMatchObject({ blockedReads: 0, isNodeOpen: false });
    expect(errorOf(() => openNode())).toBeUndefined();
  });

  needsFuse("two bytes at once are the data and STR with IBF set", async () => {
    const fd = openNode();
    writeAt(fd, [0x80], STATUS);
    host.write(0x35);
    expect(readAt(fd, 2, DATA)).toEqual([0x35, 0x80 | IBF]);
    const reading = readLater(fd, 2, DATA);
    await board().until(({ blockedReads }) => blockedReads === 1);
    host.write(0x36);
    expect([...(await reading)]).toEqual([0x36, 0x80 | IBF]);
  });

  needsFuse("with O_NONBLOCK a read blocks where there is nothing, and ends by a signal or a byte", async () => {
    const path = board().path("raw-kcs3");
    const reader = await calling(CallingProcess.read(path, O_RDWR | O_NONBLOCK, 1, DATA));
    await board().until(({ blockedReads }) => blockedReads === 1);
    reader.signal("SIGUSR1");
    expect(await reader.outcome()).toEqual({ errno: "EINTR" });
    await reader.end();
    const reading = readLater(openNode(O_RDWR | O_NONBLOCK), 1, DATA);
    await board().until(({ blockedReads }) => blockedReads === 1);
    host.write(0x37);
    expect([...(await reading)]).toEqual([0x37]);
  });

  needsFuse("with O_NONBLOCK a byte in the shadow can be read, but not once another waits in IDR", () => {
    const fd = openNode(O_RDWR | O_NONBLOCK);
    host.write(0x38);
    expect(readAt(fd, 1, DATA)).toEqual([0x38]);
    host.write(0x39);
    host.write(0x3a);
    expect(errorOf(() => readAt(fd, 1, DATA))).toBe("EAGAIN");
    expect(errorOf(() => readAt(fd, 1, DATA))).toBe("EAGAIN");
    expect(readAt(fd, 1, STATUS)).toEqual([IBF]);
  });
});

describe("writes", () => {
  needsFuse("a write of data sets OBF, and the host gets the byte", () => {
    const fd = openNode();
    expect(writeAt(fd, [0x41], DATA)).toBe(1);
    expect(readAt(fd, 1, STATUS)).toEqual([OBF]);
    expect(host.read(STATUS_PORT)).toBe(OBF);
    expect(host.read()).toBe(0x41);
    expect(host.read(STATUS_PORT)).toBe(0);
  });

  needsFuse("with O_NONBLOCK a write of data fails with EAGAIN while OBF is set", () => {
    const fd = openNode(O_RDWR | O_NONBLOCK);
    writeAt(fd, [0x42], DATA);
    expect(errorOf(() => writeAt(fd, [0x43], DATA))).toBe("EAGAIN");
    expect(host.read()).toBe(0x42);
    expect(writeAt(fd, [0x43], DATA)).toBe(1);
  });

  needsFuse("a write that waits for the host ends 0.5 s after it began, however early the host has read", async () => {
    const fd = openNode();
    writeAt(fd, [0x44], DATA);
    const began = performance.now();
    const writing = writeLater(fd, [0x45], DATA);
    await board().until(({ blockedWrites }) => blockedWrites === 1);
    expect(host.read()).toBe(0x44);
    expect(await writing).toBe(1);
    expect(performance.now() - began).toBeGreaterThan(450);
    expect(host.read()).toBe(0x45);
  });

  needsFuse(
    "a write that waits ends 1.0 s after it began, where the host reads after the driver's first look",
    async () => {
      const fd = openNode();
      writeAt(fd, [0x46], DATA);
      const began = performance.now();
      const writing = writeLater(fd, [0x47], DATA);
      await pause(600);
      expect(host.read()).toBe(0x46);
      expect(await writing).toBe(1);
      expect(performance.now() - began).toBeGreaterThan(950);
    },
  );

  needsFuse("while a write waits, STR can be read and written", async () => {
    board().control("noticeMilliseconds=20");
    const fd = openNode();
    writeAt(fd, [0x48], DATA);
    const writing = writeLater(fd, [0x49], DATA);
    await board().until(({ blockedWrites }) => blockedWrites === 1);
    writeAt(fd, [0x80 | OBF], STATUS);
    expect(readAt(fd, 1, STATUS)).toEqual([0x80 | OBF]);
    host.read();
    expect(await writing).toBe(1);
  });

  needsFuse("a board that tells at once ends a waiting write when the host reads", async () => {
    board().control("noticeMilliseconds=0");
    const fd = openNode();
    writeAt(fd, [0x4a], DATA);
    const writing = writeLater(fd, [0x4b], DATA);
    await board().until(({ blockedWrites }) => blockedWrites === 1);
    expect(host.read()).toBe(0x4a);
    expect(await writing).toBe(1);
    expect(host.read()).toBe(0x4b);
  });

  needsFuse("a signal ends a write that waits with EINTR; of two bytes STR has been written and ODR not", async () => {
    const path = board().path("raw-kcs3");
    const fd = openNode();
    writeAt(fd, [0x51], DATA);
    closeNode(fd);
    const writer = await calling(CallingProcess.write(path, O_RDWR, [0x52, 0x90 | OBF], DATA));
    await board().until(({ blockedWrites }) => blockedWrites === 1);
    writer.signal("SIGUSR1");
    expect(await writer.outcome()).toEqual({ errno: "EINTR" });
    expect(host.read(STATUS_PORT)).toBe(0x90 | OBF);
    expect(host.read()).toBe(0x51);
    expect(host.read(STATUS_PORT)).toBe(0x90);
  });

  needsFuse("two bytes at once write STR, then ODR; on EAGAIN STR has been written and ODR not", () => {
    const fd = openNode(O_RDWR | O_NONBLOCK);
    expect(writeAt(fd, [0x53, 0xa0], DATA)).toBe(2);
    expect(host.read(STATUS_PORT)).toBe(0xa0 | OBF);
    expect(errorOf(() => writeAt(fd, [0x54, 0xb0 | OBF], DATA))).toBe("EAGAIN");
    expect(host.read(STATUS_PORT)).toBe(0xb0 | OBF);
    expect(host.read()).toBe(0x53);
  });

  needsFuse(
    "two bytes at once whose STR has OBF = 0 never wait: they overwrite a byte that the host has not read",
    () => {
      const fd = openNode();
      writeAt(fd, [0x55], DATA);
      expect(writeAt(fd, [0x56, 0x80], DATA)).toBe(2);
      expect(host.read()).toBe(0x56);
    },
  );
});

describe("writes of STR", () => {
  needsFuse("the whole byte is stored, bit 0 = 0 clears OBF, and bit 0 = 1 does not set it", () => {
    const fd = openNode();
    writeAt(fd, [0xf4], STATUS);
    expect(host.read(STATUS_PORT)).toBe(0xf4);
    writeAt(fd, [0x80 | OBF], STATUS);
    expect(host.read(STATUS_PORT)).toBe(0x80);
    writeAt(fd, [0x61], DATA);
    writeAt(fd, [0x84 | OBF], STATUS);
    expect(host.read(STATUS_PORT)).toBe(0x84 | OBF);
    writeAt(fd, [0x84], STATUS);
    expect(host.read(STATUS_PORT)).toBe(0x84);
  });

  needsFuse("on hardware IBF is the hardware's: a byte that waits in IDR keeps it, and none appears", () => {
    const fd = openNode();
    host.write(0x62);
    host.write(0x63);
    writeAt(fd, [0x80], STATUS);
    expect(host.read(STATUS_PORT)).toBe(0x80 | IBF);
    expect([readAt(fd, 1, DATA), readAt(fd, 1, DATA)]).toEqual([[0x62], [0x63]]);
    writeAt(fd, [IBF], STATUS);
    expect(host.read(STATUS_PORT)).toBe(0);
  });

  needsFuse("on QEMU a write of STR with bit 1 = 0 loses a byte that waits in IDR", () => {
    board().control("qemu=true");
    const fd = openNode();
    host.write(0x64);
    host.write(0x65);
    writeAt(fd, [0x80], STATUS);
    expect(host.read(STATUS_PORT)).toBe(0x80);
    expect(readAt(fd, 1, DATA)).toEqual([0x64]);
    expect(readAt(fd, 1, STATUS)).toEqual([0x80]);
  });

  needsFuse("on QEMU a write of STR with bit 1 = 1 makes a byte that the host never wrote", () => {
    board().control("qemu=true");
    const fd = openNode();
    host.write(0x66);
    expect(readAt(fd, 1, DATA)).toEqual([0x66]);
    writeAt(fd, [IBF], STATUS);
    expect(readAt(fd, 1, DATA)).toEqual([0x66]);
    expect(readAt(fd, 1, STATUS)).toEqual([0]);
  });

  needsFuse("C/D says which port the host wrote last", () => {
    const fd = openNode();
    host.write(0x67, STATUS_PORT);
    expect(readAt(fd, 1, STATUS)[0]! & CD).toBe(CD);
    readAt(fd, 1, DATA);
    host.write(0x68);
    expect(readAt(fd, 1, STATUS)[0]! & CD).toBe(0);
  });
});

describe("offsets", () => {
  needsFuse("what reaches past offset 1 fails with EINVAL, and moves no byte", () => {
    const fd = openNode();
    writeAt(fd, [0x80], STATUS);
    host.write(0x71);
    for (const [length, offset] of [
      [3, 0],
      [2, 1],
      [1, 2],
      [64, 0],
      [1, 4096],
    ] as const) {
      expect(errorOf(() => readAt(fd, length, offset))).toBe("EINVAL");
      expect(errorOf(() => writeAt(fd, new Array<number>(length).fill(0xff), offset))).toBe("EINVAL");
    }
    expect(host.read(STATUS_PORT)).toBe(0x80);
    expect(readAt(fd, 1, DATA)).toEqual([0x71]);
  });

  needsFuse("nothing is read or written by a call of 0 bytes, which does not block", () => {
    const fd = openNode();
    expect(readAt(fd, 0, DATA)).toEqual([]);
    expect(writeAt(fd, [], DATA)).toBe(0);
    expect(host.read(STATUS_PORT)).toBe(0);
  });

  needsFuse("a seek to the end fails with EINVAL", () => {
    expect(lseekToEnd(openNode())).toBe("EINVAL");
  });

  needsFuse("pread and pwrite leave the file position at 0", () => {
    const fd = openNode();
    host.write(0x72);
    readAt(fd, 2, DATA);
    readAt(fd, 1, STATUS);
    writeAt(fd, [0x73, 0x80], DATA);
    expect(readFileSync(`/proc/self/fdinfo/${String(fd)}`, "utf8")).toMatch(/^pos:\s*0$/m);
  });
});

describe("poll", () => {
  needsFuse("POLLIN holds while the shadow or IDR holds a byte, POLLOUT while OBF is clear", async () => {
    const fd = openNode();
    expect(await pollFor(fd, POLLIN | POLLOUT, 0)).toBe(POLLOUT);
    host.write(0x81);
    writeAt(fd, [0x82], DATA);
    expect(await pollFor(fd, POLLIN | POLLOUT, 0)).toBe(POLLIN);
    host.read();
    expect(await pollFor(fd, POLLIN | POLLOUT, 0)).toBe(POLLIN | POLLOUT);
    readAt(fd, 1, DATA);
    expect(await pollFor(fd, POLLIN | POLLOUT, 0)).toBe(POLLOUT);
  });

  needsFuse("a byte of the host wakes a program that waits for POLLIN", async () => {
    const fd = openNode();
    const polling = pollFor(fd, POLLIN, LATE_MILLISECONDS);
    expect(await isPending(polling)).toBe(true);
    const wrote = performance.now();
    host.write(0x83);
    expect(await polling).toBe(POLLIN);
    expect(performance.now() - wrote).toBeLessThan(LATE_MILLISECONDS / 2);
  });

  needsFuse("a program that waits for POLLOUT is woken by the driver's look alone, 0.5 s after it began", async () => {
    const fd = openNode();
    writeAt(fd, [0x84], DATA);
    const began = performance.now();
    const polling = pollFor(fd, POLLOUT, LATE_MILLISECONDS);
    expect(await isPending(polling)).toBe(true);
    host.read();
    expect(await polling).toBe(POLLOUT);
    const took = performance.now() - began;
    expect(took).toBeGreaterThan(450);
    expect(took).toBeLessThan(LATE_MILLISECONDS);
  });

  needsFuse("each poll that finds OBF set puts the driver's look off", async () => {
    const fd = openNode();
    writeAt(fd, [0x85], DATA);
    const began = performance.now();
    const writing = writeLater(fd, [0x86], DATA);
    await board().until(({ blockedWrites }) => blockedWrites === 1);
    await pause(300);
    expect(await pollFor(fd, POLLOUT, 0)).toBe(0);
    host.read();
    expect(await writing).toBe(1);
    expect(performance.now() - began).toBeGreaterThan(780);
  });

  needsFuse("poll gives up after its time where nothing happens", async () => {
    const fd = openNode();
    expect(await pollFor(fd, POLLIN, A_WHILE_MILLISECONDS)).toBe(0);
  });
});
