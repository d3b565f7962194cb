/** The host's start-up before a BMC played by hand: what delays it, what it begins again for, and what it rests for. */
import { Field, encodeVersionRange } from "../../../../src/core/binding/control-region.ts";
import { Command, SESSION_BITS, Status } from "../../../../src/core/binding/registers.ts";
import { CLOSING_RANGE } from "../../../../src/core/binding/versions.ts";
import { HandBmc } from "../../scenarios/hands.ts";
import { Lab } from "../../scenarios/lab.ts";
import type { TraceSource } from "../traces.ts";

export function handBmc(): HandBmc {
  return new HandBmc(new Lab({ byHand: "bmc", windowBytes: 4096 }));
}

/** The host has closed and fenced twice; Channel Active, which the close should have cleared, is set. */
function loseClose(bmc: HandBmc): void {
  bmc.expect(Command.INITIALISE, Command.DUMMY);
  bmc.lab.settle();
  bmc.setStatus(SESSION_BITS);
  bmc.expect(Command.DUMMY);
  bmc.lab.settle();
  bmc.setStatus(Status.BMC_ACTIVE);
}

/** A proposal and its fences, with something done in front of the last fence. */
function propose(bmc: HandBmc, answer: () => void): void {
  bmc.takeClose();
  bmc.takeProposal();
  answer();
  bmc.expect(Command.DUMMY, Command.DUMMY);
  bmc.lab.settle();
}

function zeroVersions(bmc: HandBmc): void {
  bmc.put(Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE));
}

function noMagic(): TraceSource {
  const bmc = handBmc();
  const { lab } = bmc;
  lab.start("host");
  lab.settle();
  bmc.put(Field.magic, Uint8Array.of(0xde, 0xad, 0xbe, 0xef));
  for (const status of [0x00, 0x40, Status.BMC_ACTIVE, SESSION_BITS]) {
    bmc.setStatus(status);
    bmc.look();
  }
  bmc.setStatus(Status.BMC_ACTIVE);
  bmc.give(Command.TX_BEGIN);
  bmc.look();
  bmc.writeRegion();
  bmc.look();
  bmc.openSession();
  return lab.record(
    "no-magic",
    "Registers of another interface",
    "Something else than a BMC of this binding has the registers and the window: no magic, changing bits of STR, a byte in ODR. The host looks at STR and at the magic, and touches nothing. When the magic stands there, it reads the byte as one of an older session and begins.",
  );
}

function slowBmc(): TraceSource {
  const bmc = handBmc();
  const { lab } = bmc;
  const late = (byte: number): void => {
    lab.settle();
    bmc.look();
    bmc.expect(byte);
  };
  bmc.stand();
  lab.start("host");
  lab.settle();
  lab.kill("host");
  lab.start("host");
  for (const byte of [Command.INITIALISE, Command.INITIALISE]) late(byte);
  bmc.refuse();
  for (const byte of [Command.DUMMY, Command.DUMMY, Command.INITIALISE]) late(byte);
  bmc.accept();
  for (const byte of [Command.DUMMY, Command.DUMMY]) late(byte);
  lab.settle();
  return lab.record(
    "slow-bmc",
    "A BMC that reads late",
    "The BMC leaves every byte in IDR until the host has looked at STR again. An older host has left its close there, too. The host writes nothing while IBF is set, and judges nothing before its last fence was read.",
  );
}

function odrRefilled(): TraceSource {
  const bmc = handBmc();
  const { lab } = bmc;
  bmc.stand();
  lab.start("host");
  bmc.takeClose();
  // The second fence was read, and ODR is filled twice before the host has looked behind the first byte.
  bmc.give(Command.DUMMY);
  lab.interruptBehind("H0.3", () => {
    bmc.give(Command.DUMMY);
  });
  lab.settle();
  bmc.takeProposal();
  bmc.accept();
  bmc.expect(Command.DUMMY, Command.DUMMY);
  lab.settle();
  return lab.record(
    "odr-refilled",
    "ODR is filled again in front of the proposal",
    "Behind its fences the host finds a byte in ODR, and another one in its place when it has read it. It proposes nothing while ODR holds a byte.",
  );
}

function bmcActiveFalls(): TraceSource {
  const bmc = handBmc();
  const { lab } = bmc;
  const fall = (): void => {
    lab.settle();
    bmc.setStatus(0);
    bmc.look();
    bmc.appear();
  };
  lab.start("host");
  lab.settle();
  bmc.appear();
  bmc.expect(Command.INITIALISE);
  fall();
  bmc.expect(Command.DUMMY);
  bmc.takeClose();
  bmc.takeProposal();
  fall();
  bmc.expect(Command.DUMMY);
  bmc.openSession();
  return lab.record(
    "bmc-active-falls",
    "BMC Active falls in a start-up",
    "The BMC clears BMC Active between two steps of the host's start-up, and sets it again: once behind the close, once behind the proposal. Each time the host waits for BMC Active and then begins with the close.",
  );
}

