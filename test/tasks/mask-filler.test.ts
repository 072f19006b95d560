import { describe, expect, it } from "vitest";
import { loadMaskFiller } from "../../src/tasks/load.ts";
import { logSoftmax } from "../generate/models.ts";
import { heedError } from "../hub/errors.ts";
import { goldenFiles, rowsOf, sentence, word } from "./golden-files.ts";

const options = { threads: 1 };

describe.each(["xlm-roberta-masked", "roberta-masked", "distilbert-masked", "modernbert-masked"])(
  "a mask filler of %s",
  (name) => {
    const plain = goldenFiles(name).golden;
    const rows = rowsOf(plain);
    const mask = rows[0]![2]!;
    const { files, golden } = goldenFiles(name, { mask_token: mask });

    it("finds in place of each mask what PyTorch finds most probable", async () => {
      await using filler = await loadMaskFiller(files, options);
      expect(filler.mask).toBe(word(mask));
      const filled = await filler.fill(rows.map(sentence), { top: 3 });
      let seen = 0;
      rows.forEach((row, i) => {
        const places = row.flatMap((id, at) => (id === mask ? [seen + at] : []));
        seen += row.length;
        expect(filled[i]!.text).toBe(sentence(row));
        expect(filled[i]!.masks.length).toBe(places.length);
        places.forEach((place, n) => {
          const width = golden.output.shape[1];
          const logProbs = logSoftmax(golden.output.data.slice(place * width, (place + 1) * width));
          const best = [...logProbs.keys()].sort((a, b) => logProbs[b]! - logProbs[a]!).slice(0, 3);
          expect(filled[i]!.masks[n]!.map(({ id, text }) => [id, text])).toEqual(best.map((id) => [id, word(id)]));
          filled[i]!.masks[n]!.forEach(({ probability }, k) => {
            expect(probability).toBeCloseTo(Math.exp(logProbs[best[k]!]!), 4);
          });
        });
      });
      expect(filled[0]!.masks.length).toBeGreaterThan(0);
    });
  },
);

describe("a mask filler", () => {
  it("gives no masks for a text without them, in its place among others", async () => {
    const { files } = goldenFiles("bert-masked", { mask_token: 9 });
    await using filler = await loadMaskFiller(files, options);
    const filled = await filler.fill(["w001 w002", "w001 w009", "", "w009 w009"]);
    expect(filled.map(({ masks }) => masks.map((mask) => mask.length))).toEqual([[], [5], [], [5, 5]]);
    const lines: number[] = [];
    for await (const { masks } of filler.fillLines(["w009", "w001"], { top: 2 })) lines.push(masks.length);
    expect(lines).toEqual([1, 0]);
  });

  it("refuses a model of another head, a tokenizer without a mask, too long a text and a wrong count", async () => {
    await heedError(() => loadMaskFiller(goldenFiles("gpt2").files, options), "MODEL_UNSUPPORTED");
    const { message } = await heedError(
      () => loadMaskFiller(goldenFiles("bert-masked").files, options),
      "MODEL_UNSUPPORTED",
    );
    expect(message).toContain("no mask token");
    await using filler = await loadMaskFiller(goldenFiles("bert-masked", { mask_token: 9 }).files, options);
    const long = sentence(Array.from({ length: 80 }, () => 9));
    expect((await heedError(() => filler.fill(["w009", long]), "INPUT_TOO_LONG")).line).toBe(2);
    await heedError(() => filler.fill(["w009"], { top: 0 }), "CONFIG_INVALID");
  });
});
