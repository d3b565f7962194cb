import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Fifo } from "../../../src/core/wire/fifo.ts";

test("a queue behaves as an array that is pushed and shifted, however it grows and wraps", () => {
  const commands = fc.array(fc.oneof(fc.nat(), fc.constant("shift"), fc.constant("takeAll")), { maxLength: 200 });
  fc.assert(
    fc.property(commands, (list) => {
      const queue = new Fifo<number>();
      const model: number[] = [];
      for (const command of list) {
        if (typeof command === "number") {
          queue.push(command);
          model.push(command);
        } else if (command === "shift") {
          expect(queue.shift()).toBe(model.shift());
        } else {
          expect(queue.takeAll()).toEqual(model.splice(0));
        }
        expect([queue.length, queue.first]).toEqual([model.length, model[0]]);
      }
    }),
  );
});
