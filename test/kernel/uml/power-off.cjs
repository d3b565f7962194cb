// Ends the machine: the last thing that the first process of a User-Mode Linux does.
const koffi = require("koffi");

const LINUX_REBOOT_CMD_POWER_OFF = 0x4321fedc;
const library = koffi.load(null);
library.func("void sync()")();
library.func("int reboot(int command)")(LINUX_REBOOT_CMD_POWER_OFF);
