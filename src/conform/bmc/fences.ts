/** Fences: passed over in every state, and handled in their order behind what was written before (LPC-BMC-3). */
import { bufferBytes } from "../../core/binding/layout.ts";
import { SESSION_BITS, Status, statusText } from "../../core/binding/registers.ts";
import { isVersion } from "../../core/binding/versions.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import { BTU, bytesText, expectSessionKept, tries } from "./signs.ts";
import { openOldest } from "./sessions.ts";

const FENCES = 5;
/** How often the answer is looked for at the moment at which it is due. */
const TRIES = 20;

export const FENCE_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "fence/closed",
    text: "five fences outside a session change nothing, and are answered with nothing",
    requirements: ["LPC-BMC-3"],
    needs: ["close/in-session"],
    async play(host: PlayedHost): Promise<void> {
      await host.awaitBmc();
      await host.close();
      await host.serveSilence();
      const since = host.bytesRead.length;
      await host.fence(FENCES);
      await host.serveSilence();
      const status = host.status();
      const read = host.bytesRead.slice(since);
      if ((status & SESSION_BITS) === Status.BMC_ACTIVE && read.length === 0) return;
      host.shown(
        "LPC-BMC-3",
        `behind five fences outside a session, STR shows ${statusText(status)}, and ODR gave ${bytesText(read)}`,
        "a fence has no effect",
      );
    },
  },
  {
    name: "fence/in-session",
    text: "five fences in a session leave it as it is",
    requirements: ["LPC-BMC-3"],
    needs: ["packet/buffer-reused"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      await host.fence(FENCES);
      await expectSessionKept(host, "LPC-BMC-3", "behind five fences in a session");
    },
  },
  {
    name: "fence/order",
    text: "when the last fence behind an Initialise has left IDR, the answer is there, each of 20 times",
    requirements: ["LPC-BMC-3"],
    needs: ["close/in-session", "sizes/answered"],
    async play(host: PlayedHost): Promise<void> {
      await host.openSession();
      // Behind so many fences IBF = 0 says that the Initialise was handled, by the depth of the path.
      const fences = host.platform.depth + 1;
      for (const attempt of tries(host, TRIES)) {
        await host.close(fences);
        await expectTold(host, () => (host.status() & Status.CHANNEL_ACTIVE) === 0, "a close");
        const { region } = await host.propose({ mtu: BTU + attempt, fences });
        const version = region.negotiatedVersion;
        const isAnswered = (): boolean => {
          const now = host.region();
          if ((host.status() & SESSION_BITS) !== SESSION_BITS || !isVersion(now.negotiatedVersion)) return false;
          const mtu = now.negotiatedVersion === 1 ? BTU : BTU + attempt;
          return now.layout.hostToBmc.size <= bufferBytes(now.negotiatedVersion, mtu);
        };
        if (isVersion(version) && isAnswered()) continue;
        await expectTold(host, isAnswered, "a proposal");
      }
    },
  },
];

/** The answer is there. Breaks LPC-BMC-3 where it comes later; where it never comes, another case is about that. */
async function expectTold(host: PlayedHost, isTold: () => boolean, what: string): Promise<void> {
  if (isTold()) return;
  const isLate = await host.until(isTold);
  if (isLate !== true) host.notTestable(`${what} was not answered`);
  host.shown(
    "LPC-BMC-3",
    `the fence behind ${what} had left IDR before the answer was written`,
    "a command is handled completely before IDR is read again",
  );
}
