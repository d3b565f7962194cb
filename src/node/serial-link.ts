/** A serial line as a link of a node. */
import type { SerialLinkSpec } from "../platform/serial/kind.ts";
import { SerialLine } from "../platform/serial/serial-line.ts";
import { monotonicClock } from "./clock.ts";
import { LineDriver } from "./line-driver.ts";
import { floodText } from "./flood-text.ts";
import { SERIAL_KIND, type LinkPlan } from "./link.ts";

export function serialLink(spec: SerialLinkSpec): LinkPlan {
  const { name, unit, escaping } = spec;
  return {
    name,
    kind: SERIAL_KIND,
    showsPresence: false,
    open: (exchange, tell, share) => {
      const driver = new LineDriver(new SerialLine(spec), exchange, monotonicClock, { unit, escaping, share });
      driver.onLost = ({ message }) => {
        tell(message, "link-lost");
      };
      driver.onStuck = ({ message }) => {
        tell(message, "link-lost");
      };
      driver.onFirstRest = () => {
        tell(floodText("device", name), "flood");
      };
      return driver;
    },
  };
}
