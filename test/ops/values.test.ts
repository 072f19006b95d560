import { describe, it } from "vitest";
import { checkValues } from "./pytorch.ts";
import { samples } from "./samples/index.ts";

describe("the values of every op equal PyTorch's", () => {
  it.each(samples)("$name", (sample) => checkValues(sample));
});
