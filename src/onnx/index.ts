export { type ExternalConstants, type LoweredProgram, lower, outputName } from "./lower.ts";
