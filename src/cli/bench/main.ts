/** `npm run bench`: not part of the package, which has no use for it. */
import { watchOutput } from "../output.ts";
import { runCommand } from "../run-command.ts";
import { benchCommand } from "./bench-command.ts";

watchOutput();
await runCommand(benchCommand().exitOverride(), process.argv.slice(2));
