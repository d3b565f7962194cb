/** The check sequence bit by bit, written from RFC 1662 alone: what the frames of the tests are checked against. */
export function bitwiseFcs(bytes: readonly number[]): number {
  let register = 0xffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const out = (register ^ (byte >> bit)) & 1;
      register >>= 1;
      if (out === 1) register ^= 0x8408;
    }
  }
  return register;
}

/** A frame of a packet by the rule; `escapeFcs` escapes the check sequence, too. */
export function frameOf(packet: readonly number[], escapeFcs = false): number[] {
  const escape = (byte: number): number[] => (byte === 0x7e || byte === 0x7d ? [0x7d, byte ^ 0x20] : [byte]);
  const fcs = bitwiseFcs([1, packet.length, ...packet]);
  const sequence = [fcs >> 8, fcs & 0xff];
  const trailer = escapeFcs ? sequence.flatMap(escape) : sequence;
  return [0x7e, 1, ...escape(packet.length), ...packet.flatMap(escape), ...trailer, 0x7e];
}
