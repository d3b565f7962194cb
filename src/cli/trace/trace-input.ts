/** The bytes of a trace as they come: from a file, a pipe, a file that still grows, or standard input. */
import { createReadStream } from "node:fs";
import { Socket } from "node:net";
import { FollowedFile } from "./followed-file.ts";
import { system } from "../../platform/system.ts";
import { STANDARD_STREAM, nameOf, openTrace } from "./trace-files.ts";

export interface TraceInput {
  readonly chunks: AsyncIterator<Buffer>;
  /** Ends the input before its end. */
  stop(): void;
}

/** A FIFO that gives nothing for so long is told of: no program may have opened it to write. */
const SILENCE_MILLISECONDS = 500;

/** `follow`: a file has no end until `stop`. Nothing is opened before the first piece is asked for. */
export function openTraceInput(file: string, warn: (text: string) => void, follow: boolean): TraceInput {
  if (file === STANDARD_STREAM) return inputOf(() => process.stdin);
  if (!follow) {
    return inputOf(
      () => openStream(file),
      () => {
        warn(`nothing has been written to ${nameOf(file)} yet; waiting for it`);
      },
    );
  }
  const chunks = new FollowedFile(file, warn);
  return {
    chunks,
    stop: () => {
      chunks.stop();
    },
  };
}

/** `silent` is called when nothing comes at first. */
function inputOf(open: () => NodeJS.ReadableStream & { destroy(): unknown }, silent?: () => void): TraceInput {
  let stream: ReturnType<typeof open> | undefined;
  let isStopped = false;
  const pieces = async function* (): AsyncGenerator<Buffer> {
    if (isStopped) return;
    stream = open();
    const silence = silent && setTimeout(silent, SILENCE_MILLISECONDS);
    try {
      for await (const piece of stream as AsyncIterable<Buffer>) {
        clearTimeout(silence);
        yield piece;
      }
    } finally {
      clearTimeout(silence);
    }
  };
  return {
    chunks: pieces(),
    stop: () => {
      isStopped = true;
      stream?.destroy();
    },
  };
}

function openStream(file: string): NodeJS.ReadableStream & { destroy(): unknown } {
  const fd = openTrace(file, ["file", "fifo"]);
  if (system.stat(fd).type === "file") return createReadStream("", { fd });
  // The other end may write more slowly than this one reads: a pipe has to be waited for.
  return new Socket({ fd, readable: true, writable: false });
}
