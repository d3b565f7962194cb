/**
 * What a host comes to that writes one fence where LPC-HOST-4 and LPC-HOST-6 ask for two. With registers alone one is
 * enough; behind a driver that holds a byte (LPC-KCS-13) the search finds the shortest run that goes wrong.
 */
import { configuration } from "./configuration.ts";
import type { Impossible } from "./impossible.ts";

export const ONE_FENCE: readonly Impossible[] = [
  {
    ...configuration("one-fence", "one fence behind the close and one behind the proposal; depth 1", {
      packets: [1, 0],
      depth: 1,
      hostLeavesOut: ["H1.8", "H1.15"],
    }),
    title: "One fence at each place, and a driver that holds a byte",
    clause: "LPC-HOST-4, LPC-HOST-6",
  },
  {
    ...configuration("one-fence-open", "two fences behind the close, one behind the proposal; depth 1", {
      packets: [1, 0],
      depth: 1,
      hostLeavesOut: ["H1.15"],
    }),
    title: "One fence behind the proposal, and a driver that holds a byte",
    clause: "LPC-HOST-6",
  },
];
