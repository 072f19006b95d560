import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryFiles, pickedFiles, urlFiles } from "../../src/hub/files.ts";
import { loadModel } from "../../src/hub/model-folder.ts";
import { folderFiles, openModel, resolveModelFolder } from "../../src/hub/node.ts";
import { heedError } from "./errors.ts";
import { fixture } from "./models.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "heed-model-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = async (...names: readonly string[]) => {
  for (const name of names) await writeFile(join(folder, name), "");
};
const config = () => writeFile(join(folder, "config.json"), fixture("decoding").get("config.json")!);

const python = (load: string) =>
  `python3 -c "from transformers import AutoModelForSeq2SeqLM as M; M.from_pretrained('.'${load}).save_pretrained('.')"`;

describe("a folder with a config.json and weights in another form", () => {
  // The first command was run on a Marian of 86 tensors with transformers 5.24, and gave this file.
  it.each<[name: string, what: string, more: string]>([
    ["model.fp16.safetensors", "the weights under another name.", python(", variant='fp16'")],
    ["pytorch_model.fp16.bin", "the weights under another name.", python(", variant='fp16'")],
    ["model-00001-of-00002.safetensors", "weights in several files.", "Take model.safetensors.index.json, which"],
    ["pytorch_model-00001-of-00002.bin", "weights in several files.", "Take pytorch_model.bin.index.json, which"],
    ["tf_model.h5", "TensorFlow's weights.", python(", from_tf=True")],
    ["flax_model.msgpack", "Flax's weights.", python(", from_flax=True")],
    ["adapter_model.safetensors", "an adapter.", "merge_and_unload()"],
    ["model-q4.gguf", "weights for llama.cpp.", "from where it came from"],
    ["encoder_model.onnx", "programs for ONNX Runtime", "from where it came from"],
    ["model.bin", "weights for CTranslate2.", "from where it came from"],
    ["weights.safetensors", "if that is the model's weights", "the name model.safetensors"],
  ])("%s is named, with what would open it", async (name, what, more) => {
    await config();
    await write("tokenizer.json", name);
    const { message } = await heedError(() => openModel(folder), "FILE_NOT_FOUND");
    const beginning = `There is no ${folder}/model.safetensors. ${name}: ${what}`;
    expect(message.slice(0, beginning.length)).toBe(beginning);
    expect(message).toContain(more);
    expect(message).not.toContain("tokenizer");
  });

  it("is told what would open it, whatever its tokenizer", async () => {
    await config();
    await write("tf_model.h5", "source.spm", "target.spm", "vocab.json");
    const { message } = await heedError(() => openModel(folder), "FILE_NOT_FOUND");
    expect(message.split("\n")).toEqual([
      `There is no ${folder}/model.safetensors. tf_model.h5: TensorFlow's weights. To save them as model.safetensors, ` +
        "with Python's torch and transformers 4, in that folder:",
      python(", from_tf=True"),
    ]);
  });

  it("is told what it holds, where nothing of that is known", async () => {
    await config();
    await mkdir(join(folder, "onnx"));
    await write("README.md", ...Array.from({ length: 9 }, (_, i) => `part-${i}`));
    const { message } = await heedError(() => openModel(folder), "FILE_NOT_FOUND");
    expect(message).toContain(
      "It holds README.md, config.json, part-0, part-1, part-2, part-3, part-4, part-5 and 3 more.",
    );
  });

  it("is told the same where a browser's user picked it, and what is needed where nobody can list it", async () => {
    const bytes = Buffer.from(fixture("decoding").get("config.json")!);
    const names = ["config.json", "tf_model.h5", "tokenizer.json"];
    const picked = names.map((name) => new File([bytes], name));
    const files = [pickedFiles(picked), memoryFiles(new Map(names.map((name) => [name, bytes])), "memory")];
    for (const each of files) {
      const { message } = await heedError(() => loadModel(each), "FILE_NOT_FOUND");
      expect(message).toContain("tf_model.h5: TensorFlow's weights.");
    }
    const absent = async () => new Response("", { status: 404 });
    const { message } = await heedError(
      () => loadModel(urlFiles("https://host/m", { fetch: absent })),
      "FILE_NOT_FOUND",
    );
    expect(message).toBe(
      "There is no https://host/m/config.json. " +
        "Name a folder that holds config.json, and model.safetensors or pytorch_model.bin.",
    );
  });
});

describe("a folder without a config.json", () => {
  it("is told what its files are", async () => {
    await write("model-q4.gguf", "tokenizer.json");
    const { message } = await heedError(() => resolveModelFolder(folder), "FILE_NOT_FOUND");
    expect(message).toBe(
      `${folder} holds no model. model-q4.gguf: weights for llama.cpp. ` +
        "Take the model's config.json and model.safetensors from where it came from.",
    );
  });

  it("is not told to convert what cannot be converted without it", async () => {
    await write("pytorch_model.bin");
    const { message } = await heedError(() => resolveModelFolder(folder), "FILE_NOT_FOUND");
    expect(message).toBe(
      `${folder} holds no model. It holds pytorch_model.bin. ` +
        "Expected a run folder, which holds checkpoints.json, or a model folder, which holds config.json.",
    );
  });
});

describe("the files of a folder", () => {
  it("are listed without the folders in it, and none where there is no folder", async () => {
    await mkdir(join(folder, "onnx"));
    await write("b", "a");
    expect((await folderFiles(folder).names()).toSorted()).toEqual(["a", "b"]);
    expect(await folderFiles(join(folder, "none")).names()).toEqual([]);
  });
});
