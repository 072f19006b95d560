import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { HeedError } from "../../src/error.ts";
import { type LearnBpeOptions, type LearnProgress, learnBpe } from "../../src/text/index.ts";
import { dataFolder, digest, modelDigest, noData, witness } from "./witness.ts";

async function* asyncLines(lines: readonly string[]) {
  for (const line of lines) yield line;
}

describe("learnBpe learns what Hugging Face's BpeTrainer learns", () => {
  for (const { json, ids: _ids, decoded: _decoded, decodedWithSpecial: _special, ...options } of witness.learned) {
    it(`writes the same tokenizer.json: ${JSON.stringify(options)}`, async () => {
      const tokenizer = await learnBpe(asyncLines(witness.corpus), options);
      expect(tokenizer.toJSON()).toEqual(json);
    });
  }

  it("settles ties in the same way", async () => {
    const options = { kind: "wordBoundary", vocabSize: 356, minFrequency: 1 } as const;
    for (const { lines, model } of witness.tangled) {
      expect(modelDigest(await learnBpe(lines, options)), lines.join(" | ")).toBe(model);
    }
  });

  it("makes no token that is longer than a tokenizer.json may have", async () => {
    const tokenizer = await learnBpe([`a rule: ${"-".repeat(9000)}`], { kind: "wordBoundary", vocabSize: 456 });
    const { vocab } = tokenizer.toJSON().model as { vocab: Record<string, number> };
    expect(Math.max(...Object.keys(vocab).map((token) => token.length))).toBeGreaterThan(500);
    expect(tokenizer.decode(tokenizer.encode("---- a"))).toBe("---- a");
  });

  describe.skipIf(noData)("on real text (needs ../shared/data)", () => {
    for (const { name, files, linesOfEach, kind, vocabSize, model, ids } of witness.real) {
      it(`${name}, ${kind}`, async () => {
        const lines = files.flatMap((file) =>
          readFileSync(new URL(file, dataFolder), "utf8").split("\n").slice(0, linesOfEach),
        );
        const tokenizer = await learnBpe(lines, { kind, vocabSize });
        expect(modelDigest(tokenizer)).toBe(model);
        expect(digest(lines.map((line) => [...tokenizer.encode(line)]))).toBe(ids);
      });
    }
  });
});

describe("special tokens", () => {
  const lines = ["one two two three three three"];

  it("take the first ids as eos, unk, bos, and the last as pad", async () => {
    const specialTokens = { pad: "[pad]", bos: "[bos]", unk: "[unk]", eos: "[eos]" };
    const tokenizer = await learnBpe(lines, { kind: "wordBoundary", vocabSize: 286, specialTokens });
    const { eosId, unkId, bosId, padId, vocabSize } = tokenizer;
    expect({ eosId, unkId, bosId, padId }).toEqual({ eosId: 0, unkId: 1, bosId: 2, padId: vocabSize - 1 });
    expect([...tokenizer.specialIds]).toEqual([0, 1, 2, vocabSize - 1]);
    expect(tokenizer.tokens(tokenizer.encode("two"))).toEqual(["[bos]", "▁two", "[eos]"]);
    expect(tokenizer.configJSON()).toEqual({
      tokenizer_class: "PreTrainedTokenizerFast",
      clean_up_tokenization_spaces: false,
      eos_token: "[eos]",
      unk_token: "[unk]",
      bos_token: "[bos]",
      pad_token: "[pad]",
    });
  });

  it("that are the same string are the same token", async () => {
    const specialTokens = { eos: "<|end|>", bos: "<|end|>", pad: "<|end|>" };
    const tokenizer = await learnBpe(lines, { kind: "byteLevel", vocabSize: 260, specialTokens, template: "$A" });
    expect([tokenizer.eosId, tokenizer.bosId, tokenizer.padId, tokenizer.unkId]).toEqual([0, 0, 0, undefined]);
    expect(tokenizer.tokenToId("!")).toBe(1);
  });

  it("exist once, also where the text spells them", async () => {
    const specialTokens = { eos: "▁three", unk: "<unk>" };
    const tokenizer = await learnBpe(lines, { kind: "wordBoundary", vocabSize: 286, specialTokens });
    expect(tokenizer.toJSON().model.merges).toContainEqual(["▁thr", "ee"]);
    expect(Object.values(tokenizer.toJSON().model.vocab)).toHaveLength(tokenizer.vocabSize);
    expect(tokenizer.eosId).toBe(0);
  });

  it("stand around a text as the template says", async () => {
    const options = { kind: "byteLevel", vocabSize: 300, specialTokens: { eos: "</s>", bos: "<s>" } } as const;
    const tokenizer = await learnBpe(lines, { ...options, template: "<s>  $A" });
    expect([...tokenizer.encode("two")]).toEqual([1, ...tokenizer.encode("two", { addSpecialTokens: false })]);
    await expectInvalid(lines, { ...options, template: "<s> </s>" }, /exactly once/);
    await expectInvalid(lines, { ...options, template: "$A <sep>" }, /"<sep>", which is no special token/);
  });

  it("must not be words of the text where they come last", async () => {
    const specialTokens = { eos: "</s>", unk: "<unk>", pad: "▁three" };
    await expectInvalid(lines, { kind: "wordBoundary", vocabSize: 296, specialTokens }, /"▁three", which the text has/);
  });
});

