/**
 * Lint: typescript-eslint's strictest type-aware rules, the purity of the core, and the floors of the house.
 *
 * Which folders are pure is read from tsconfig.pure.json. Imports point downwards only; the table BOUNDARIES says, for
 * each place, what it may not import.
 */
import eslint from "@eslint/js";
import { defineConfig } from "eslint/config";
import ts from "typescript";
import tseslint from "typescript-eslint";

const here = import.meta.dirname;

/* ---- The pure core ---- */

const pure = ts.readConfigFile(`${here}/tsconfig.pure.json`, ts.sys.readFile).config.include;
const PURE = pure.map((place) => (place.endsWith(".ts") ? place : `${place}/**/*.ts`));

/** Names that bring in time, chance, input, output or waiting. */
const IMPURE_GLOBALS = [
  "Date",
  "performance",
  "process",
  "console",
  "Promise",
  "Buffer",
  "globalThis",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "crypto",
  "fetch",
  "require",
];

/** Types of text that was made harmless: asserting one is claiming what only the maker of such text knows. */
const CLAIMED_TEXT = {
  selector: "TSAsExpression > TSTypeReference > Identifier[name=/^(Harmless|Painted|Markup)$/]",
  message: "Have harmless(), painted(), escapeXml() or element() make it: a text that is only called harmless is not.",
};

const purity = {
  files: PURE,
  rules: {
    "no-restricted-globals": [
      "error",
      ...IMPURE_GLOBALS.map((name) => ({ name, message: "The core is pure: have its caller hand this in." })),
    ],
    "no-restricted-properties": [
      "error",
      { object: "Math", property: "random", message: "The core is repeatable: have its caller hand numbers in." },
    ],
    "no-restricted-syntax": [
      "error",
      CLAIMED_TEXT,
      ...["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"].map((kind) => ({
        selector: `${kind}[async=true]`,
        message: "The core never waits: take a callback, or return what is to be waited for.",
      })),
      { selector: "AwaitExpression", message: "The core never waits." },
      { selector: "TSTypeReference > Identifier[name='Promise']", message: "The core never waits." },
      { selector: "ImportExpression", message: "The core imports at its top, where the boundaries are judged." },
    ],
  },
};

/* ---- Files are opened in one place ---- */

/** Calls of node:fs and node:fs/promises that look, and open, change or make nothing. */
const LOOKS = ["accessSync", "constants", "existsSync", "lstat", "lstatSync", "opendir", "readdirSync", "realpath"];
/** Types, streams over descriptors that were opened elsewhere, and the kernel's word of changes. */
const HARMLESS = ["FileHandle", "FSWatcher", "Stats", "createReadStream", "read", "readSync", "statSync", "watch"];
const BARE_CALLS = `ImportDeclaration[source.value=/^(node:)?fs(.promises)?$/] > `;

/** Every file is opened and judged by src/platform/opening.ts and system.ts; these files do it themselves, each for a reason. */
const OPENERS = [
  // Where it is done.
  "src/platform/system.ts",
  // Files of the installed package itself.
  "src/cli/package.ts",
  "src/cli/spec/folder.ts",
  // Standard output, before anything of the program is loaded.
  "src/cli/main.ts",
  // A tool of the project's own, which no agent runs: folders with random names, removed afterwards, and what it measures.
  "src/cli/bench/*.ts",
];

const opening = {
  files: ["src/**/*.ts", "host/**/*.ts", "bmc/**/*.ts"],
  ignores: [...PURE, ...OPENERS],
  rules: {
    "no-restricted-syntax": [
      "error",
      ...[
        `ImportSpecifier[imported.name!=/^(${[...LOOKS, ...HARMLESS].join("|")})$/]`,
        "ImportDefaultSpecifier",
        "ImportNamespaceSpecifier",
      ].map((specifier) => ({
        selector: `${BARE_CALLS}${specifier}`,
        message: "Open files with src/platform/opening.ts or system.ts, which judge them; or say in OPENERS why not.",
      })),
      {
        selector: "ImportExpression[source.value=/^(node:)?fs/]",
        message: "Import node:fs at the top, where lint sees which of its calls are used.",
      },
      CLAIMED_TEXT,
      {
        selector:
          "CallExpression[callee.object.name='system'][callee.property.name='write'][arguments.0.value=/^[12]$/]",
        message: "Print with src/cli/output.ts, which makes texts harmless.",
      },
    ],
  },
};

/* ---- Text reaches a terminal and a log in one place ---- */

/** Names under which errors are caught. What they say is `messageOf`'s to tell, which tells those of the system by their codes. */
const CAUGHT = ["cause", "error", "failure", "reason", "thrown", "trouble"];

