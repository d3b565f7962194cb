/** What an agent says when the handler of a message type throws. */
import type { HandlerFailure } from "../core/mctp/handler-table.ts";
import { messageTypeName } from "../core/mctp/message.ts";
import { messageOf } from "../platform/failure.ts";

/** The error's text may hold what a peer sent: it is quoted, so that it is told apart from the rest of the line. */
export function handlerFailureText({ type, handler, error }: HandlerFailure): string {
  const who = `The handler ${handler === "" ? "" : `"${handler}" `}of ${messageTypeName(type)} messages`;
  return `${who} threw an error: ${JSON.stringify(messageOf(error))}. The message is lost, later ones are handled; more such errors are only counted (handlerFailed, LPC-BUF-8).`;
}
