/**
 * Writes what each entry of the package exports to docs/api/*.api.md, with --check compares instead. The reports are checked
 * in, so that every change of the public surface is seen where changes are reviewed. Reads what `tsc -b` has built.
 */
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Name of the report, and the declarations of the entry. */
const ENTRIES = [
  ["mctp-lpc", "dist/src/index.d.ts"],
  ["core", "dist/src/core.d.ts"],
  ["api", "dist/src/api/index.d.ts"],
  ["host", "dist/host/index.d.ts"],
  ["bmc", "dist/bmc/index.d.ts"],
];

const silent = { logLevel: ExtractorLogLevel.None };

function configuration(name, declarations) {
  return ExtractorConfig.prepare({
    packageJsonFullPath: join(root, "package.json"),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, declarations),
      compiler: { tsconfigFilePath: join(root, "tsconfig.node.json"), skipLibCheck: true },
      newlineKind: "lf",
      apiReport: {
        enabled: true,
        reportFileName: name,
        reportFolder: join(root, "docs", "api"),
        reportTempFolder: join(root, "dist", "api"),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Warning } },
        // All that is exported is public, and the style of comments is the house's own.
        extractorMessageReporting: { default: silent },
        tsdocMessageReporting: { default: silent },
      },
    },
  });
}

const isCheck = process.argv.includes("--check");
const changed = [];
for (const [name, declarations] of ENTRIES) {
  const result = Extractor.invoke(configuration(name, declarations), {
    localBuild: !isCheck,
    messageCallback: (message) => {
      // What it has to say of the report is said below.
      if (message.messageId.startsWith("console-")) message.handled = true;
    },
  });
  if (result.apiReportChanged) changed.push(`api/${name}.api.md`);
  if (result.errorCount > 0) process.exitCode = 1;
}
if (changed.length > 0) {
  const files = changed.join(", ");
  process.stdout.write(
    isCheck ? `the public surface has changed: run "npm run api" and review ${files}\n` : `wrote ${files}\n`,
  );
  if (isCheck) process.exitCode = 1;
}
