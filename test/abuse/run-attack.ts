/** One attack from the opening of its stage to its figures: honest traffic undisturbed first, then beside the attack. */
import type { Attack, AttackResult } from "./attack.ts";
import { goalsOf } from "./goals.ts";
import { ownBytes, processorSeconds, waitedSeconds } from "./process-figures.ts";
import { Stage } from "./stage.ts";
import { summaryOf } from "./summary.ts";
import { pause } from "./pause.ts";
import type { TrafficFigures } from "./honest-traffic.ts";

const LOOK_MILLISECONDS = 100;
/** Behind the hold: what waits in queues is worked off, and what is left is what the attacker makes the agent hold. */
const HOLD_MILLISECONDS = 300;

export interface RunOptions {
  /** The built program. */
  readonly program: string;
  readonly seconds: number;
  /** Of the undisturbed traffic before the attack, beside a process that keeps a processor as busy; default: as many. */
  readonly undisturbedSeconds?: number | undefined;
  /** A time that is too long by the agent's fault is so in each run; by the machine's other work hardly. */
  readonly runs: number;
  /** Ends the run: everything is put away, and the signal's reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

interface Phase {
  readonly traffic: TrafficFigures;
  readonly processorSeconds: number;
  readonly waitedSeconds: number;
  readonly wallSeconds: number;
  readonly grownBytes: number;
}

/** As `runAttack`, and again where nothing but a time was missed. `say`: a line for people. */
export async function runQuietly(
  attack: Attack,
  options: RunOptions,
  say: (line: string) => void = () => undefined,
): Promise<AttackResult> {
  for (let run = 1; ; run++) {
    const result = await runAttack(attack, options);
    const missed = goalsOf(result).filter(({ verdict }) => verdict === "missed");
    if (missed.length === 0 || run >= options.runs || missed.some(({ undisturbed }) => undisturbed === undefined)) {
      return result;
    }
    const times = missed.map(({ name, measured }) => `${name} ${measured}`).join("; ");
    say(`${attack.name}: ${times}; this may be the machine's other work, so it is run again`);
  }
}

export async function runAttack(
  attack: Attack,
  { program, seconds, undisturbedSeconds = seconds, signal }: Omit<RunOptions, "runs">,
): Promise<AttackResult> {
  const { name, plays = name, place, window, environment } = attack;
  const stage = new Stage({ program, place, plays, window, environment });
  try {
    await stage.open();
    const { victim, attacker } = stage;
    await victim.look();
    const before = await undisturbed(stage, undisturbedSeconds, signal);
    const lookBefore = await victim.look();

    const logBefore = victim.logBytes;
    const writesBefore = stage.stateWrites;
    stage.beginAttack();
    const during = await phase(stage, seconds, signal);
    const logBytes = victim.logBytes - logBefore;
    const stateWrites = stage.stateWrites - writesBefore;
    const lookDuring = await victim.look();
    const wrong = [...during.traffic.wrong];
    if (attack.honestReturns === true) wrong.push(...(await honestReturned(stage)));
    attacker.hold();
    await pause(HOLD_MILLISECONDS);
    const { heldBytes } = await victim.look();
    const status = await victim.status();
    attacker.goOn();
    wrong.push(
      ...(attack.gotThrough?.(stage, status) ?? []),
      ...logTroubles(victim.log),
      ...errorTroubles(victim.errors, attack),
    );
    if (attack.counters !== undefined) wrong.push(...uncounted(attack.counters, status.counters));
    const inbox = [...stage.received()].filter(([path]) => !path.includes("honest-"));
    const stopMilliseconds = await victim.stop();
    const tried = await attacker.end();
    return {
      attack,
      seconds,
      tried,
      gotThrough: [...new Set(wrong)],
      before: summaryOf(before.traffic.inbound, before.traffic.outbound),
      during: summaryOf(during.traffic.inbound, during.traffic.outbound),
      toolsBefore: summaryOf(before.traffic.tools),
      toolsDuring: summaryOf(during.traffic.tools),
      files: during.traffic.files,
      heldBytes: Math.max(heldBytes, lookDuring.heldBytes) - lookBefore.heldBytes,
      grownBytes: during.grownBytes,
      processorShare: shareOf(during) - shareOf(before),
      logBytes,
      stateWrites,
      inboxBytes: inbox.reduce((sum, [, bytes]) => sum + bytes, 0),
      inboxFiles: inbox.length,
      waitedBefore: before.waitedSeconds / before.wallSeconds,
      waited: during.waitedSeconds / during.wallSeconds,
      busiestBefore: lookBefore.busiest,
      busiest: lookDuring.busiest,
      latest: lookDuring.latest,
      stopMilliseconds,
    };
  } finally {
    await stage.dispose();
  }
}

async function undisturbed(stage: Stage, seconds: number, signal: AbortSignal | undefined): Promise<Phase> {
  const burner = await stage.startPeer("burner");
  burner.begin({ victim: 0, honest: 0, honestUuid: "", kept: 0 });
  const figures = await phase(stage, seconds, signal);
  await burner.end();
  return figures;
}

async function phase(stage: Stage, seconds: number, signal: AbortSignal | undefined): Promise<Phase> {
  const { victim } = stage;
  const traffic = stage.traffic();
  await traffic.start();
  const began = performance.now();
  const [usedBefore, waitedBefore] = [processorSeconds(victim.pid), waitedSeconds(victim.pid)];
  const ownBefore = ownBytes(victim.pid);
  let most = ownBefore;
  while (performance.now() < began + 1000 * seconds && victim.isRunning) {
    await pause(LOOK_MILLISECONDS);
    signal?.throwIfAborted();
    most = Math.max(most, ownBytes(victim.pid));
  }
  const wallSeconds = (performance.now() - began) / 1000;
  const [used, waited] = [processorSeconds(victim.pid) - usedBefore, waitedSeconds(victim.pid) - waitedBefore];
  return {
    traffic: await traffic.stop(),
    processorSeconds: used,
    waitedSeconds: waited,
    wallSeconds,
    grownBytes: most - ownBefore,
  };
}

const shareOf = ({ processorSeconds: used, wallSeconds }: Phase): number => used / wallSeconds;

/** The honest endpoint ends and comes again while the attack goes on. */
async function honestReturned(stage: Stage): Promise<readonly string[]> {
  const { honestEid } = stage;
  try {
    const eid = await stage.startHonest();
    return eid === honestEid
      ? []
      : [`the honest endpoint came again and got EID ${String(eid)}, not ${String(honestEid)}`];
  } catch {
    return ["the honest endpoint came again, and the log of the attacked agent does not say so"];
  }
}

/** Control characters in a log are not the agent's own. */
function logTroubles(log: string): readonly string[] {
  const isRaw = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u.test(log);
  const raw = isRaw ? ["control characters stand in the log"] : [];
  const forged = log.split("\n").some((line) => line !== "" && !/^\d\d:\d\d:\d\d\.\d\d\d (host|bmc ) /.test(line));
  return [...raw, ...(forged ? ["a line stands in the log that is not the agent's"] : [])];
}

/** An agent writes nothing to standard error but DEBUG output. */
function errorTroubles(errors: string, { environment }: Attack): readonly string[] {
  const isAsked = environment?.["DEBUG"] !== undefined;
  return isAsked || errors === "" ? [] : [`the agent wrote to standard error: ${errors.slice(0, 200)}`];
}

function uncounted(names: readonly string[], groups: object): readonly string[] {
  const counted = Object.values(groups).some((group: Readonly<Record<string, number>>) =>
    names.some((name) => (group[name] ?? 0) > 0),
  );
  return counted ? [] : [`none of the counters ${names.join(", ")} has counted: the attack has not met the rule`];
}
