/** The commands of agents and their boards. They share nearly all they need, so they are loaded together: few files. */
export { secondBoard } from "../../bmc/board-link.ts";
export { bmcCommand } from "../../bmc/cli.ts";
export { hostCommand } from "../../host/cli.ts";
export { boardCommand } from "./board.ts";
export { endpointCommand } from "./endpoint.ts";
export { findCommand } from "./find.ts";
export { isolationCommand } from "./isolation.ts";
