/** Outcomes as values: what a peer sends is judged, never thrown about. */

export type Result<Value, Reject> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly reject: Reject };

export function ok<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

export function reject<Reject>(why: Reject): { readonly ok: false; readonly reject: Reject } {
  return { ok: false, reject: why };
}

/** Marks the place a closed union cannot reach; the compiler checks it. */
export function unreachable(never: never): never {
  throw new Error(`unreachable: ${String(never)}`);
}
