/** What programs on the control socket are served: message types to serve, and the answers that they give. */
import { fromHex, toHex } from "../../core/wire/bytes.ts";
import { parseVersion } from "../../core/mctp/control/version-number.ts";
import { typeOf } from "../../core/mctp/message.ts";
import { Failure } from "../../platform/failure.ts";
import { ANSWER_LIMIT, type ServiceTable } from "../services/service-table.ts";
import type { ControlMethod } from "./call.ts";
import { served } from "./methods.ts";

export function serveMethods(services: ServiceTable): Readonly<Record<string, ControlMethod>> {
  return served({
    serve: ({ type, vendor, commandSet, version, name = "a program on the control socket" }, { tell, offer, signal }) =>
      new Promise((resolve) => {
        const number = version === undefined ? undefined : parseVersion(version);
        const registration = services.register({
          name,
          kind: { type, vendor, commandSet },
          versions: number === undefined ? undefined : [number],
          take: ({ id, source, tag, bytes }) => offer({ request: id, source, tag, hex: toHex(bytes) }),
          dropped: (id) => {
            offer({ dropped: id });
          },
        });
        const leave = (): void => {
          registration.release();
          resolve(null);
        };
        if (signal.aborted) leave();
        else {
          signal.addEventListener("abort", leave, { once: true });
          tell({ serves: true });
        }
      }),

    answer: ({ request, hex }) => {
      const type = services.typeOfRequest(request);
      if (type === undefined) {
        throw new Failure(
          "no-request",
          `request ${String(request)} is not waited for: it was answered, its link was lost, or it is older than ${String(ANSWER_LIMIT)} ms`,
        );
      }
      const bytes = hex === undefined ? undefined : fromHex(hex);
      if (bytes === undefined) services.ignore(request);
      else if (typeOf(bytes) === type) services.respond(request, bytes);
      else throw new Failure("message-kind", "a response begins with the message type of its request");
      return null;
    },
  });
}
