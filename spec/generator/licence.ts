/** Who has the rights in the specification, and under which licence it is: on the page, in print and in generated files. */

export const COPYRIGHT = "Copyright the mctp-lpc authors";
export const SPDX = "SPDX-License-Identifier: Apache-2.0";
/** For readers. */
export const LICENCE_NAME = "Apache License 2.0";

/** Its identifier alone, as package.json has it. */
export const LICENSE = "Apache-2.0";
