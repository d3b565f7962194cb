/** The line for people when a link rests for the first time. `peer`: "host", "BMC", "device". */
export function floodText(peer: string, link: string): string {
  return `The ${peer} keeps ${link} busy with what is neither kept nor forwarded: it gets a share of the processor (LPC-SEC-3, --flood-share); floodPaced counts the rests.`;
}
