/** Sides of versions 1 to 3 beside one that offers 1 to 4: nothing of theirs changes but the version that they read. */
import { altered } from "../../../../src/core/explore/altered-side.ts";
import type { Scenario } from "../../../../src/core/explore/scenario.ts";
import type { SideModel } from "../../../../src/core/explore/side-machine.ts";
import { CONFIGURATIONS } from "../../../../src/cli/explore/configurations.ts";
import { OUR_BMC, OUR_HOST, type Case } from "../deployed-cases.ts";

const OWN_CUR = 3;
const OFFERED_CUR = 4;

/** Steps in which the host reads the versions that it wrote. */
const READ_BACK = ["H1.16", "H1.23", "H1.30"];

/** Our BMC, with 4 in bmc_ver_cur: towards a host of versions 1 to 3 one of version 4 does the same. */
export function offeringBmc(model: SideModel): SideModel {
  return altered(model, () => ({
    access: (access, make) => {
      if (access.kind !== "writeWindow" || access.step !== "B1.5") return make(access);
      const bytes = Uint8Array.from(access.bytes);
      if (bytes[access.start + 7] !== OWN_CUR) throw new Error("B1.5 writes no bmc_ver_cur of 3");
      bytes[access.start + 7] = OFFERED_CUR;
      return make({ ...access, bytes });
    },
  }));
}

/** Our host, with 4 in host_ver_cur: so one of version 4 proposes where bmc_ver_cur is 3 or less. */
export function offeringHost(model: SideModel): SideModel {
  return altered(model, () => ({
    access: (access, make) => {
      if (access.kind === "writeWindow" && access.step === "H1.11") {
        const bytes = Uint8Array.from(access.bytes);
        if (bytes[access.start + 3] !== OWN_CUR) throw new Error("H1.11 writes no host_ver_cur of 3");
        bytes[access.start + 3] = OFFERED_CUR;
        return make({ ...access, bytes });
      }
      const value = make(access);
      if (access.kind === "readWindow" && READ_BACK.includes(access.step)) {
        const cur = access.at + 3;
        if (access.into[cur] === OFFERED_CUR) access.into[cur] = OWN_CUR;
      }
      return value;
    },
  }));
}

function configured(name: string): Scenario {
  return CONFIGURATIONS.find((one) => one.scenario.name === name)!.scenario;
}

function caseNamed(cases: readonly Case[], text: string): Scenario {
  const found = cases.find((one) => one.scenario.text === text);
  if (found?.finding !== undefined || found === undefined) throw new Error(`no case that holds: ${text}`);
  return found.scenario;
}

function withBmc(scenario: Scenario, text: string): Scenario {
  return { ...scenario, name: text, text, bmc: offeringBmc(scenario.bmc) };
}

function withHost(scenario: Scenario, text: string): Scenario {
  return { ...scenario, name: text, text, host: offeringHost(scenario.host) };
}

/** What each side of versions 1 to 3 does when the other offers 1 to 4; all hold. */
export const OFFERED_4: readonly Scenario[] = [
  ...["", "; depth 1"].flatMap((depth) => [
    withBmc(
      configured(depth === "" ? "killed" : "killed-d1"),
      `a host of this document, a BMC that offers 1 to 4, one kill${depth}`,
    ),
    withHost(
      configured(depth === "" ? "killed" : "killed-d1"),
      `a host that offers 1 to 4, a BMC of this document, one kill${depth}`,
    ),
    withBmc(
      caseNamed(OUR_BMC, `F1, F2, F17, U1: one kill of either side${depth}`),
      `a deployed host, a BMC that offers 1 to 4, one kill${depth}`,
    ),
    withBmc(
      caseNamed(OUR_BMC, `skiboot's drain of ODR, and one kill of the host${depth}`),
      `a deployed host that empties ODR first, a BMC that offers 1 to 4, one kill of the host${depth}`,
    ),
    withHost(
      caseNamed(OUR_HOST, `F16, F21, F22, U9: one kill of either side${depth}`),
      `a host that offers 1 to 4, a deployed BMC, one kill${depth}`,
    ),
    withHost(
      caseNamed(OUR_HOST, `F22: one orderly stop of either side${depth}`),
      `a host that offers 1 to 4, a deployed BMC, one orderly stop${depth}`,
    ),
  ]),
];
