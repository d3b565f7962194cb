/** The commands that ask a running agent. They share nearly all they need, so they are loaded together: few files. */
export { assignCommand, endpointsCommand, forgetCommand, routesCommand } from "./bus-owner.ts";
export { controlCommand } from "./messages/control.ts";
export { pldmCommand } from "./messages/pldm.ts";
export { requestCommand } from "./messages/request.ts";
export { serveCommand } from "./serve/serve-command.ts";
export { statusCommand } from "./status.ts";
export { pingCommand, sendFileCommand } from "./tools.ts";
