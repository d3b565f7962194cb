/** How sessions end: either side killed and back again, either side stopped, the status register reset. */
import type { RoleName } from "../../../src/core/binding/side.ts";
import { message } from "./messages.ts";
import { labInSession } from "./packets.ts";
import type { Scenario } from "./scenario.ts";

/** A side is killed with a packet for it announced and unread, and comes back; the next packet passes. */
function restart(role: RoleName, title: string, description: string): Scenario {
  const sender = role === "host" ? "bmc" : "host";
  const direction = role === "host" ? "bmcToHost" : "hostToBmc";
  const lab = labInSession(3);
  lab.send(direction, message(12));
  lab.turn(sender);
  lab.kill(role);
  lab.start(role);
  lab.bringUp();
  lab.send(direction, message(8));
  lab.settle();
  return lab.record(`${role}-restart`, title, description);
}

function stop(role: RoleName, title: string, description: string): Scenario {
  const lab = labInSession(3);
  lab.stop(role);
  lab.settle();
  return lab.record(`${role}-stop`, title, description);
}

/** A reset of the platform clears STR under two programs that go on running, and rings for neither. */
function statusReset(): Scenario {
  const lab = labInSession(3);
  lab.pokeStatus(0x00);
  // Without an interrupt each side learns of it when it polls next.
  lab.turn("host");
  lab.turn("bmc");
  lab.bringUp();
  lab.send("hostToBmc", message(8));
  lab.settle();
  return lab.record(
    "status-reset",
    "STR is reset from outside under both sides",
    "Something outside both programs, as a reset of the platform, clears STR in a session. It causes no interrupt, so that each side learns of it by its next poll. The host sees a BMC that is gone and waits for it; the BMC sees session bits that it did not write and starts again from the beginning, in sight of the host. The next packet passes in the new session.",
  );
}

export function restarts(): readonly Scenario[] {
  return [
    restart(
      "bmc",
      "The BMC is killed in a session and comes back",
      "The BMC is killed with a Tx Begin unread in IDR. The new one clears STR before anything else and announces it; the host ends its session, gives up the packet under way, whose fate it cannot know, and waits. The stale Tx Begin is read and ignored, for there is no session that it could belong to. The next packet passes in the new session.",
    ),
    restart(
      "host",
      "The host is killed in a session and comes back",
      "The host is killed with a Tx Begin unread in ODR. The new host knows nothing of the session that STR shows, reads the byte and discards it. Its close ends the session for the BMC, which gives up the packet under way; with the fence read nothing of the old session is left. The next packet passes in the new one.",
    ),
    stop(
      "host",
      "The host stops",
      "A host that stops in a session closes it, as at the beginning of every start-up, and writes nothing more. It does not wait for the BMC's answer; the dummy stays unread in ODR for the next host.",
    ),
    stop(
      "bmc",
      "The BMC stops",
      "A BMC that stops clears BMC Active and Channel Active and tells the host so by a dummy. The host ends its session and waits for BMC Active.",
    ),
    statusReset(),
  ];
}
