/**
 * Jest runs tests in a realm of their own, Node's modules stay in the outer one: an error that node:fs throws is no
 * `instanceof Error` here, as it is in the program. Import this first where code under test tells errors by that.
 */
import { types } from "node:util";

const ordinary = Function.prototype[Symbol.hasInstance];

Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    return (this === Error && types.isNativeError(value)) || ordinary.call(this as () => unknown, value);
  },
});
