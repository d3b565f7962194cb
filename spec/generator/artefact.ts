/** What the generator makes: files of spec/ whose whole contents follow from the code. */

export interface Artefact {
  /** From the project's folder, like "spec/figures/start-up-v3.svg". */
  readonly path: string;
  readonly text: string;
}
