import { Scratch } from "./scratch.ts";
import { judge, failures } from "./judge.ts";
import { MISTAKES } from "./mistakes.ts";
import { SCENARIOS } from "./scenarios.ts";
const names = process.argv.slice(2);
const ORDER = ["v3","one-way-up","one-way-down","v1","v2","refused","large-packets","spurious","lost-interrupt",
"deployed BMC: no fault","deployed host: F1: no fault, no clock","deployed BMC: no common version, one kill","refused-killed","refused-then-renewed",
"killed","stopped","deployed BMC: F16, F21, F22, U9: one kill of either side","deployed host: F1, F2, F17, U1: one kill of either side","deployed host: F2: one orderly stop of either side",
"deployed BMC: F16, F21, F22, U10: one kill of either side","deployed host: F2, F24: the BMC goes with a reset that clears STR","deployed host: F24: the host goes with a reset that clears STR",
"smaller-mtu","reset","deployed host: F5: one kill; the BMC's second life offers less","deployed BMC: one kill; the host's second life wants less","deployed BMC: one kill; the BMC's second life offers less","deployed host: F24: STR cleared under both, and a host without F1 and F17","platform-reset","torn"];
const scen = ORDER.filter(n => { if (!SCENARIOS.has(n)) console.log("no", n); return SCENARIOS.has(n); });
const s = new Scratch(process.cwd());
process.on("SIGINT", () => { s.remove(); process.exit(1); });
for (const m of MISTAKES.filter(m => names.length === 0 || names.includes(m.name))) {
  try { s.seed(m); } catch (e) { console.log(m.name, "STALE", (e as Error).message); continue; }
  console.log("##", m.name);
  let found = 0;
  for (const sc of scen) {
    try { const v = await judge(s, { explore: sc }); if (v.noticed) { console.log("   ", sc, "|", v.what); if (++found === 2 ) break; } }
    catch (e) { console.log("   ", sc, "| ERROR", (e as Error).message); }
  }
  if (found === 0) try {
    for (const f of await failures(s, ["test/host/","test/bmc/","test/binding/","test/mctp/"])) console.log("    T:", f);
  } catch (e) { console.log("   T ERROR", (e as Error).message.slice(0,200)); }
  s.restore(m);
}
s.remove();
