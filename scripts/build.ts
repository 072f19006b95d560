/**
 * Builds `dist` as tsdown.config.ts says. It calls tsdown's function because tsdown's command tells every user of
 * Node.js 20, which Heed supports, to upgrade.
 */
import { dirname } from "node:path";
import { build } from "tsdown";

await build({ cwd: dirname(import.meta.dirname), logLevel: "warn", failOnWarn: true });
