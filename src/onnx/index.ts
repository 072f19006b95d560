export { type LoweredProgram, lower, outputName } from "./lower.ts";
