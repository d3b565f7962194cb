/** An operator's assignments: an endpoint, here or expected, gets an EID permanently. */
import type { EndpointRecord } from "../core/mctp/bus-owner/endpoint-record.ts";
import { single } from "../core/mctp/bus-owner/reservations.ts";
import type { Eid } from "../core/wire/units.ts";
import { Failure } from "../platform/failure.ts";
import type { Node } from "./node.ts";

/** Who is to have an EID: the endpoint with a UUID, the one with an EID now, or the only one there is. */
export interface AssignTarget {
  readonly uuid?: string;
  readonly current?: Eid;
}

/**
 * `here`: the endpoint has taken the EID, in place of `before`; otherwise it gets it when it comes. Rejects with a Failure; then an endpoint
 * whose answer is certain is where it was.
 */
export async function assignEid(
  node: Node,
  eid: Eid,
  target: AssignTarget,
): Promise<{ readonly here: boolean; readonly before: Eid | undefined }> {
  const { owner } = node.bridge;
  const record = chosen(node, target);
  const isHere = record !== undefined && record.presence !== "gone";
  const uuid = record?.uuid ?? target.uuid;
  const against = owner.judgeAssignment(eid, { uuid, ...(record === undefined ? {} : { current: record.eid }) });
  if (against !== undefined) throw new Failure("eid-taken", `${against}: choose another, see "mctp-lpc endpoints"`);
  if (isHere) await move(node, record, eid);
  owner.pin(eid, record === undefined ? { uuid } : { current: record.eid });
  // Packets find it by its new EID from now on, on every link.
  if (isHere) node.endpointsMoved(record.port ?? 0);
  return { here: isHere, before: isHere ? record.eid : undefined };
}

function chosen({ bridge }: Node, target: AssignTarget): EndpointRecord | undefined {
  if (target.uuid !== undefined) return bridge.owner.findUuid(target.uuid);
  const here = bridge.owner.endpoints.filter(({ presence }) => presence !== "gone");
  if (target.current !== undefined) {
    const found = here.find(({ eid }) => eid === target.current);
    if (found !== undefined) return found;
    const far = bridge.far.find(target.current);
    if (far !== undefined) {
      throw new Failure(
        "behind-bridge",
        `EID ${String(far.eid)} is behind EID ${String(far.bridge)}, a bridge, which gives it its EID: choose that by the bridge's own means`,
      );
    }
    throw new Failure(
      "no-endpoint",
      `no endpoint with EID ${String(target.current)} is here: see "mctp-lpc endpoints"`,
    );
  }
  const [only, ...others] = here;
  if (only !== undefined && others.length === 0) return only;
  throw new Failure(
    "which-endpoint",
    only === undefined
      ? "no endpoint is here: name one that is to come with --uuid"
      : "more than one endpoint is here: say which with --uuid, or name its present EID",
  );
}

async function move(node: Node, record: EndpointRecord, eid: Eid): Promise<void> {
  const { owner } = node.bridge;
  const port = record.port ?? 0;
  if (node.followsMain(port)) {
    throw new Failure(
      "kernel-eid",
      `EID ${String(record.eid)} is this machine's kernel: give it another with eid= of its --link, and start the agent again`,
    );
  }
  const life = node.ownerOf(port);
  if (life === undefined || life.isBusy) {
    throw new Failure("busy", "the endpoint is being asked something else: try again in a moment");
  }
  owner.reserve(port, single(eid));
  const changed = await life.change(record.eid, eid);
  if (changed === undefined) throw new Failure("link-lost", "the link was lost before the endpoint took the EID");
  if (changed.ok && changed.value.accepted) return;
  const why = changed.ok ? `the endpoint keeps EID ${String(changed.value.eid)}` : changed.reject.text;
  const isUnchanged = changed.ok ? changed.value.eid === record.eid : changed.reject.isUnchanged;
  if (isUnchanged) owner.release(port, single(eid));
  else life.lookAnew([eid, record.eid]);
  throw new Failure("not-assigned", `${why}: EID ${String(eid)} was not assigned`);
}
