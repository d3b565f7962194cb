/** What generated files that leave the repository say of their license. */

/** As SPDX writes it, and as package.json has it. */
export const LICENSE = "Apache-2.0";
export const COPYRIGHT = "Copyright 2026 the mctp-lpc authors";
