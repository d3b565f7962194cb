/** A table of counters: for each name the clause it cites and what is counted. */
export type CounterTable<Name extends string> = Readonly<
  Record<Name, { readonly clause: string; readonly text: string }>
>;

/** All counters of a table at zero. */
export function zeroCounters<Name extends string>(table: CounterTable<Name>): Record<Name, number> {
  const counters = {} as Record<Name, number>;
  for (const name of Object.keys(table) as Name[]) counters[name] = 0;
  return counters;
}
