/** The vectors of messages: true by the words of clause 14. */
import { describe, expect, test } from "@jest/globals";
import type { MessageEvent } from "../../spec/generator/vectors/message-runs.ts";
import { bytesOf, type MessagesVector } from "../support/vectors/vector-types.ts";
import { vectors } from "./vector-files.ts";

const ALL = (vectors("messages") as readonly MessagesVector[]).map((vector) => [vector.name, vector] as const);
const SOM = 0x80;
const EOM = 0x40;

/** The messages that packets make whose sequence numbers count up, with nothing between them that ends them. */
function assembled(events: readonly MessageEvent[]): readonly string[] {
  const open = new Map<number, { payload: string; next: number; since: number }>();
  const messages: string[] = [];
  let now = 0;
  for (const event of events) {
    if (event.what === "wait") now += event.milliseconds;
    if (event.what === "sessionEnds" || event.what === "packetLost") open.clear();
    if (event.what !== "packet") continue;
    const flags = bytesOf(event.bytes)[3]!;
    const tag = flags & 0x0f;
    const sequence = (flags >> 4) & 3;
    if ((flags & SOM) !== 0) open.set(tag, { payload: "", next: sequence, since: now });
    const one = open.get(tag);
    if (one === undefined) continue;
    // T_asm is 2 s.
    if (one.next !== sequence || now - one.since > 2000) {
      open.delete(tag);
      continue;
    }
    one.payload += event.bytes.slice(8);
    one.next = (sequence + 1) & 3;
    one.since = now;
    if ((flags & EOM) === 0) continue;
    messages.push(one.payload);
    open.delete(tag);
  }
  return messages;
}

describe("messages.json, by the words of clause 14", () => {
  test.each(ALL)(
    "LPC-MCTP-6, LPC-MCTP-7, LPC-MCTP-26, LPC-ERR-5: %s: what is delivered is what the packets make",
    (_name, { events }) => {
      const delivered = events.flatMap((event) => (event.what === "delivers" ? [event.bytes] : []));
      expect(delivered).toEqual(assembled(events));
    },
  );

  function taken(name: string): readonly (string | null)[] {
    const found = ALL.find(([one]) => one.startsWith(name));
    return found?.[1].events.flatMap((event) => (event.what === "take" ? [event.bytes] : [])) ?? [];
  }

  test("LPC-MCTP-6: of a message that the session's end has cut nothing goes out in the next one", () => {
    const flags = taken("the session ends in a message that is sent").map((bytes) =>
      bytes === null ? null : bytesOf(bytes)[3]! & (SOM | EOM),
    );
    // Two of three packets; nothing in the next session until its own message comes, whole.
    expect(flags).toEqual([SOM, 0, null, SOM | EOM, null]);
  });

  test("LPC-MCTP-5: a control request goes out once and MN1 = 2 times again, the same each time", () => {
    const [first, ...others] = taken("a control request has no response");
    expect(others).toEqual([null, first, null, first, null, null, null]);
  });
});
