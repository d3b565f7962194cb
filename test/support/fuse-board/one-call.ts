/**
 * A program that opens a file and makes one system call, for what may block a whole program or end by a signal (SIGUSR1).
 *
 *     node one-call.js PATH FLAGS read LENGTH OFFSET
 *     node one-call.js PATH FLAGS write HEX OFFSET
 *
 * FLAGS are those of open(2). It prints "ready" before the call, then one line of JSON: `{"result":"4142"}` for bytes read,
 * `{"result":2}` for bytes written, `{"errno":"EINTR"}` for an error. Node's own calls would repeat an interrupted write.
 */
import koffi from "koffi";
import { openSync } from "node:fs";

const library = koffi.load(null);
const pread: (fd: number, into: Buffer, length: number, offset: number) => number = library.func(
  "int64 pread64(int fd, void *into, size_t length, int64 offset)",
);
const pwrite: (fd: number, from: Buffer, length: number, offset: number) => number = library.func(
  "int64 pwrite64(int fd, void *from, size_t length, int64 offset)",
);

const [path = "", flags, kind, what = "", offset] = process.argv.slice(2);
process.on("SIGUSR1", () => undefined);
const fd = openSync(path, Number(flags));
console.log("ready");
const bytes = kind === "read" ? Buffer.alloc(Number(what)) : Buffer.from(what, "hex");
const result = (kind === "read" ? pread : pwrite)(fd, bytes, bytes.length, Number(offset));
if (result >= 0) {
  console.log(JSON.stringify({ result: kind === "read" ? bytes.toString("hex", 0, result) : result }));
} else {
  const name = Object.entries(koffi.os.errno).find(([, value]) => value === koffi.errno())?.[0];
  console.log(JSON.stringify({ errno: name }));
}
