import { defineConfig } from "tsdown";
import { bundledLicenses, sourceStamp, workerEntries } from "./scripts/bundle.ts";

const common = {
  target: "node20.19",
  format: "esm",
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
  logLevel: "warn",
  inputOptions: { checks: { pluginTimings: false } },
} as const;

/**
 * The library: one file out for each file in, so that a stack trace, an import and a worker's URL mean the same in
 * `dist` as in `src`.
 */
const library = defineConfig({
  ...common,
  entry: ["src/**/*.ts", "!src/cli/**"],
  unbundle: true,
  platform: "neutral",
  dts: true,
  deps: { neverBundle: [/^node:/] },
  plugins: [sourceStamp()],
  clean: true,
});

/**
 * The command: few files, its dependencies within. To find and read 400 files takes a fifth of a second, longer than
 * the translation of a sentence. The engines stay outside: they are large, and one of them is optional. So do the tables
 * of character sets, which are large and seldom needed.
 */
const command = defineConfig({
  ...common,
  entry: { cli: "src/cli/main.ts" },
  platform: "node",
  dts: false,
  deps: { alwaysBundle: [/^(?!onnxruntime|@exodus|node:)/] },
  outputOptions: { chunkFileNames: "cli/[name]-[hash].js" },
  plugins: [workerEntries(), bundledLicenses("cli/licenses.txt")],
  clean: false,
});

export default [library, command];
