/** Gives equal things one small number each, from 0 in the order of their coming, so that states are rows of numbers. */
export class Interner<Value> {
  readonly #numbers = new Map<string, number>();
  readonly #values: Value[] = [];

  get size(): number {
    return this.#values.length;
  }

  /** The number of `value`; two values are equal when their keys are. */
  number(key: string, value: Value): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#values.length;
    this.#numbers.set(key, number);
    this.#values.push(value);
    return number;
  }

  value(number: number): Value {
    const value = this.#values[number];
    if (value === undefined) throw new RangeError(`nothing has the number ${String(number)}`);
    return value;
  }
}
