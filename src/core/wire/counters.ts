/** A table of counters: for each name the clause it cites and what is counted. */
export type CounterTable<Name extends string> = Readonly<
  Record<Name, { readonly clause: string; readonly text: string }>
>;

/** All counters of a table at zero. Made in one go, for an object that grows name by name counts slowly in V8. */
export function zeroCounters<Name extends string>(table: CounterTable<Name>): Record<Name, number> {
  return Object.fromEntries(Object.keys(table).map((name) => [name, 0])) as Record<Name, number>;
}
