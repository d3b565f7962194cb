/** The steps of the BMC's tables (specification, clause 11; LPC-BMC-13), in their order, each with the access that it makes. */
export const BMC_STEPS = {
  /* Start. */
  "B1.1": "writeStatus",
  "B1.2": "writeWindow",
  "B1.3": "readStatus",
  "B1.4": "writeOdr",
  "B1.5": "writeWindow",
  "B1.6": "writeWindow",
  "B1.7": "writeWindow",
  "B1.8": "writeStatus",
  /* Service. */
  "B2.1": "none",
  "B2.2": "readStatus",
  "B2.3": "none",
  "B2.4": "none",
  "B2.5": "readIdr",
  "B2.6": "readWindow",
  "B2.7": "readWindow",
  "B2.8": "readStatus",
  "B2.9": "none",
  "B2.10": "none",
  "B2.11": "readIdr",
  "B2.12": "none",
  "B2.13": "none",
  "B2.14": "none",
  "B2.15": "none",
  "B2.16": "none",
  "B2.17": "none",
  /* Initialise. */
  "B3.1": "readStatus",
  "B3.2": "none",
  "B3.3": "none",
  "B3.4": "readWindow",
  "B3.5": "writeWindow",
  "B3.6": "writeWindow",
  "B3.7": "writeStatus",
  "B3.8": "writeStatus",
  /* A byte that waits for ODR. */
  "B4.1": "writeOdr",
  "B4.2": "writeOdr",
  "B4.3": "writeOdr",
  /* Transmit. */
  "B5.1": "writeWindow",
  "B5.2": "writeWindow",
  "B5.3": "writeWindow",
  /* Stop. */
  "B6.1": "writeStatus",
  "B6.2": "readStatus",
  "B6.3": "writeOdr",
  "B6.4": "none",
} as const;

export type BmcStep = keyof typeof BMC_STEPS;
