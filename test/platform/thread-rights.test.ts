/** Rights of threads as /proc tells them, and which are more than a user's. */
import { describe, expect, test } from "@jest/globals";
import { whyMore } from "../../src/platform/privileges.ts";
import { readRights, threadRights } from "../../src/platform/thread-rights.ts";

const USER = { name: "alice", uid: 1000, gid: 100, groups: [20, 100] };

function status(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const fields: Readonly<Record<string, string | undefined>> = {
    Name: "node",
    Uid: "1000\t1000\t1000\t1000",
    Gid: "100\t100\t100\t100",
    Groups: "20 100 ",
    CapInh: "0000000000000000",
    CapPrm: "0000000000000000",
    CapEff: "0000000000000000",
    CapAmb: "0000000000000000",
    NoNewPrivs: "1",
    ...changes,
  };
  return Object.entries(fields)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}:\t${value}\n`]))
    .join("");
}

test("this process has a thread at least, all of its own user", () => {
  const threads = threadRights();
  expect(threads.length).toBeGreaterThan(0);
  for (const { uids } of threads) expect(uids).toEqual(Array(4).fill(process.getuid?.()));
});

describe("a thread", () => {
  test("of the user, with no more than its groups, is well", () => {
    expect(readRights(status()).noNewPrivileges).toBe(true);
    expect(whyMore([readRights(status()), readRights(status({ Groups: "20" }))], USER)).toBeUndefined();
    expect(whyMore([readRights(status({ Groups: "", CapAmb: undefined }))], USER)).toBeUndefined();
  });

  test.each<readonly [string, Readonly<Record<string, string | undefined>>, string]>([
    ["with root in reserve", { Uid: "1000\t1000\t0\t1000" }, "users 1000, 1000, 0, 1000"],
    ["that is root", { Uid: "0\t0\t0\t0" }, "users 0, 0, 0, 0"],
    ["in root's group", { Gid: "100\t100\t0\t100" }, "groups 100, 100, 0, 100"],
    ["in a group that is not the user's", { Groups: "0 20 100" }, "is in group 0"],
    ["with a permitted capability", { CapPrm: "0000000000000002" }, "capabilities 2"],
    ["with an effective capability", { CapEff: "000001ffffffffff" }, "capabilities 1ffffffffff"],
    ["with an ambient capability", { CapAmb: "0000000000000400" }, "capabilities 400"],
    ["whose user is not told", { Uid: undefined }, "users 0"],
    ["whose groups are not told", { Groups: undefined }, "is in group 0"],
    ["whose capabilities are not told", { CapPrm: undefined }, "capabilities 1"],
  ])("%s has more than the user", (_what, changes, why) => {
    expect(whyMore([readRights(status()), readRights(status(changes))], USER)).toContain(why);
  });

  test("of which no_new_privs is not told, may get more", () => {
    expect(readRights(status({ NoNewPrivs: undefined })).noNewPrivileges).toBe(false);
  });
});
