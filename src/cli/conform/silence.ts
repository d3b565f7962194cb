/** Milliseconds of silence after which the side under test is taken to have nothing to say, where the user gives none. */

export const USUAL_SILENCE = 150;
/** Of a fast run. */
export const FAST_SILENCE = 50;

export function silenceOf({ silence, fast }: { readonly silence?: number; readonly fast?: true }): number {
  return silence ?? (fast === true ? FAST_SILENCE : USUAL_SILENCE);
}
