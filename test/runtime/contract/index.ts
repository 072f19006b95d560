import { afterAll, beforeAll, describe } from "vitest";
import type { Runtime } from "../../../src/graph/index.ts";
import { constants } from "./constants.ts";
import { lifetime } from "./lifetime.ts";
import { mismatches } from "./mismatches.ts";
import { programs } from "./programs.ts";
import { randomInputs } from "./random-inputs.ts";
import { Subject } from "./subject.ts";
import { values } from "./values.ts";

/** What every runtime must do. */
export function runtimeContract(create: () => Promise<Runtime>): void {
  const subject = new Subject(create);
  beforeAll(() => subject.open());
  afterAll(() => subject.close());
  describe("programs", () => programs(subject));
  describe("constants", () => constants(subject));
  describe("values", () => values(subject));
  describe("mismatches", () => mismatches(subject));
  describe("random inputs", () => randomInputs(subject));
  describe("lifetime", () => lifetime(subject));
}
