/** What the BMC says when a session's MTU is smaller than the host asked for, by the BMC's own limit (LPC-MTU-4). */
import type { BmcSide } from "./role/side.ts";

/** A sentence for people; undefined where the host got what it asked for, or there is no session. */
export function mtuNote({ state, session, config }: Pick<BmcSide, "state" | "session" | "config">): string | undefined {
  const asked = state.askedMtu;
  if (session === undefined || asked === undefined || asked <= session.mtu.bmcToHost) return undefined;
  const allowed = session.mtu.bmcToHost;
  const option = config.mtu === allowed ? "--mtu" : "--window";
  return `Host asked for MTU ${String(asked)}, this BMC allows ${String(allowed)} (${option}): a host that needs ${String(asked)} closes the channel (LPC-MTU-4).`;
}
