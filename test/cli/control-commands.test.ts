/** From the words of a command line to the data of a request. */
import { describe, expect, test } from "@jest/globals";
import { Command } from "commander";
import { NAMED_COMMANDS, type NamedCommand } from "../../src/cli/messages/control-commands.ts";
import { CONTROL_COMMANDS, controlCommand } from "../../src/core/mctp/control/commands.ts";
import { toHex } from "../../src/core/wire/bytes.ts";

function named(name: string): NamedCommand {
  const found = NAMED_COMMANDS.find((command) => command.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

/** Command code and data as they would be sent. */
function sent(words: string): string {
  const [name = "", ...rest] = words.split(" ");
  const subject = named(name);
  const command = subject.declare(new Command(name)).exitOverride();
  command.parse(rest, { from: "user" });
  const data = subject.data(command.processedArgs as readonly unknown[], command.opts());
  return `${subject.command.toString(16).padStart(2, "0")} ${toHex(Uint8Array.from(data))}`.trim();
}

describe("control commands by name", () => {
  test("every command from 0x01 to 0x14 has one, in that order", () => {
    expect(NAMED_COMMANDS.map(({ command }) => command)).toEqual(CONTROL_COMMANDS.map(({ code }) => code));
  });

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
    for (const { example, command } of NAMED_COMMANDS) {
      const [, hex = ""] = sent(example.replace(/ --eid \d+$/, "")).split(" ");
      const data = Uint8Array.from(Buffer.from(hex, "hex"));
      expect({ example, read: controlCommand(command)?.request.decode(data).ok }).toEqual({ example, read: true });
    }
  });

  test("tables go on with the byte that holds the handle, unless one handle was asked for", () => {
    expect(named("routing-table").continues?.({})).toBe(0);
    expect(named("get-vendor").continues?.({})).toBe(0);
    expect(named("resolve-uuid").continues?.({})).toBe(16);
    expect(named("resolve-uuid").continues?.({ handle: 0 })).toBeUndefined();
  });
});