function nineStartUps(): TraceSource {
  const bmc = handBmc();
  const { lab } = bmc;
  bmc.stand();
  lab.start("host");
  // H1.9, H1.17, H1.19.
  loseClose(bmc);
  propose(bmc, () => {
    bmc.refuse();
  });
  propose(bmc, () => {
    zeroVersions(bmc);
  });
  // H1.22: the channel ends while the host reads its terms.
  lab.interruptBehind("H1.20", () => {
    bmc.setStatus(Status.BMC_ACTIVE);
  });
  propose(bmc, () => {
    bmc.accept();
  });
  // H1.24: STR is still that of a BMC that has restarted.
  propose(bmc, () => {
    zeroVersions(bmc);
    bmc.accept(bmc.layout, 0);
  });
  bmc.setStatus(Status.BMC_ACTIVE);
  lab.settle();
  // H1.26.
  const { bmcToHost, hostToBmc } = bmc.layout;
  propose(bmc, () => {
    bmc.accept({ bmcToHost: { ...bmcToHost, size: bmcToHost.size + 1 }, hostToBmc: { ...hostToBmc, offset: 0x200 } });
  });
  bmc.setStatus(Status.BMC_ACTIVE);
  for (let startUp = 7; startUp <= 9; startUp++) loseClose(bmc);
  lab.settle();
  // H1.29: the rest, which a look does not end.
  bmc.look();
  lab.wait();
  bmc.openSession();
  return lab.record(
    "nine-start-ups",
    "Nine start-ups in a row",
    "Eight start-ups lead to nothing, each for another reason as far as there are reasons, and the host begins again at once: a close that was lost (H1.9), the first refusal (H1.17), a restart (H1.19), a channel that ends while it is judged (H1.22), a restart behind Channel Active (H1.24), an rx_size above the one asked for (H1.26). After the ninth the host rests for T_refused (H1.29). The tenth leads to a session.",
  );
}

function refusals(): TraceSource {
  const bmc = handBmc();
  const { lab } = bmc;
  const refuse = (): void => {
    propose(bmc, () => {
      bmc.refuse();
    });
  };
  bmc.stand();
  lab.start("host");
  refuse();
  bmc.openSession();
  bmc.setStatus(Status.BMC_ACTIVE);
  bmc.write(Command.DUMMY);
  refuse();
  refuse();
  bmc.look();
  // A restart zeroes the version fields; nothing else tells the host.
  zeroVersions(bmc);
  bmc.look();
  // The refusal has ended the row: eight more start-ups lead to no rest.
  for (let startUp = 1; startUp <= 8; startUp++) loseClose(bmc);
  bmc.openSession();
  return lab.record(
    "refusals",
    "Refusals, and a restart in the rest",
    "The first refusal is provisional: the host begins again, and comes to a session. When that has ended, the next refusal is the first again. The one behind it is believed, and the host rests. The BMC restarts, which zeroes the host's version fields, and the host begins again before T_refused is over. Eight closes are lost then (H1.9): the refusal is not counted among the start-ups in a row, and the host does not rest.",
  );
}

function declined(): TraceSource {
  const bmc = handBmc();
  const { lab } = bmc;
  const { bmcToHost } = bmc.layout;
  bmc.stand();
  lab.start("host");
  // Both buffers in one place.
  propose(bmc, () => {
    bmc.accept({ bmcToHost, hostToBmc: bmcToHost });
  });
  bmc.expect(Command.INITIALISE);
  bmc.refuse();
  bmc.look();
  lab.wait();
  // A version that the host has not proposed.
  propose(bmc, () => {
    bmc.accept(bmc.layout, 4);
  });
  bmc.expect(Command.INITIALISE);
  bmc.refuse();
  lab.wait();
  bmc.openSession();
  return lab.record(
    "declined",
    "Answers that the host cannot use",
    "The BMC answers with two buffers in one place, then with version 4. The host declines each with a closing Initialise, without fences, and rests for T_refused before it begins again. The third answer is good.",
  );
}

export function hostStartUps(): readonly TraceSource[] {
  return [noMagic(), slowBmc(), odrRefilled(), bmcActiveFalls(), nineStartUps(), refusals(), declined()];
}
