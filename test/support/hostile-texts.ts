/** Texts as a hostile peer, file or user may choose them, and how a terminal, a log and XML show them. */

interface HostileText {
  readonly name: string;
  readonly text: string;
  readonly shown: string;
}

export const HOSTILE_TEXTS: readonly HostileText[] = [
  { name: "an escape sequence", text: "x\u001b[2Jy", shown: "x<1b>[2Jy" },
  { name: "a title for the terminal (OSC)", text: "x\u001b]0;mine\u0007", shown: "x<1b>]0;mine<07>" },
  { name: "an escape sequence of one byte (CSI)", text: "x\u009b31m", shown: "x<9b>31m" },
  { name: "a forged line", text: "x\nmctp-lpc: all is well", shown: "x<0a>mctp-lpc: all is well" },
  { name: "a line written over", text: "x\rmctp-lpc: all is well", shown: "x<0d>mctp-lpc: all is well" },
  { name: "a tab", text: "x\ty", shown: "x<09>y" },
  { name: "a text turned round", text: "x\u202etxt.exe", shown: "x<202e>txt.exe" },
  { name: "a line end of Unicode", text: "x\u2028y\u2029z\u0085", shown: "x<2028>y<2029>z<85>" },
  { name: "half a character", text: "x\ud800y\udc00", shown: "x<d800>y<dc00>" },
  { name: "tags that are not drawn", text: "x\u{e0001}\u{e0041}", shown: "x<e0001><e0041>" },
  { name: "marks piled up", text: `x${"\u0301".repeat(6)}`, shown: "x\u0301\u0301\u0301\u0301<301><301>" },
  { name: "characters without width", text: "x\u200b\u2060\ufeffy", shown: "x<200b><2060><feff>y" },
  { name: "a letter that is not drawn", text: "x\u3164\u115fy", shown: "x<3164><115f>y" },
  { name: "a choice of variants", text: "x\ufe0f\u{e0100}", shown: "x<fe0f><e0100>" },
  { name: "private use", text: "x\ue000\u{f0000}", shown: "x<e000><f0000>" },
  { name: "what is no character", text: "x\uffff\ufffe", shown: "x<ffff><fffe>" },
];
