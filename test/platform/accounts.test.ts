/** Users and groups by name and number, as the machine's own tools know them. */
import { expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { userInfo } from "node:os";
import { findGroup, findUser } from "../../src/platform/accounts.ts";

const NEEDS = "agents in a test";

function id(...words: readonly string[]): string {
  return spawnSync("id", words, { encoding: "utf8" }).stdout.trim();
}

test("a user is found by name and by uid, with its primary group and all of its groups", () => {
  const { username, uid } = userInfo();
  const groups = id("-G", username)
    .split(" ")
    .map(Number)
    .sort((one, other) => one - other);
  const found = findUser(username, NEEDS);
  expect(found).toEqual({ name: username, uid, gid: Number(id("-g", username)), groups });
  expect(findUser(String(uid), NEEDS)).toEqual(found);
});

test("a group is found by name and by gid", () => {
  const gid = Number(id("-g"));
  const found = findGroup(String(gid), NEEDS);
  expect(found).toEqual({ name: id("-gn"), gid });
  expect(findGroup(found.name, NEEDS)).toEqual(found);
});

test.each(["no-such-user-here", "", "-1", "1e3", "4294967295", "99999999999", "../root", "root "])(
  "%j is no user and no group, and is told in words",
  (text) => {
    expect(() => findUser(text, NEEDS)).toThrow(expect.objectContaining({ code: "user" }));
    expect(() => findGroup(text, NEEDS)).toThrow(expect.objectContaining({ code: "group" }));
  },
);
