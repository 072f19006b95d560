import { join } from "node:path";
import { stepProgram } from "../../src/generate/programs.ts";
import type { Program } from "../../src/graph/index.ts";
import { openModel } from "../../src/hub/node.ts";
import { embedProgram } from "../../src/inference/embed.ts";
import { headOf } from "../../src/models/head-of.ts";
import { writingHeads } from "../../src/models/heads.ts";
import { fused } from "../../src/ops/fuse/index.ts";
import { goldenFolder } from "./golden.ts";

/** One of each family at least; those in which heads share keys, or turn, too. */
export const deviceCases = [
  ...["bart", "marian", "gpt2", "gpt_neox", "llama-grouped", "gemma3_text"],
  ...["bert", "modernbert", "t5"],
];

/** Of each the program that runs most on a GPU: a step of those that write, the embeddings of others. */
export const programs: readonly Program[] = await Promise.all(
  deviceCases.map(async (name) => {
    const { model } = await openModel(join(goldenFolder, name));
    const writes = writingHeads.some((head) => head === headOf(model));
    const plain = writes
      ? stepProgram(model, { count: 8, all: false, excluded: [] })
      : embedProgram(model, { modes: ["mean"], normalize: true });
    return { ...(await fused(plain, "webgpu")), name };
  }),
);