/** Standard output and standard error are written by src/platform/standard-streams.ts; these files do it themselves, or tell errors. */
const WRITERS = [
  // Where it is done: it takes harmless text alone.
  "src/platform/standard-streams.ts",
  // An agent's log and DEBUG output, written in the background: it takes harmless text alone, too.
  "src/agent/outputs/standard-outputs.ts",
  // Where errors are told: it looks at what each is first.
  "src/platform/failure.ts",
  // A question to the person at the terminal: a text of the program's own, and what the person types.
  "src/cli/conform/restart.ts",
  // What a process of the benchmark tells the one that started it: numbers, by a pipe.
  "src/cli/bench/bare-wake-up.ts",
  "src/cli/bench/build-process.ts",
];

const writing = {
  files: ["src/**/*.ts", "host/**/*.ts", "bmc/**/*.ts"],
  ignores: [...PURE, ...WRITERS],
  rules: {
    "no-restricted-properties": [
      "error",
      ...["stdout", "stderr"].map((property) => ({
        object: "process",
        property,
        message: "Print with src/cli/output.ts or src/platform/standard-streams.ts; or say in WRITERS why not.",
      })),
      ...CAUGHT.map((object) => ({
        object,
        property: "message",
        message:
          "messageOf() tells what went wrong: the system's own messages hold names as a peer or a file chose them.",
      })),
    ],
    "no-restricted-globals": [
      "error",
      { name: "console", message: "Print with src/cli/output.ts, which makes texts harmless." },
    ],
  },
};

/** Of the files that may write to descriptors, those that do so to 1 or 2, with numbers of their own: main.ts before anything is loaded. */
const writingByNumber = {
  files: OPENERS,
  ignores: ["src/cli/main.ts", "src/cli/bench/fairness.ts"],
  rules: {
    "no-restricted-syntax": [
      "error",
      CLAIMED_TEXT,
      {
        selector: "CallExpression[callee.name='writeSync'][arguments.0.value=/^[12]$/]",
        message: "Print with src/cli/output.ts, which makes texts harmless.",
      },
    ],
  },
};

/** The makers of such text. */
const withoutClaim = ({ rules }) => ({
  "no-restricted-syntax": rules["no-restricted-syntax"].filter((rule) => rule !== CLAIMED_TEXT),
});
const makers = { files: ["src/cli/styled.ts"], rules: withoutClaim(opening) };
const pureMakers = { files: ["src/core/wire/harmless.ts", "src/core/drawing/svg.ts"], rules: withoutClaim(purity) };

/* ---- The floors: imports point downwards ---- */

/** Matches every import but of what begins with one of these. */
const allBut = (...starts) => `^(?!${starts.map((start) => start.replaceAll(".", String.raw`\.`)).join("|")})`;
/** Matches imports from these folders of src/, or from these wings, seen from any depth. */
const from = (...folders) => String.raw`^(\.\./)+(src/)?(${folders.join("|")})/`;

const ROLE_FILES = (wing) => [`${wing}/role/**`];

