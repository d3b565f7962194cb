/** The UUID that an endpoint has without --uuid. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { machineUuid } from "../../src/agent/machine-uuid.ts";
import { uuidText } from "../../src/core/mctp/control/identifiers.ts";

const PRODUCT = "4C4C4544-0042-3510-8052-B4C04F4D3632\n";
const MACHINE = "3d1219c7c4c5404aaa1f6d2a48adfda4\n";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mctp-lpc-uuid-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The UUID, with these texts in the files that name a machine; undefined: no such file. */
function uuidWith(product: string | undefined, machine: string | undefined, role = "host", place = "shm:/board") {
  const sources = [product, machine].map((text, index) => {
    const path = join(folder, String(index));
    rmSync(path, { force: true });
    if (text !== undefined) writeFileSync(path, text);
    return path;
  });
  const { uuid, isRandom } = machineUuid(role, place, sources);
  return { text: uuidText(uuid), isRandom };
}

describe("the UUID of an endpoint that was given none", () => {
  test("is the same at each start, whatever else the machine has", () => {
    const first = uuidWith(PRODUCT, MACHINE);
    expect(first.text).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([uuidWith(PRODUCT, MACHINE), uuidWith(PRODUCT, undefined)]).toEqual([first, first]);
    expect(first.isRandom).toBe(false);
  });

  test("differs between machines, roles and places, and shows nothing of the machine's identity", () => {
    const all = [
      uuidWith(PRODUCT, MACHINE),
      uuidWith(undefined, MACHINE),
      uuidWith(PRODUCT, MACHINE, "bmc"),
      uuidWith(PRODUCT, MACHINE, "host", "shm:/other"),
    ].map(({ text }) => text);
    expect(new Set(all).size).toBe(all.length);
    expect(all).not.toContain(PRODUCT.trim().toLowerCase());
  });

  test.each(["00000000-0000-0000-0000-000000000000", "F".repeat(32), "Not Settable", ""])(
    "a product UUID %j names no machine: the next file does",
    (product) => {
      expect(uuidWith(product, MACHINE)).toEqual(uuidWith(undefined, MACHINE));
    },
  );

  test("is random where nothing names the machine, which is said", () => {
    const [one, other] = [uuidWith(undefined, undefined), uuidWith(undefined, undefined)];
    expect([one.isRandom, one.text === other.text]).toEqual([true, false]);
    expect(one.text[14]).toBe("4");
  });
});
