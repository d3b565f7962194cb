/** What a client of the control socket can do wrong, on purpose. */
import { connect, type Socket } from "node:net";
import type { SeededRandom } from "../../src/platform/faulty.ts";
import { pause } from "./agent.ts";

const CLIENTS = 300;
const HUGE_LINE_BYTES = 6 * 1024 * 1024;

/** Everything at once for a moment; all connections are closed behind it. */
export async function abuse(path: string, random: SeededRandom, milliseconds: number): Promise<void> {
  const sockets = Array.from({ length: CLIENTS }, () => connect(path).on("error", () => undefined));
  const garbage = (length: number): Buffer => Buffer.from(Uint8Array.from({ length }, () => random.below(256)));
  const doings: readonly ((socket: Socket) => void)[] = [
    (socket) => socket.write(garbage(200)),
    (socket) => socket.write('{"jsonrpc":"2.0","method":"sta'),
    (socket) => socket.write(`${"[".repeat(10_000)}\n`),
    (socket) => socket.write('{"jsonrpc":"2.0","id":1,"method":"status"}\n'.repeat(200)),
    (socket) => socket.write('{"jsonrpc":"2.0","id":1,"method":"request","params":{"hex":"7g"}}\n'),
    (socket) => socket.end(),
    () => undefined,
  ];
  for (const socket of sockets) doings[random.below(doings.length)]!(socket);
  const huge = connect(path).on("error", () => undefined);
  huge.write(Buffer.alloc(HUGE_LINE_BYTES, 0x61));
  await pause(milliseconds);
  for (const socket of [...sockets, huge]) socket.destroy();
}
