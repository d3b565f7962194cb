/** How a conformance run plays cases: what counts as a failure, and which failure counts. */
import { describe, expect, test } from "@jest/globals";
import type { Case } from "../../src/conform/case.ts";
import type { PlayedHost } from "../../src/conform/played-host.ts";
import { testBmc, type RunResult } from "../../src/conform/run.ts";
import type { Surroundings } from "../../src/conform/surroundings.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";

const SURROUNDINGS: Surroundings = {
  now: () => 0,
  pause: () => Promise.resolve(),
  restart: undefined,
  patience: 0,
  silence: 0,
};

function one(name: string, play: Case<PlayedHost>["play"], rest: Partial<Case<PlayedHost>> = {}): Case<PlayedHost> {
  return { name, text: name, requirements: ["LPC-KCS-4"], play, ...rest };
}

function run(cases: readonly Case<PlayedHost>[], isEnded?: () => boolean): Promise<RunResult> {
  const board = new LoopbackBoard(8192);
  // A reserved bit of STR, which no BMC sets: the judge finds it with the first look.
  board.word = 0x24;
  const options = { surroundings: SURROUNDINGS, depth: 0, ...(isEnded === undefined ? {} : { isEnded }) };
  return testBmc(board.host, cases, options);
}

const outcomes = ({ results }: RunResult): readonly unknown[] =>
  results.map(({ outcome }) => (outcome.kind === "fail" ? outcome.evidence.requirement : outcome.kind));

const pass = one("a/pass", () => Promise.resolve());
const look = (host: PlayedHost): Promise<void> => {
  host.status();
  return Promise.resolve();
};

describe("a run", () => {
  test("passes what returns, fails what is broken, skips what is not testable and what needs them", async () => {
    const result = await run([
      pass,
      one("a/broken", (host) => host.broken("LPC-BUF-4", "this", "that")),
      one("a/not-testable", (host) => host.notTestable("there is none")),
      one("a/needs-broken", () => Promise.resolve(), { needs: ["a/broken"] }),
      one("a/needs-pass", () => Promise.resolve(), { needs: ["a/pass"] }),
    ]);
    expect(outcomes(result)).toEqual(["pass", "LPC-BUF-4", "notTestable", "notTestable", "pass"]);
    expect(result.results[3]?.outcome).toMatchObject({ why: "it needs a/broken, which did not pass" });
  });

  test("what the judge finds in the accesses fails a case that found nothing", async () => {
    expect(outcomes(await run([one("a/look", look)]))).toEqual(["LPC-KCS-7"]);
  });

  test("what was found in a case before fails the next one, too", async () => {
    expect(outcomes(await run([one("a/look", look), one("a/again", look)]))).toEqual(["LPC-KCS-7", "LPC-KCS-7"]);
  });

  test("the first thing that goes wrong counts", async () => {
    const result = await run([
      one("a/judge-first", async (host) => {
        await look(host);
        host.get(0, 4);
        host.broken("LPC-BUF-4", "this", "that");
      }),
    ]);
    expect(outcomes(result)).toEqual(["LPC-KCS-7"]);
    const [{ outcome } = {}] = result.results;
    expect(outcome).toMatchObject({ evidence: { rows: [{ op: "kcs_read", reg: "STR", value: "24" }] } });
  });

  test("what led to a failure is told behind any number of polls", async () => {
    const result = await run([
      one(
        "a/polls",
        async (host) => {
          host.writeByte(0x55);
          for (let polls = 0; polls < 1000; polls++) await look(host);
          host.broken("LPC-BUF-4", "this", "that");
        },
        { unjudged: true },
      ),
    ]);
    expect(result.results[0]?.outcome).toMatchObject({
      evidence: { rows: [{ reg: "IDR", value: "55" }, { reg: "STR" }] },
    });
  });

  test("an unjudged case keeps to its own verdict, and the findings are told beside", async () => {
    const result = await run([one("a/look", look, { unjudged: true })]);
    expect(outcomes(result)).toEqual(["pass"]);
    expect(result.results[0]?.others).toMatchObject([{ requirement: "LPC-KCS-7" }]);
  });

  test("where the first session fails in version 3, the cases behind it are played in version 2", async () => {
    const seen: number[] = [];
    const session = one(
      "a/session",
      (host) => (host.newest === 3 ? host.broken("LPC-BUF-3", "this", "that") : Promise.resolve()),
      { fallsBack: true },
    );
    const note = (host: PlayedHost): Promise<void> => {
      seen.push(host.newest);
      return Promise.resolve();
    };
    const behind = one("a/behind", note, { needs: ["a/session"] });
    const result = await run([session, behind]);
    expect(outcomes(result)).toEqual(["LPC-BUF-3", "pass"]);
    expect(result.results.map(({ goesOnIn }) => goesOnIn)).toEqual([2, undefined]);
    expect(seen).toEqual([2]);
  });

  test("one that fails in version 2, too, keeps those that need it from being played", async () => {
    const session = one("a/session", (host) => host.broken("LPC-VER-1", "this", "that"), { fallsBack: true });
    const result = await run([session, { ...pass, needs: ["a/session"] }]);
    expect(outcomes(result)).toEqual(["LPC-VER-1", "notTestable"]);
    expect(result.results[0]?.goesOnIn).toBeUndefined();
  });

  test("what the judge alone finds in the first session is told once, and the rest is judged", async () => {
    const result = await run([
      one("a/session", look, { fallsBack: true }),
      one("a/behind", look, { needs: ["a/session"] }),
      one(
        "a/broken",
        async (host) => {
          await look(host);
          host.broken("LPC-BUF-4", "this", "that");
        },
        { needs: ["a/session"] },
      ),
    ]);
    expect(outcomes(result)).toEqual(["LPC-KCS-7", "pass", "LPC-BUF-4"]);
    expect(result.results[1]?.others).toMatchObject([{ requirement: "LPC-KCS-7" }]);
  });

  test("a mistake of the tester is no verdict", async () => {
    await expect(run([one("a/throws", () => Promise.reject(new RangeError("no such offset")))])).rejects.toThrow(
      RangeError,
    );
  });

  test("ends where it is asked to", async () => {
    let played = 0;
    const counted = {
      ...pass,
      play: () => {
        played++;
        return Promise.resolve();
      },
    };
    const result = await run([counted, { ...counted, name: "a/second" }], () => played > 0);
    expect(result.results.map(({ case: { name } }) => name)).toEqual(["a/pass"]);
  });
});
