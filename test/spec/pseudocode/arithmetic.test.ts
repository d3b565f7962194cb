/** Annex M computes versions, sizes and layouts as the program does. */
import { test } from "@jest/globals";
import { checkArithmetic } from "./arithmetic.ts";
import { LISTINGS } from "./listings.ts";

test("LPC-VER-1, LPC-VER-2, LPC-MTU-1 to -5, LPC-MTU-7, LPC-BUF-4: the listings compute what the program computes", () => {
  checkArithmetic(LISTINGS);
});
