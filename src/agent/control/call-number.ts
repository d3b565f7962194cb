/**
 * The number that a client gave a call, or that a notification gives back; agents and clients of version 1 send none.
 */
export function callOf(parameters: unknown): number | undefined {
  const call = typeof parameters === "object" && parameters !== null && "call" in parameters ? parameters.call : 0;
  return Number.isSafeInteger(call) && call !== 0 ? (call as number) : undefined;
}
