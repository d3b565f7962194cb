/** Takes a line of a report, for people: "made the guest's system of them in 9.1 s". */
export type Tell = (line: string) => void;

/** Does it, and tells how long it took. */
export function timed<T>(tell: Tell, what: string, act: () => T): T {
  const began = performance.now();
  const result = act();
  tell(`${what} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return result;
}
