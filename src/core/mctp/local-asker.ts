/** Who asks from within the endpoint: a message of the endpoint to itself comes from here, and its response goes back. */
export class LocalAsker {
  readonly answer: (response: Uint8Array) => void;

  constructor(answer: (response: Uint8Array) => void) {
    this.answer = answer;
  }
}
