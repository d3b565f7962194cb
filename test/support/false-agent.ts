/**
 * A false agent on a control socket: it passes calls on to a real one, and puts a text of its own into every text of the
 * answers, of progress and of refusals.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** What tools decide by: with another they would go another way. */
const KEPT: ReadonlySet<string> = new Set(["program", "role", "kind", "hex", "code"]);

export class FalseAgent {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on `path` in front of the agent at `real`. */
  static async listen(path: string, real: string, text: string): Promise<FalseAgent> {
    const server = createServer();
    const agent = new FalseAgent(server);
    server.on("connection", (client) => {
      const behind = connect(real);
      for (const socket of [client, behind]) {
        agent.#sockets.add(socket);
        socket.on("error", () => undefined);
        socket.on("close", () => {
          client.destroy();
          behind.destroy();
        });
      }
      client.pipe(behind);
      createInterface({ input: behind }).on("line", (line) => {
        if (client.writable) client.write(`${JSON.stringify(spoilt(JSON.parse(line), text))}\n`);
      });
    });
    const mask = process.umask(0o177);
    server.listen(path);
    process.umask(mask);
    await once(server, "listening");
    return agent;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function spoilt(payload: unknown, text: string): unknown {
  const { result, params, error, ...rest } = payload as Readonly<Record<string, unknown>>;
  return {
    ...rest,
    ...(result === undefined ? {} : { result: withText(result, text) }),
    ...(params === undefined ? {} : { params: withText(params, text) }),
    ...(error === undefined ? {} : { error: withText(error, text) }),
  };
}

function withText(value: unknown, text: string): unknown {
  if (typeof value === "string") return `${value}${text}`;
  if (Array.isArray(value)) return value.map((one) => withText(one, text));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, KEPT.has(name) ? (part as unknown) : withText(part, text)]),
  );
}
