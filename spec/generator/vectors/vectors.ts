/** All files of vectors. */
import type { Artefact } from "../artefact.ts";
import { SCENARIOS } from "../scenarios/all-scenarios.ts";
import { controlRegionsArtefact } from "./control-regions.ts";
import { crcArtefact } from "./crc.ts";
import { negotiationArtefact } from "./negotiation.ts";
import { packetsArtefact } from "./packets.ts";
import { recordedRuns } from "./recorded-runs.ts";
import { strWritesArtefact } from "./str-writes.ts";
import { traceArtefacts } from "./traces.ts";

export function vectorArtefacts(): readonly Artefact[] {
  return [
    crcArtefact(),
    packetsArtefact(),
    controlRegionsArtefact(),
    negotiationArtefact(),
    strWritesArtefact(),
    ...traceArtefacts([...recordedRuns(), ...SCENARIOS]),
  ];
}