describe("learnBpe refuses", () => {
  const lines = ["some text"];

  it("options that do not fit", async () => {
    await expectInvalid(lines, { kind: "words" as "byteLevel", vocabSize: 300 }, /kind must be/);
    await expectInvalid(lines, { kind: "byteLevel", vocabSize: 0.5 }, /vocabSize must be a whole number/);
    await expectInvalid(lines, { kind: "byteLevel", vocabSize: 258 }, /vocabSize is 258, but .* 259 tokens/);
    await expectInvalid(
      lines,
      { kind: "wordBoundary", vocabSize: 261 },
      /bytes and alphabet alone are (26\d) tokens. Raise it to \1 or more/,
    );
    await expectInvalid(lines, { kind: "byteLevel", vocabSize: 300, minFrequency: 0 }, /minFrequency must be/);
    await expectInvalid(lines, { kind: "byteLevel", vocabSize: 300, limitAlphabet: 9 }, /limitAlphabet is for kind/);
    await expectInvalid(lines, { kind: "byteLevel", vocabSize: 300, specialTokens: { eos: "" } }, /empty string/);
  });

  it("a corpus without text", async () => {
    for (const empty of [[], ["", "  ", "\n"]]) {
      const learning = learnBpe(empty, { kind: "wordBoundary", vocabSize: 400 });
      await expect(learning).rejects.toMatchObject({ code: "DATA_INVALID", message: /no text/ });
    }
  });
});

describe("while it learns", () => {
  const many = Array.from({ length: 3000 }, (_, index) => `${witness.corpus[index % 22]} ${index}`);

  it("tells how far it is, and lets the event loop run", async () => {
    const progress: LearnProgress[] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await learnBpe(many, { kind: "byteLevel", vocabSize: 600, onProgress: (one) => progress.push(one) });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
    expect(progress).toContainEqual({ stage: "read", lines: 3000 });
    expect(progress.at(-1)).toEqual({ stage: "merge", tokens: 599, vocabSize: 600 });
  });

  it.each(["read", "merge"])("can be stopped: at stage %s", async (stage) => {
    const controller = new AbortController();
    const learning = learnBpe(stage === "read" ? many : asyncLines(distinctWords(20_000)), {
      kind: "byteLevel",
      vocabSize: 20_000,
      signal: controller.signal,
      onProgress: (progress) => {
        const isHalfway = progress.stage === "read" || (progress.tokens > 1000 && progress.tokens < 15_000);
        if (progress.stage === stage && isHalfway) controller.abort();
      },
    });
    await expect(learning).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("does not begin when it has been stopped before", async () => {
    const learning = learnBpe(["text"], { kind: "byteLevel", vocabSize: 300, signal: AbortSignal.abort() });
    await expect(learning).rejects.toBeInstanceOf(HeedError);
  });
});

function distinctWords(count: number): string[] {
  return Array.from({ length: count }, (_, index) => (index * 7919).toString(2));
}

async function expectInvalid(lines: readonly string[], options: LearnBpeOptions, message: RegExp): Promise<void> {
  await expect(learnBpe(lines, options)).rejects.toMatchObject({ code: "CONFIG_INVALID", message });
}
