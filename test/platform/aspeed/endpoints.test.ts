/** Both sides on a KCS channel of a chip in memory: messages and restarts, with registers as chips have them and as QEMU does. */
import { afterEach, describe, expect, test } from "@jest/globals";
import { bmcLink } from "../../../bmc/link.ts";
import { hostLink } from "../../../host/link.ts";
import { Endpoint } from "../../../src/api/endpoint.ts";
import { kcsRegisters, REGISTER_DEPTH } from "../../../src/platform/aspeed/kcs-registers.ts";
import { KCS_CHANNELS } from "../../../src/platform/aspeed/soc.ts";
import { DeviceHealth } from "../../../src/platform/device/health.ts";
import { PolledInterrupts } from "../../../src/platform/device/polled-interrupts.ts";
import { MappedWindow } from "../../../src/platform/mapped-window.ts";
import type { BmcPlatform, HostPlatform } from "../../../src/platform/port.ts";
import { AspeedChip } from "../../support/aspeed-chip.ts";

const CHANNEL = 3;
const DEADLINE = { deadline: 10_000 };
const GET_ENDPOINT_ID = Uint8Array.of(0x00, 0x80, 0x02);

const opened: Endpoint[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((endpoint) => endpoint.close()));
});

function open(endpoint: Endpoint): Endpoint {
  opened.push(endpoint);
  return endpoint;
}

function hostOf(chip: AspeedChip, window: MappedWindow): HostPlatform {
  const look = (): number => chip.valueOf(KCS_CHANNELS[CHANNEL].str);
  const interrupts = new PolledInterrupts(look);
  const port = {
    readStatus: () => {
      interrupts.saw(look());
      return look();
    },
    readData: () => chip.hostReads(CHANNEL),
    writeData: (value: number) => {
      chip.hostWrites(CHANNEL, value);
    },
  };
  return { name: "host", depth: 1, window, interrupts, port, close: () => undefined };
}

function bmcOf(chip: AspeedChip, window: MappedWindow): BmcPlatform {
  const { port, interrupts } = kcsRegisters(chip, CHANNEL, new DeviceHealth(() => undefined));
  return { name: "bmc", depth: REGISTER_DEPTH, window, interrupts, port, close: () => undefined };
}

describe.each([false, true])("all bits of STR stored by a write: %s", (storesAllBits) => {
  test("requests are answered, after a restart of either side, too", async () => {
    const chip = new AspeedChip();
    chip.storesAllBits = storesAllBits;
    const window = new MappedWindow(new Uint8Array(64 * 1024));
    const startBmc = (): Endpoint => open(new Endpoint(bmcLink(bmcOf(chip, window)), { eid: 8, kind: "busOwner" }));
    const startHost = (): Endpoint => open(new Endpoint(hostLink(hostOf(chip, window)), { eid: 9 }));
    const ask = async (host: Endpoint): Promise<void> => {
      for (let n = 0; n < 5; n++) {
        const { bytes } = await host.request(0, GET_ENDPOINT_ID);
        expect([...bytes.subarray(2, 5)]).toEqual([0x02, 0x00, 8]);
      }
    };
    let [bmc, host] = [startBmc(), startHost()];
    await Promise.all([bmc.up(DEADLINE), host.up(DEADLINE)]);
    await ask(host);
    await bmc.close();
    bmc = startBmc();
    await Promise.all([bmc.up(DEADLINE), host.up(DEADLINE)]);
    await ask(host);
    await host.close();
    host = startHost();
    await host.up(DEADLINE);
    await ask(host);
  });
});
