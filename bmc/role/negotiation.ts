/** What the BMC offers, and what it answers to a proposal. Specification: clause 9 (LPC-VER-1, -2, LPC-MTU-4, -7 to -9). */
import type { CloseReason } from "../../src/core/binding/channel.ts";
import type { ControlRegion, Layout } from "../../src/core/binding/control-region.ts";
import {
  BTU,
  bufferBytes,
  largestMtu,
  mtuOfBuffer,
  offeredLayout,
  resizedLayout,
} from "../../src/core/binding/layout.ts";
import {
  CLOSING_RANGE,
  framingOf,
  isVersion,
  negotiateVersion,
  type Version,
} from "../../src/core/binding/versions.ts";
import type { BmcConfig } from "./state.ts";

/** An answer's layout is written to the region; a refusal's is the whole offer again (LPC-MTU-8). */
export type Answer =
  | {
      readonly version: Version;
      readonly layout: Layout;
      /** Payload bytes of a packet that the host asked for. */
      readonly askedMtu: number;
    }
  | { readonly version: 0; readonly layout: Layout; readonly closeReason: CloseReason };

/**
 * The layout before any negotiation: this BMC's own MTU in the framing of its newest version. Made of the configuration
 * alone, so that the offsets never change (LPC-MTU-9).
 */
export function offer(config: BmcConfig): Layout {
  const version = newestVersion(config);
  return offeredLayout(version, ownMtu(config, version));
}

/** Both directions get the smaller of what the two sides want. */
export function negotiate(region: ControlRegion, config: BmcConfig): Answer {
  const layout = offer(config);
  const host = region.hostVersions;
  if (host.min === CLOSING_RANGE.min && host.cur === CLOSING_RANGE.cur) {
    return { version: 0, layout, closeReason: "closedByHost" };
  }
  const version = negotiateVersion(config.versions, host);
  if (version === 0) return { version: 0, layout, closeReason: "versionRefused" };
  if (framingOf(version).fixedMtu) return { version, layout: resizedLayout(layout, version, BTU), askedMtu: BTU };
  const askedBytes = region.layout.bmcToHost.size;
  if (askedBytes < bufferBytes(version, BTU)) return { version: 0, layout, closeReason: "mtuRefused" };
  const askedMtu = mtuOfBuffer(version, askedBytes);
  const mtu = Math.min(askedMtu, ownMtu(config, newestVersion(config)));
  return { version, layout: resizedLayout(layout, version, mtu), askedMtu };
}

function newestVersion({ versions }: BmcConfig): Version {
  return isVersion(versions.cur) ? versions.cur : 1;
}

function ownMtu(config: BmcConfig, version: Version): number {
  if (framingOf(version).fixedMtu) return BTU;
  return Math.min(config.mtu ?? Number.POSITIVE_INFINITY, largestMtu(version, config.windowBytes));
}
