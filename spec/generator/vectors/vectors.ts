/** All files of vectors. */
import type { Artefact } from "../artefact.ts";
import { SCENARIOS } from "../scenarios/all-scenarios.ts";
import { controlRegionsArtefact } from "./control-regions.ts";
import { crcArtefact } from "./crc.ts";
import { messagesArtefact } from "./messages.ts";
import { negotiationArtefact } from "./negotiation.ts";
import { packetsArtefact } from "./packets.ts";
import { recordedRuns } from "./recorded-runs.ts";
import { bmcRuns } from "./runs/bmc.ts";
import { hostSessions } from "./runs/host-sessions.ts";
import { hostStartUps } from "./runs/host-start-ups.ts";
import { pairRuns } from "./runs/pairs.ts";
import { strWritesArtefact } from "./str-writes.ts";
import { traceArtefacts, type TraceSource } from "./traces.ts";

/** Runs that have no figure. */
export const VECTOR_RUNS: readonly TraceSource[] = [
  ...recordedRuns(),
  ...hostStartUps(),
  ...hostSessions(),
  ...bmcRuns(),
  ...pairRuns(),
];

export function vectorArtefacts(): readonly Artefact[] {
  return [
    crcArtefact(),
    packetsArtefact(),
    controlRegionsArtefact(),
    negotiationArtefact(),
    strWritesArtefact(),
    messagesArtefact(),
    ...traceArtefacts([...VECTOR_RUNS, ...SCENARIOS]),
  ];
}
