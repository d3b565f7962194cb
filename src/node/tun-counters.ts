/** What goes through an interface of the kernel, and what does not. */

export const TUN_COUNTERS = {
  packetsToKernel: { clause: "DSP0236 8.1", text: "packets given to the kernel's interface" },
  packetsFromKernel: { clause: "DSP0236 8.1", text: "packets that came from the kernel's interface" },
  interfaceUp: { clause: "LPC-MCTP-16", text: "times the kernel's interface was set up: the channel was open" },
  interfaceLost: { clause: "LPC-MCTP-16", text: "times the kernel's interface was removed by another program" },
  kernelRefused: {
    clause: "LPC-MCTP-16",
    text: "packets dropped: the kernel did not take them, its interface was set down by another program",
  },
  kernelLate: {
    clause: "LPC-MCTP-16",
    text: "packets of the kernel dropped: they came out after the channel was lost",
  },
  kernelForeign: {
    clause: "LPC-MCTP-1",
    text: "frames of the kernel dropped: they are no MCTP packets, as those of IPv6",
  },
  kernelWaited: { clause: "LPC-MCTP-16", text: "times the kernel's packets were left waiting: the next link was full" },
} as const;

export type TunCounter = keyof typeof TUN_COUNTERS;
export type TunCounters = Record<TunCounter, number>;
