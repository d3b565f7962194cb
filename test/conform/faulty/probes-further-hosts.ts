/** How each of the further faults of a host shows to its BMC. */
import type { OppositeBmc } from "./opposite-bmc.ts";
import type { Probe } from "./probes-both.ts";

const RX_COMPLETE = 0x02;
const FENCE = 0xff;
const GET_EID = [0x00, 0x80, 0x02];
const GET_UUID = [0x00, 0x80, 0x03];
const OFFERED_SIZE = 4108;

/** Get Endpoint ID in three packets of one byte each, with these sequence numbers and tags: is it answered? */
function parts(sequences: readonly number[], tags: readonly number[]): Probe<OppositeBmc> {
  return async (other) => {
    await other.open();
    for (const [at, byte] of GET_EID.entries()) {
      const completes = other.count(RX_COMPLETE);
      const ends = (at === 0 ? 0x80 : 0) | (at === 2 ? 0x40 : 0);
      other.send([1, 0, other.own, ends | (sequences[at]! << 4) | 0x08 | tags[at]!, byte]);
      await other.until(() => other.count(RX_COMPLETE) > completes);
    }
    return other.until(() => other.response() !== undefined, 400);
  };
}

export const FURTHER_HOST_PROBES: Readonly<Record<string, Probe<OppositeBmc>>> = {
  "sequence-unchecked": parts([0, 2, 3], [1, 1, 1]),
  "tag-unchecked": parts([0, 1, 2], [1, 2, 2]),
  "copy-behind-rx-complete": async (other) => {
    await other.open();
    const from = other.bytes.length;
    other.send(other.request(GET_EID));
    await other.until(() => other.count(RX_COMPLETE, from) > 0);
    other.write(other.request(GET_UUID));
    await other.until(() => other.response() !== undefined);
    return other.response()?.bytes[6] === GET_UUID[2];
  },
  "response-tag-0": async (other) => {
    await other.open();
    await other.ask(GET_EID);
    return other.response(0) !== undefined;
  },
  "third-fence": async (other) => {
    other.start();
    other.program.launch();
    await other.until(() => other.bytes.length >= 4, 1500);
    return other.bytes[3] === FENCE;
  },
  "idle-restart": async (other) => {
    await other.open();
    return other.until(() => other.ended(), 2500);
  },
  "rx-buffer-cleared": async (other) => {
    await other.open();
    await other.ask(GET_EID);
    return other.get(other.outgoing.offset) === 0;
  },
  "rx-size-before-versions": async (other) => {
    other.start();
    other.program.launch();
    await other.until(() => other.get(0x08) !== 0 || other.get(0x14) !== OFFERED_SIZE);
    return other.get(0x08) === 0;
  },
  "eid-forgotten-with-session": async (other) => {
    await other.open();
    await other.ask([0x00, 0x81, 0x01, 0x00, 0x20]);
    await other.reopen();
    await other.quiet();
    return (await other.ask(GET_EID))?.[4] === 9;
  },
  "restart-as-refusal": async (other) => {
    other.answerWith(() => {
      other.put(0x08, 0);
      return { refuse: true };
    });
    other.start();
    other.program.launch();
    await other.until(() => other.opened.length > 1, 1500);
    return !(await other.until(() => other.opened.length > 2, 500));
  },
};
