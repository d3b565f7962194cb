/** How control messages name a link: its transport binding and its medium, in the numbers of DSP0239. */

/** Transport bindings that links of this program have. */
export const Binding = {
  /** DSP0253. */
  SERIAL: 0x05,
  /** The LPC channel, for which there is no number. */
  VENDOR: 0xff,
} as const;

/** Media that links of this program have. */
export const Medium = {
  UNSPECIFIED: 0x00,
  /** Between management controllers and managed devices. */
  ASYNCHRONOUS_SERIAL: 0x24,
} as const;

export const BINDING_NAMES: Readonly<Record<number, string>> = {
  0x00: "reserved",
  0x01: "SMBus",
  0x02: "PCIe VDM",
  0x03: "USB",
  0x04: "KCS",
  0x05: "serial",
  0x06: "I3C",
  0x07: "MMBI",
  0x08: "PCC",
  0x09: "UCIe",
  0xff: "vendor-defined, like MCTP over LPC",
};

export const MEDIUM_NAMES: Readonly<Record<number, string>> = {
  0x00: "unspecified",
  0x01: "SMBus 2.0, 100 kHz",
  0x02: "SMBus 2.0 and I2C, 100 kHz",
  0x03: "I2C, 100 kHz",
  0x04: "SMBus 3.0 or I2C, 400 kHz",
  0x05: "SMBus 3.0 or I2C, 1 MHz",
  0x20: "KCS at a fixed address",
  0x21: "KCS over PCI",
  0x22: "serial port of the host at a fixed address",
  0x23: "serial port of the host over PCI",
  0x24: "asynchronous serial",
};
