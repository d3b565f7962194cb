/**
 * Attaches to a virtual board as its host, asks the BMC's agent who it is, and times an echo.
 *
 *   npm run build
 *   npx mctp-lpc bmc run --platform shm:/dev/shm/board
 *   node dist/docs/examples/attach.js shm:/dev/shm/board
 */
import { Endpoint, MctpError, decodeMessage } from "mctp-lpc/api";
import { hostLink } from "mctp-lpc/host";

const GET_ENDPOINT_ID = Uint8Array.of(0x00, 0x80, 0x02);
/** Type 0x7F, enterprise number 32473, format 1, operation Echo, and what is to come back. */
const ECHO = Uint8Array.of(0x7f, 0x00, 0x00, 0x7e, 0xd9, 0x01, 0x01, 0x68, 0x69);
/** The null EID: the endpoint at the other end of the link. */
const NULL_EID = 0;

try {
  await using host = new Endpoint(hostLink(process.argv[2] ?? "shm:/dev/shm/board"), { eid: 9 });
  await host.up({ deadline: 10_000 });
  const who = await host.request(NULL_EID, GET_ENDPOINT_ID);
  console.log(`EID ${who.source}: ${decodeMessage(who.bytes).title}`);
  const echo = await host.request(who.source, ECHO, { timeout: 1000, retries: 0, signal: AbortSignal.timeout(5000) });
  console.log(`${decodeMessage(echo.bytes).title} after ${echo.roundTripMicroseconds.toFixed(0)} us`);
} catch (error) {
  if (!(error instanceof MctpError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
