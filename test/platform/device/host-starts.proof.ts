/** The host starts without a false refusal, on a board whose driver holds a byte: as often as chance has room. */
import { jest } from "@jest/globals";
import { hostStarts } from "./host-starts.ts";

jest.setTimeout(600_000);

hostStarts({ quick: 100, slow: 5 });
