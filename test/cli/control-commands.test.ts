/** From the words of a command line to the data of a request. */
import { describe, expect, test } from "@jest/globals";
import { Command, CommanderError } from "commander";
import { readParts } from "../../src/cli/messages/control.ts";
import { declareArguments, partKey, requestRecord } from "../../src/cli/messages/table-arguments.ts";
import { CONTROL_COMMANDS } from "../../src/core/mctp/control/commands.ts";
import type { AnyControlCommand } from "../../src/core/mctp/control/data.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { Failure } from "../../src/platform/failure.ts";

function named(name: string): AnyControlCommand {
  const found = CONTROL_COMMANDS.find(({ line }) => line.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

/** Command code and data as they would be sent. */
function sent(words: string): string {
  const [name = "", ...rest] = words.split(" ");
  const described = named(name);
  const command = declareArguments(new Command(name).exitOverride().configureOutput({ writeErr: () => {} }), described);
  command.parse(rest, { from: "user" });
  const record = requestRecord(described, command.processedArgs as readonly unknown[], command.opts());
  return `${described.code.toString(16).padStart(2, "0")} ${toHex(described.request.encode(record as never))}`.trim();
}

describe("control commands by name", () => {
  test.each([
    ["set-eid 20", "01 0014"],
    ["set-eid 20 --force", "01 0114"],
    ["set-eid --reset", "01 0200"],
    ["set-eid --set-discovered", "01 0300"],
    ["get-eid", "02"],
    ["get-uuid", "03"],
    ["get-version", "04 ff"],
    ["get-version 0x7f", "04 7f"],
    ["get-types", "05"],
    ["get-vendor", "06 00"],
    ["get-vendor --selector 3", "06 03"],
    ["resolve-eid 30", "07 1e"],
    ["allocate 8 40", "08 000828"],
    ["allocate 8 40 --force", "08 010828"],
    ["allocate --get", "08 020000"],
    ["routing-update bridge:20:1 range:0x28:8", "09 020201140308" + "28"],
    ["routing-update endpoint:30:1:3c", "09 0100011e3c"],
    ["routing-table", "0a 00"],
    ["routing-table --handle 7", "0a 07"],
    ["prepare-discovery", "0b"],
    ["endpoint-discovery", "0c"],
    ["discovery-notify", "0d"],
    ["network-id", "0e"],
    ["query-hop 30", "0f 1e00"],
    ["query-hop 30 1", "0f 1e01"],
    ["resolve-uuid 00112233-4455-6677-8899-aabbccddeeff", "10 00112233445566778899aabbccddeeff00"],
    ["rate-limit", "11"],
    ["request-rate 4 1000", "12 000004000003e8"],
    ["update-rate 0x010203 0xffffffff", "13 010203ffffffff"],
    ["interfaces", "14"],
  ])("%s", (words, expected) => {
    expect(sent(words)).toBe(expected);
  });

  test("the example of each is taken, and the codec of the command reads what it makes", () => {
    for (const { line, request } of CONTROL_COMMANDS) {
      const words = [line.name, line.example].filter((word) => word !== undefined).join(" ");
      const [, hex = ""] = sent(words.replace(/ --eid \d+$/, "")).split(" ");
      const data = Uint8Array.from(Buffer.from(hex, "hex"));
      expect({ words, read: request.decode(data).ok }).toEqual({ words, read: true });
    }
  });

  test.each([
    ["set-eid", "set-eid takes EID, or --reset or --set-discovered without it."],
    ["set-eid 20 --reset", "set-eid takes EID, or --reset or --set-discovered without it."],
    ["set-eid --reset --force", "Give only one of --force, --reset, --set-discovered."],
    ["allocate 8", "allocate takes count and first EID, or --get without them."],
    ["allocate 8 40 --get", "allocate takes count and first EID, or --get without them."],
    ["resolve-uuid 0011", "16 bytes are needed, not 2."],
    ["query-hop 30 0x100", "The message type asked for is a number from 0 to 0xff."],
    [
      "routing-update bridge:20",
      /^"bridge:20" is not an entry: write KIND:FIRST:COUNT\[:ADDRESS\], KIND one of endpoint,/,
    ],
    ["routing-update \u001b[2J:1:1", /^"\S\[2J:1:1" is not an entry/],
  ])("%j is refused in words", (words, why) => {
    let said: unknown;
    try {
      sent(words);
    } catch (error) {
      said = error;
    }
    expect(said instanceof Failure || said instanceof CommanderError).toBe(true);
    const text = (said as Error).message.replace(/^error: .* is invalid for argument '.*'\. /, "");
    if (typeof why === "string") expect(text).toBe(why);
    else expect(text).toMatch(why);
  });

  test("tables go on under the key that holds the part, unless one part was asked for", () => {
    expect(partKey(named("routing-table"), {})).toBe("handle");
    expect(partKey(named("get-vendor"), {})).toBe("selector");
    expect(partKey(named("resolve-uuid"), {})).toBe("handle");
    expect(partKey(named("resolve-uuid"), { handle: 0 })).toBeUndefined();
    expect(partKey(named("query-hop"), {})).toBeUndefined();
  });
});

describe("tables of a peer that come in parts", () => {
  /** Reads a table whose parts name these as next; gives the parts that were asked for. */
  async function read(next: Readonly<Record<number, number>>, all = true): Promise<object> {
    const asked: number[] = [];
    const circle = await readParts((handle) => {
      asked.push(handle);
      return Promise.resolve(next[handle]);
    }, all);
    return { asked, circle };
  }

  test.each([
    ["one that ends", { 0: 3, 3: 9, 9: 0xff }, [0, 3, 9], undefined],
    ["one whose part gets no answer", { 0: 3 }, [0, 3], undefined],
    ["one that names itself", { 0: 0 }, [0], { from: 0, to: 0 }],
    ["one that goes back to its begin", { 0: 3, 3: 0 }, [0, 3], { from: 3, to: 0 }],
    ["one that goes back to its middle", { 0: 3, 3: 9, 9: 3 }, [0, 3, 9], { from: 9, to: 3 }],
  ])("%s: each part is asked for once", async (_, next, asked, circle) => {
    expect(await read(next)).toEqual({ asked, circle });
  });

  test("a longest table ends", async () => {
    const next = Object.fromEntries(Array.from({ length: 0xff }, (_, handle) => [handle, (handle + 1) % 0xff]));
    expect(await read(next)).toMatchObject({ circle: { from: 0xfe, to: 0 } });
  });

  test("one part alone is not followed", async () => {
    expect(await read({ 0: 0 }, false)).toEqual({ asked: [0], circle: undefined });
  });
});
