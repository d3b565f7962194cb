/** What the host and the BMC that a script plays have in common: one side's hands on a stage, right or wrong. */
import type { Direction } from "../../../src/core/binding/side.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import type { BmcPlatform, HostPlatform } from "../../../src/platform/port.ts";
import { frameOf, packetOf } from "../../support/frames.ts";
import type { Stage } from "./stage.ts";

export abstract class ScriptedPeer<Platform extends HostPlatform | BmcPlatform = HostPlatform | BmcPlatform> {
  /** Of the session. */
  version: Version = 3;
  /** Where the project's own side sends to. */
  abstract readonly answers: Direction;
  protected readonly stage: Stage;
  protected readonly platform: Platform;
  /** The bit of STR that says that the register is full which this side writes. */
  readonly #full: number;

  constructor(stage: Stage, platform: Platform, full: number) {
    this.stage = stage;
    this.platform = platform;
    this.#full = full;
  }

  /** Where this side's packets lie. */
  abstract get sendsAt(): number;

  /** Lets the project's side run, and does what it asks for, until it asks for nothing more. */
  abstract serve(): void;

  /** Puts a frame into the buffer, right or wrong, says so, and lets the project's side answer. */
  abstract send(frame: Uint8Array): void;

  status(): number {
    return this.platform.port.readStatus("peer");
  }

  put(offset: number, bytes: Uint8Array): void {
    this.platform.window.write(offset, bytes, 0, bytes.length, "peer");
  }

  get(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.platform.window.read(offset, bytes, 0, length, "peer");
    return bytes;
  }

  /** Writes the data register when the project's side has emptied it. */
  write(byte: number): void {
    this.stage.settle();
    if (this.isFull) this.stage.look();
    if (this.isFull) throw new Error("the side under test does not read its register");
    this.platform.port.writeData(byte, "peer");
  }

  /** Writes the data register when it is empty, without letting the project's side run in front of it. */
  writeAtOnce(byte: number): void {
    if (!this.isFull) this.platform.port.writeData(byte, "peer");
  }

  frame(payloadBytes: number, seed = 0): Uint8Array {
    return frameOf(this.version, packetOf(payloadBytes, seed));
  }

  protected get isFull(): boolean {
    return (this.status() & this.#full) !== 0;
  }
}
