/** Numbers that carry their unit in their type, so that a time is never taken for a size. */

declare const unit: unique symbol;

/** Milliseconds: a span, or a moment of a monotonic clock whose start means nothing. */
export type Millis = number & { readonly [unit]: "ms" };

/** An MCTP endpoint identifier, 0 to 255 (DSP0236 8.2). */
export type Eid = number & { readonly [unit]: "eid" };

export function millis(value: number): Millis {
  return value as Millis;
}

/** The moment `span` after `moment`. */
export function later(moment: Millis, span: Millis): Millis {
  return (moment + span) as Millis;
}

/** The earliest of the given moments, undefined when none is given. */
export function earliest(...moments: readonly (Millis | undefined)[]): Millis | undefined {
  let first: Millis | undefined;
  for (const moment of moments) if (moment !== undefined && (first === undefined || moment < first)) first = moment;
  return first;
}

export function eid(value: number): Eid {
  return (value & 0xff) as Eid;
}
