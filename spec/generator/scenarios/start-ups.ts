/** How a session comes to be: the start-up in each version, and in either order. */
import { BMC_DEFAULTS } from "../../../bmc/role/state.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import { Lab } from "./lab.ts";
import type { Scenario } from "./scenario.ts";

function bmcFirst(version: Version, description: string): Scenario {
  const bmc = { announcePoll: BMC_DEFAULTS.announceLimit };
  const lab = new Lab({ host: { versions: { min: 1, cur: version } }, bmc });
  lab.start("bmc");
  // Nobody reads the announcement: the start goes on when T_ann is over. Looks in between would show the same.
  lab.settle();
  lab.wait();
  lab.settle();
  lab.start("host");
  lab.bringUp();
  return lab.record(
    `start-up-v${String(version)}`,
    `Start-up in version ${String(version)}, the BMC first`,
    description,
  );
}

function hostFirst(): Scenario {
  const lab = new Lab({ quick: "host" });
  lab.start("host");
  lab.settle();
  lab.start("bmc");
  lab.bringUp();
  return lab.record(
    "start-up-host-first",
    "Start-up with the host first",
    "The host runs before its BMC. It finds BMC Active clear, writes nothing and waits; it is there to read both announcements of the BMC's start, so that T_ann plays no part. From the moment BMC Active is set the start-up is the same as when the BMC came first.",
  );
}

export function startUps(): readonly Scenario[] {
  return [
    bmcFirst(
      1,
      "The BMC speaks versions 1 to 3, the host version 1 alone, so both speak version 1. Nobody reads the BMC's announcement, and it goes on when T_ann is over; in this run it looks no sooner. The host closes whatever session there may be, fences, makes its proposal and fences again; it writes no rx_size, and the answer gives both buffers the size of the baseline transmission unit.",
    ),
    bmcFirst(
      2,
      "The BMC speaks versions 1 to 3, the host 1 to 2, so both speak version 2. The offer is for the BMC's newest version; the host asks for the whole room between the buffers, and the answer gives the sizes that the BMC's own MTU needs in version 2, four bytes less than in version 3.",
    ),
    bmcFirst(
      3,
      "Both sides speak versions 1 to 3 and set no limit to the MTU. The BMC's announcement stands unread until T_ann is over. The host then closes, fences, makes its proposal, rx_size last, and fences again; having judged the answer it is in session, as the BMC has been since it set Channel Active.",
    ),
    hostFirst(),
  ];
}