const BOUNDARIES = [
  { files: ["src/core/wire/**"], regex: allBut("./"), message: "src/core/wire imports nothing else." },
  {
    files: ["src/core/binding/**"],
    regex: allBut("./", "../wire/"),
    message: "src/core/binding imports src/core/wire only; it knows no MCTP messages.",
  },
  {
    files: ["src/core/mctp/*"],
    regex: allBut("./", "../wire/"),
    message: "src/core/mctp imports src/core/wire only; it knows no binding.",
  },
  {
    files: ["src/core/mctp/*/**"],
    regex: String.raw`^(?!\./|\.\./[^.]|\.\./\.\./(\.\./)?wire/)`,
    message: "src/core/mctp imports src/core/wire only; it knows no binding.",
  },
  {
    files: ["src/core/pldm/**", "src/core/vendor-messages/**"],
    regex: allBut("./", "../mctp/", "../wire/"),
    message: "What travels in messages imports src/core/mctp and src/core/wire only; it knows no binding.",
  },
  {
    files: ["src/core/decode/**"],
    regex: allBut(
      "./",
      "../binding/",
      "../mctp/",
      "../pldm/",
      "../serial/",
      "../capture/",
      "../trace/",
      "../vendor-messages/",
      "../wire/",
    ),
    message: "src/core/decode knows the pure rooms whose bytes it explains, and nothing that runs.",
  },
  ...["host", "bmc"].map((wing) => ({
    files: ROLE_FILES(wing),
    regex: allBut("./", "../../src/core/wire/", "../../src/core/binding/"),
    message: "The role's files are pure: they import each other, src/core/binding and src/core/wire.",
  })),
  {
    files: ["src/platform/**"],
    regex: from("node", "agent", "conform", "core/explore", "cli", "host", "bmc"),
    message: "Imports point downwards: platforms know none of node, agent, cli and the wings.",
  },
  {
    files: ["src/core/capture/**"],
    regex: allBut("./", "../binding/", "../judge/", "../trace/", "../wire/"),
    message: "src/core/capture knows the binding, traces and the judge, and nothing that runs.",
  },
  {
    files: ["src/core/trace/**"],
    regex: allBut("./", "../binding/", "../mctp/", "../wire/", "../drawing/"),
    message: "src/core/trace knows the rooms whose bytes it draws, and nothing that runs.",
  },
  {
    files: ["src/core/explore/*"],
    regex: String.raw`${allBut("./", "../binding/", "../judge/rules", "../trace/", "../wire/")}|^\./version-4/`,
    message: "src/core/explore knows the binding, traces and the judge's rules, and neither role nor model.",
  },
  {
    files: ["src/core/explore/version-4/**"],
    regex: String.raw`^(?!\./|\.\./[^.]|\.\./\.\./(binding|wire)/)`,
    message: "The model of version 4 knows the explorer, the binding and wire; the shipped roles are not part of it.",
  },
  {
    files: ["src/core/judge/*"],
    regex: allBut("./", "../binding/", "../trace/", "../wire/"),
    message: "src/core/judge knows the binding and traces: neither role, nor who asks it.",
  },
  {
    files: ["src/core/judge/host/*", "src/core/judge/bmc/*"],
    regex: allBut("./", "../", "../../binding/", "../../wire/"),
    message: "What follows a side knows the judge and the binding, and not the other side's.",
  },
  {
    files: ["src/core/drawing/**"],
    regex: allBut("./", "../wire/"),
    message: "src/core/drawing imports src/core/wire only; it knows nothing of what is drawn.",
  },
  {
    files: ["src/core/serial/**"],
    regex: allBut("./", "../wire/"),
    message: "src/core/serial imports src/core/wire only; it knows frames, not what is in them.",
  },
  {
    files: ["src/core/spec/**"],
    regex: allBut("./", "../wire/"),
    message: "src/core/spec imports src/core/wire only; it knows the text and nothing of what the text is about.",
  },
  {
    files: ["src/node/**"],
    regex: from("agent", "conform", "cli", "host", "bmc"),
    message: "Imports point downwards: a node knows none of agent, conform, cli and the wings.",
  },
  {
    files: ["src/conform/**"],
    regex: `${from("node", "agent", "api", "cli")}|${String.raw`^(\.\./){2,}(host|bmc)/`}`,
    message: "A conformance run plays sides itself: it knows the core and platforms, and no node, agent or role.",
  },
  {
    files: ["src/**"],
    ignores: ["src/cli/**", "src/core/**", "src/core.ts", "src/platform/**", "src/node/**", "src/conform/**"],
    regex: from("cli", "host", "bmc"),
    message: "Imports point downwards: only src/cli, where the one binary is put together, knows the wings.",
  },
  {
    files: ["host/**"],
    ignores: ROLE_FILES("host"),
    regex: from("bmc", "cli"),
    message: "The wings meet on the board alone: host/ never imports bmc/.",
  },
  {
    files: ["bmc/**"],
    ignores: ROLE_FILES("bmc"),
    regex: from("host", "cli"),
    message: "The wings meet on the board alone: bmc/ never imports host/.",
  },
].map(({ files, ignores, regex, message }) => ({
  files,
  ...(ignores === undefined ? {} : { ignores }),
  rules: { "no-restricted-imports": ["error", { patterns: [{ regex, message, caseSensitive: true }] }] },
}));

export default defineConfig(
  { ignores: ["dist/", "coverage/", "test/vectors/"] },
  eslint.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: here } },
    rules: {
      // Elements of typed arrays and matches of patterns whose bounds were judged just before.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/prefer-readonly": "error",
      // Fields that are taken out so that the rest remains.
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true, argsIgnorePattern: "^_" }],
      eqeqeq: "error",
      "no-restricted-exports": ["error", { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // Jest's matchers take methods without calling them.
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/explicit-module-boundary-types": "off",
      // What a test says when it fails may show whatever there is.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true, allowNullish: true },
      ],
      "no-restricted-properties": [
        "error",
        ...["test", "describe", "it"].flatMap((object) =>
          ["only", "todo"].map((property) => ({ object, property, message: "Every test runs, and is written." })),
        ),
      ],
    },
  },
  {
    files: ["docs/examples/**/*.ts"],
    rules: { "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }] },
  },
  {
    files: ["**/*.{js,mjs}"],
    languageOptions: {
      globals: { process: "readonly" },
    },
  },
  opening,
  writing,
  writingByNumber,
  makers,
  purity,
  pureMakers,
  ...BOUNDARIES,
);
