import { defineConfig } from "tsdown";

/**
 * One file out for each file in, so that a stack trace, an import and a worker's URL mean the same in `dist` as in `src`.
 */
export default defineConfig({
  entry: ["src/**/*.ts"],
  unbundle: true,
  platform: "neutral",
  target: "node20.19",
  format: "esm",
  dts: true,
  deps: { neverBundle: [/^node:/] },
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
  logLevel: "warn",
  inputOptions: { checks: { pluginTimings: false } },
  clean: true,
});
