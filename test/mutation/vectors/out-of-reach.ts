/** Mistakes that no vector can find, and why. */

export const OUT_OF_REACH: ReadonlyMap<string, string> = new Map([
  [
    "host-stops-and-opens-again",
    "no access follows: the stop is asked for again in the next round, and there is nothing to close then",
  ],
  [
    "bmc-looks-no-more-while-announcing",
    "a trace says when a side looks, not what it is woken by: a BMC that every row calls looks in time without it",
  ],
  ["host-speaks-newest-version-alone", "a host to which a vector tells its versions does not need a default"],
  ["offer-above-mtu", "the layers above cut messages to the MTU: a vector gives the binding no larger packet"],
  ["offer-without-session", "what a side says to the layers above: no vector offers a packet outside a session"],
  [
    "assemblies-exhausted",
    "a source may have as many unfinished messages as there are tags: the next one takes the place of one of them",
  ],
]);
