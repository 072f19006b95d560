import { describe, expect, it } from "vitest";
import { loadTextEmbedder } from "../../src/tasks/load.ts";
import { heedError } from "../hub/errors.ts";
import { goldenFiles, rowsOf, sentence } from "./golden-files.ts";

const options = { threads: 1 };
const module = (kind: string, path: string) => ({ type: `sentence_transformers.models.${kind}`, path });

/** The mean of PyTorch's last hidden states over the tokens of each row. */
function means({ states, ...golden }: ReturnType<typeof goldenFiles>["golden"]): number[][] {
  const width = states!.shape[1];
  let first = 0;
  return rowsOf(golden).map(({ length }) => {
    const mean = Array.from({ length: width }, (_, j) =>
      Array.from({ length }, (_, i) => states!.data[(first + i) * width + j]!).reduce((sum, x) => sum + x / length, 0),
    );
    first += length;
    return mean;
  });
}

const near = (found: ArrayLike<number>, expected: readonly number[]) => {
  expected.forEach((x, i) => {
    expect(found[i]).toBeCloseTo(x, 4);
  });
};

describe("a text embedder", () => {
  /** All tokens of one segment, as texts are read. */
  const name = "roberta";

  it("takes the mean of the states where the folder says nothing", async () => {
    const { files, golden } = goldenFiles(name);
    await using embedder = await loadTextEmbedder(files, options);
    const found = await embedder.embed(rowsOf(golden).map(sentence));
    means(golden).forEach((mean, i) => {
      near(found[i]!, mean);
    });
    const lines: Float32Array[] = [];
    for await (const vector of embedder.embedLines(rowsOf(golden).map(sentence))) lines.push(vector);
    expect(lines.length).toBe(found.length);
    lines.forEach((vector, i) => {
      near(vector, [...found[i]!]);
    });
  });

  it("pools and cuts as a folder of sentence-transformers says", async () => {
    const more = new Map([
      [
        "modules.json",
        JSON.stringify([module("Transformer", ""), module("Pooling", "1_Pooling"), module("Normalize", "2")]),
      ],
      ["1_Pooling/config.json", JSON.stringify({ word_embedding_dimension: 16, pooling_mode_mean_tokens: true })],
      ["sentence_bert_config.json", JSON.stringify({ max_seq_length: 4, do_lower_case: false })],
    ]);
    const { files, golden } = goldenFiles(name, {}, more);
    await using embedder = await loadTextEmbedder(files, options);
    const rows = rowsOf(golden);
    const [cut, short, whole] = await embedder.embed([
      sentence(rows[0]!),
      sentence(rows[0]!.slice(0, 4)),
      sentence(rows[2]!),
    ]);
    near(cut!, [...short!]);
    const mean = means(golden)[2]!;
    const length = Math.hypot(...mean);
    near(
      whole!,
      mean.map((x) => x / length),
    );
  });

  it("embeds by a model that writes, too, but not by one that reads a source and a target", async () => {
    await using embedder = await loadTextEmbedder(goldenFiles("llama").files, options);
    expect((await embedder.embed(["w005 w006", ""])).map(({ length }) => length)).toEqual([16, 16]);
    await heedError(() => loadTextEmbedder(goldenFiles("t5-gated").files, options), "MODEL_UNSUPPORTED");
  });
});
