/** An inbox that is not what it should be, or has been filled by another. */
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { STRANGER, bmcOn, precious, refusal, type LocalAttack } from "./planting.ts";

const NAMES_IN_INBOX = 300_000;
const STALL_LIMIT_MILLISECONDS = 50;
const INBOXES = "names of a peer live only in a folder that is kept for them";

export const INBOX_ATTACKS: readonly LocalAttack[] = [
  refusal("inbox-with-state", INBOXES, async (place) => {
    const state = join(place.path("inbox"), "eids.json");
    writeFileSync(state, "{}", { mode: 0o600 });
    return Promise.resolve({
      args: bmcOn(place, "--inbox", place.path("inbox"), "--state", state),
      says: /inbox .* holds/,
      unchanged: [place.path("inbox")],
    });
  }),
  refusal("inbox-for-all", INBOXES, async (place) => {
    chmodSync(place.path("inbox"), 0o1777);
    return Promise.resolve({
      args: bmcOn(place, "--inbox", place.path("inbox")),
      says: /other users may write to the inbox/,
      unchanged: [place.path("inbox")],
    });
  }),
  refusal(
    "inbox-of-another",
    INBOXES,
    async (place) => {
      chownSync(place.path("inbox"), STRANGER, STRANGER);
      return Promise.resolve({
        args: bmcOn(place, "--inbox", place.path("inbox")),
        says: /inbox .* belongs to another user/,
        unchanged: [place.path("inbox")],
      });
    },
    true,
  ),
  {
    name: "inbox-folder-planted",
    protects: INBOXES,
    run: async (place) => {
      const elsewhere = place.path("elsewhere");
      mkdirSync(elsewhere, { mode: 0o700 });
      symlinkSync(elsewhere, join(place.path("inbox"), "port-0-eid-9"));
      await place.agent("bmc", ["--inbox", place.path("inbox")]);
      const host = await place.agent("host");
      await host.line(/^channel up/);
      const sent = await place.run(["send-file", precious(place), "--control", host.control]);
      return [
        ...(sent.code === 0 ? ["the file was sent"] : []),
        ...(readdirSync(elsewhere).length > 0 ? ["a file was stored behind the link"] : []),
      ];
    },
  },
  {
    name: "inbox-crowded",
    protects: "a question about a file takes as long however many names there are",
    run: async (place) => {
      const folder = join(place.path("inbox"), "port-0-eid-9");
      mkdirSync(folder, { mode: 0o700 });
      for (let name = 0; name < NAMES_IN_INBOX; name++) closeSync(openSync(join(folder, `file-${String(name)}`), "w"));
      const inside = join(dirname(place.program), "..", "test", "abuse", "inside.js");
      const bmc = await place.agent("bmc", ["--inbox", place.path("inbox")], inside);
      const host = await place.agent("host");
      await host.line(/^channel up/);
      await bmc.look();
      for (let turn = 0; turn < 5; turn++) {
        await place.run(["send-file", precious(place), "--name", `new-${String(turn)}`, "--control", host.control]);
      }
      const { busiest } = await bmc.look();
      return [
        ...(busiest > STALL_LIMIT_MILLISECONDS ? [`the loop was busy for ${busiest.toFixed(0)} ms`] : []),
        ...(existsSync(join(folder, "new-0")) ? ["a file more than a peer may have was stored"] : []),
      ];
    },
  },
];
