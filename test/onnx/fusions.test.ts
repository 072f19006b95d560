import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { input, program, sym, type Tensor } from "../../src/graph/index.ts";
import { ModelProtoSchema } from "../../src/onnx/generated/onnx_pb.ts";
import { lower } from "../../src/onnx/index.ts";
import { gelu, silu } from "../../src/ops/index.ts";

const x = input("x", { shape: [sym("n"), 4], dtype: "float32" });
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heed-fusions-"));
});

afterAll(() => rm(folder, { recursive: true }));

/** The operators that are left once ONNX Runtime has optimised the program. */
async function optimized(y: Tensor): Promise<string[]> {
  const path = join(folder, "optimized.onnx");
  const { bytes } = await lower(program("test", { y }), "cpu");
  const session = await ort.InferenceSession.create(bytes, { optimizedModelFilePath: path, logSeverityLevel: 4 });
  await session.release();
  const { graph } = fromBinary(ModelProtoSchema, new Uint8Array(await readFile(path)));
  return graph!.node.map(({ opType }) => opType);
}

describe("ONNX Runtime knows by their form, and computes in one pass", () => {
  it.each([
    ["gelu", gelu(x), "Gelu"],
    ["silu", silu(x), "QuickGelu"],
  ] as const)("%s", async (_, y, opType) => {
    expect(await optimized(y)).toEqual([opType]);
  });
});
