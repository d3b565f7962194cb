/** The last save of a state before its agent ends: a disk that hangs or is full must not keep the agent from ending. */
import { messageOf } from "../platform/failure.ts";
import type { Tell } from "../platform/log-events.ts";

/** Milliseconds. */
export const LAST_SAVE_LIMIT = 1000;

/** Waits for `save`, no longer than the limit, and tells when what was to be saved may be lost. Never rejects. */
export async function lastSave(save: () => Promise<void>, tell: Tell, limit: number = LAST_SAVE_LIMIT): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, limit, `the state was not written within ${String(limit)} ms`);
  });
  const trouble = await Promise.race([save().then(() => undefined, messageOf), overdue]);
  clearTimeout(timer);
  if (trouble !== undefined) tell(`${trouble}; the last assignments may not be remembered`, "state-not-saved");
}
