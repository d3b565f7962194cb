/** Where a host's start-up is stopped by cases, and what shows that its session goes on. */
import { Command, commandName } from "../../core/binding/registers.ts";
import { Broken, NotTestable } from "../outcome.ts";
import type { PlayedBmc, SeenProposal } from "../played-bmc.ts";
import type { FrameOptions } from "../player.ts";

/** Milliseconds in which a host that begins again at once has written its close: well below T_refused. */
export const AT_ONCE = 700;
/** Milliseconds of a rest of T_refused, 1 s, in which no timer is early enough to end it. */
export const SURE_REST = 850;
/** Milliseconds of T_refused. */
export const REST = 1000;
/** Fences behind each Initialise. */
export const FENCES = 2;

/** Of packets that the host takes and drops above the binding: nobody here has that EID. */
export const STRANGER_OPTIONS = { destination: 0x77 } as const;

export function isClose({ versions: { min, cur } }: SeenProposal): boolean {
  return min === 0 && cur === 0;
}

export function rangeText({ versions: { min, cur } }: SeenProposal): string {
  return `${String(min)} to ${String(cur)}`;
}

/** The next Initialise, unanswered, and the host's fields behind it. Undefined: none comes in time. */
export async function nextInitialise(bmc: PlayedBmc, milliseconds?: number): Promise<SeenProposal | undefined> {
  const end = bmc.now + (milliseconds ?? Math.min(bmc.patience, bmc.surroundings.patience));
  for (;;) {
    const byte = await bmc.takeByte(Math.max(0, end - bmc.now));
    if (byte === undefined) return undefined;
    if (byte === Command.INITIALISE) return bmc.proposal();
  }
}

/** The first Initialise of a start-up, unanswered. Not testable where none comes. */
export async function takeInitialise(bmc: PlayedBmc, milliseconds?: number): Promise<SeenProposal> {
  return (await nextInitialise(bmc, milliseconds)) ?? bmc.notTestable("the host writes no Initialise");
}

/** Answers closes until the host proposes versions; its Initialise is read, and not answered. */
export async function takeProposal(bmc: PlayedBmc): Promise<SeenProposal> {
  const end = bmc.now + 2 * bmc.surroundings.patience;
  while (bmc.now < end) {
    const proposal = await takeInitialise(bmc);
    if (!isClose(proposal)) return proposal;
    await bmc.answerInitialise();
  }
  return bmc.notTestable("the host proposes no versions");
}

/** Reads the fences behind an Initialise; not testable where something else comes. */
export async function takeFences(bmc: PlayedBmc, fences: number = FENCES): Promise<void> {
  for (let fence = 0; fence < fences; fence++) {
    const byte = await bmc.takeByte();
    if (byte === Command.DUMMY) continue;
    bmc.notTestable(byte === undefined ? "the host writes no fence" : `${commandName(byte)} comes in place of a fence`);
  }
}

/** Whether the host is in its session and takes a packet. */
export async function isServing(bmc: PlayedBmc): Promise<boolean> {
  try {
    return await bmc.probe();
  } catch (error) {
    // A host that no longer reads ODR takes no packet.
    if (error instanceof NotTestable || (error instanceof Broken && error.requirement === "LPC-KCS-11")) return false;
    throw error;
  }
}

/** Breaks `requirement` where the host's session does not go on behind what `behind` names: "behind an unknown byte". */
export async function expectKept(bmc: PlayedBmc, requirement: string, behind: string): Promise<void> {
  if (await isServing(bmc)) return;
  bmc.broken(
    requirement,
    `${behind}, ${bmc.hasLeft ? "the host begins a start-up" : "a packet for the host gets no Rx Complete"}`,
    "the session goes on as if nothing had been",
  );
}

/** Breaks `requirement` where no session comes about behind what `behind` names. */
export async function expectSession(bmc: PlayedBmc, requirement: string, behind: string): Promise<void> {
  if (await bmc.serveStartUp()) return;
  bmc.broken(requirement, `${behind}, the host opens no session`, "a start-up, and a session");
}

/** Breaks `requirement` where the host writes no Initialise in time; gives its fields where it does. */
export async function expectInitialise(
  bmc: PlayedBmc,
  requirement: string,
  behind: string,
  milliseconds: number = bmc.surroundings.patience,
): Promise<SeenProposal> {
  const began = bmc.now;
  const proposal = await nextInitialise(bmc, milliseconds);
  if (proposal !== undefined) return proposal;
  const waited = String(Math.round(bmc.now - began));
  return bmc.broken(requirement, `${behind}, no Initialise comes in ${waited} ms`, "the host begins a start-up");
}

/** Breaks LPC-HOST-16 where the host leaves a byte in ODR while its own byte waits in IDR. */
export async function expectOdrRead(bmc: PlayedBmc): Promise<void> {
  if (await bmc.odrRead()) return;
  bmc.broken(
    "LPC-HOST-16",
    `with IDR full, a byte in ODR is not read in ${String(bmc.surroundings.patience)} ms`,
    "a byte in ODR is read in every round (H0.3, H2.4)",
  );
}

/** Sends a packet. False: no Rx Complete comes, for whatever reason. */
export async function isTaken(bmc: PlayedBmc, packet: Uint8Array, frame?: FrameOptions): Promise<boolean> {
  try {
    return await bmc.send(packet, frame);
  } catch (error) {
    if (error instanceof NotTestable || (error instanceof Broken && error.requirement === "LPC-KCS-11")) return false;
    throw error;
  }
}

/** A start-up up to its proposal, with a Tx Begin behind the close that belongs to no session. */
export async function giveOldTxBegin(bmc: PlayedBmc): Promise<void> {
  // Rx Completes that come answer no packet of the tester.
  bmc.answersRequests = false;
  await bmc.start();
  const close = await takeInitialise(bmc);
  if (!isClose(close)) bmc.notTestable("the host does not close before it opens");
  await bmc.answerInitialise();
  await expectOdrRead(bmc);
  bmc.writeByte(Command.TX_BEGIN);
  await expectOdrRead(bmc);
  await takeProposal(bmc);
}
