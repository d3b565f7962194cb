/** Both sides: packets written in pieces, and the raw KCS driver between IDR and the BMC. */
import { unaskedDiscovery } from "../../scenarios/discovery.ts";
import { Lab } from "../../scenarios/lab.ts";
import { message } from "../../scenarios/messages.ts";
import type { TraceSource } from "../traces.ts";

const WINDOW_BYTES = 4096;

/** One packet each way that is written in more than one access. */
function pieces(): TraceSource {
  const lab = new Lab({ windowBytes: WINDOW_BYTES, bmc: { mtu: 1024 } });
  lab.start("bmc");
  lab.start("host");
  lab.bringUp();
  for (const direction of ["hostToBmc", "bmcToHost"] as const) {
    lab.send(direction, message(600));
    lab.settle();
  }
  return lab.record(
    "packets-in-pieces",
    "Packets written in pieces",
    "A message of 600 bytes goes each way in one packet, which the reference implementation writes in three accesses: length field and MCTP header, payload, trailer.",
  );
}

function depthOne(): TraceSource {
  const lab = new Lab({ depth: 1, quick: "host", windowBytes: WINDOW_BYTES, bmc: { mtu: 64 } });
  lab.start("bmc");
  lab.start("host");
  lab.bringUp();
  lab.send("hostToBmc", message(100));
  lab.send("bmcToHost", message(100));
  lab.settle();
  // A host that comes back meets its own bytes in the driver and in IDR.
  lab.send("hostToBmc", message(12));
  lab.turn("host");
  lab.kill("host");
  lab.start("host");
  lab.turn("host");
  lab.bringUp();
  lab.send("hostToBmc", message(8));
  lab.settle();
  lab.stop("host");
  lab.settle();
  return lab.record(
    "depth-1",
    "A driver holds a byte in front of the BMC",
    "The raw KCS driver takes a byte out of IDR as soon as it holds none, so that IBF falls before the BMC has read. The host is quick: it writes its close and a fence before the BMC has read either. Packets go both ways; the host is killed with its Tx Begin in the driver and begins anew.",
  );
}

export function pairRuns(): readonly TraceSource[] {
  return [pieces(), depthOne(), unaskedDiscovery()];
}
