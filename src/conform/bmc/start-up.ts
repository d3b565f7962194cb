/** A BMC's offer, its answers to close and proposal, and fences: the start-up of clause 10 as it should be. */
import { isVersion, negotiateVersion } from "../../core/binding/versions.ts";
import { SESSION_BITS, Status, statusText } from "../../core/binding/registers.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";

export const START_UP_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "start/offer",
    text: "BMC Active is set, and the control region holds the magic, versions and an offer",
    requirements: ["LPC-BMC-2", "LPC-REG-1", "LPC-KCS-7"],
    async play(host) {
      const active = await host.until(() => (host.status() & Status.BMC_ACTIVE) !== 0);
      if (active !== true) host.notTestable("BMC Active is not set: no BMC runs this binding here");
      const { bmcVersions } = host.region();
      await host.awaitBmc();
      if (!isVersion(bmcVersions.min) || !isVersion(bmcVersions.cur) || bmcVersions.min > bmcVersions.cur) {
        const { min, cur } = bmcVersions;
        const seen = `bmc_ver_min ${String(min)}, bmc_ver_cur ${String(cur)}`;
        host.broken("LPC-REG-1", seen, "a range of versions 1 to 3, big-endian");
      }
    },
  },
  {
    name: "start/session",
    text: "a close, two fences and a proposal of the BMC's versions open a session",
    requirements: ["LPC-VER-1", "LPC-BMC-3", "LPC-BMC-4", "LPC-MTU-4"],
    needs: ["start/offer"],
    async play(host) {
      const { status, region } = await host.startUp();
      const expected = negotiateVersion(region.bmcVersions, { min: 1, cur: 3 });
      if ((status & SESSION_BITS) !== SESSION_BITS) {
        host.broken(
          "LPC-VER-1",
          `behind the proposal of versions 1 to 3 and two fences, STR shows ${statusText(status)}`,
          `Channel Active, and negotiated_ver ${String(expected)}`,
        );
      }
      await host.serveSilence();
    },
  },
];
