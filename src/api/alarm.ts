/** Timers of any span: one of Node that is set for longer than it can count goes off at once. */

/** The longest span of a timer of Node, in milliseconds. */
export const LONGEST_WAIT = 0x7fffffff;

/** Calls `ring` once, after so many milliseconds; after Infinity never. */
export function alarm(milliseconds: number, ring: () => void): { clear(): void } {
  const end = performance.now() + milliseconds;
  let timer: NodeJS.Timeout | undefined;
  const set = (left: number): void => {
    if (left === Number.POSITIVE_INFINITY) return;
    timer = setTimeout(
      () => {
        if (left <= LONGEST_WAIT) ring();
        else set(end - performance.now());
      },
      Math.min(left, LONGEST_WAIT),
    );
  };
  set(milliseconds);
  return {
    clear: () => {
      clearTimeout(timer);
    },
  };
}
