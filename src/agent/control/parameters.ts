/** What a parameter of a control method may be. Every call is judged by these, before its method runs. */
import { fromHex } from "../../core/wire/bytes.ts";
import { parseUuid } from "../../core/mctp/control/identifiers.ts";
import { parseVersion } from "../../core/mctp/control/version-number.ts";
import { isAssignable } from "../../core/mctp/message.ts";
import { Failure } from "../../platform/failure.ts";

/** One parameter. `Value` is its type on the socket. */
export interface Field<Value> {
  /** For people: what it has to be. */
  readonly wants: string;
  readonly isOptional: boolean;
  readonly accepts: (value: unknown) => boolean;
  /** Of a field with a type only. */
  readonly value?: Value;
}

/** For each parameter its field; only the optional ones may be left out of a call. */
export type FieldsOf<Parameters> = {
  readonly [Name in keyof Parameters]-?: Field<Exclude<Parameters[Name], undefined>> & {
    readonly isOptional: undefined extends Parameters[Name] ? true : false;
  };
};

type Required<Value> = Field<Value> & { readonly isOptional: false };

function field<Value>(wants: string, accepts: (value: unknown) => boolean): Required<Value> {
  return { wants, accepts, isOptional: false };
}

export function optional<Value>({ wants, accepts }: Field<Value>): Field<Value> & { readonly isOptional: true } {
  return { wants, accepts, isOptional: true };
}

export function whole([least, most]: readonly [number, number]): Required<number> {
  return field(
    `a whole number from ${String(least)} to ${String(most)}`,
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
  );
}

export const TEXT: Required<string> = field("text", (value) => typeof value === "string");
export const FLAG: Required<boolean> = field("true or false", (value) => typeof value === "boolean");
export const EID: Required<number> = field(
  "an EID from 8 to 254",
  (value) => typeof value === "number" && isAssignable(value),
);
/** The null EID means the endpoint at the other end of the link. */
export const EID_OR_NULL: Required<number> = field(`${EID.wants}, or 0`, (value) => value === 0 || EID.accepts(value));
export const UUID: Required<string> = field(
  "a UUID of 32 hexadecimal digits",
  (value) => typeof value === "string" && parseUuid(value) !== undefined,
);

export const VERSION: Required<string> = field(
  "a version like 1.0.0",
  (value) => typeof value === "string" && parseVersion(value) !== undefined,
);

export function shortText(most: number): Required<string> {
  return field(
    `text of ${String(most)} characters at most`,
    (value) => typeof value === "string" && value.length > 0 && value.length <= most,
  );
}

/** Bytes as hexadecimal digits. */
export function hex(least: number, most: number): Required<string> {
  return field(`${String(least)} to ${String(most)} bytes in hexadecimal`, (value) => {
    const bytes = typeof value === "string" ? fromHex(value) : undefined;
    return bytes !== undefined && bytes.length >= least && bytes.length <= most;
  });
}

/** Throws a Failure with code `parameters`, which names the method and the first parameter that is wrong. */
export function judgeParameters(
  method: string,
  fields: Readonly<Record<string, Field<unknown>>>,
  given: unknown,
): Readonly<Record<string, unknown>> {
  const refuse = (why: string): never => {
    throw new Failure("parameters", `${method}: ${why}`);
  };
  if (typeof (given ?? {}) !== "object" || Array.isArray(given)) return refuse("parameters must be an object");
  const values = (given ?? {}) as Readonly<Record<string, unknown>>;
  for (const [name, { wants, accepts, isOptional }] of Object.entries(fields)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined ? !isOptional : !accepts(value)) return refuse(`${name} must be ${wants}`);
  }
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(fields, name));
  return unknown === undefined ? values : refuse(`there is no parameter ${JSON.stringify(unknown.slice(0, 40))}`);
}
