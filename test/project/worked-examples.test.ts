/** The worked examples of the MTU negotiation, negotiated by both sides on a board. */
import { describe, expect, test } from "@jest/globals";
import { negotiated, workedExamplesOf } from "../support/worked-example.ts";
import { readSpecification } from "./tables.ts";

const WINDOW_BYTES = 1024 * 1024;
const examples = workedExamplesOf(readSpecification("annex-walk-throughs.md"));

describe("LPC-MTU-3, LPC-MTU-4, LPC-MTU-7, LPC-MTU-8: the worked examples", () => {
  test("there are ten", () => {
    expect(examples).toHaveLength(10);
  });

  test.each(examples)("BMC %s and host %s", (bmc, host, ...computed) => {
    expect(negotiated(bmc, host, WINDOW_BYTES)).toEqual(computed);
  });
});
