import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Tokenizer } from "../../src/text/index.ts";
import { witness } from "./witness.ts";

interface Case {
  readonly learned: number;
  readonly text: string;
  readonly rate: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** What Hugging Face's tokenizers drew: see scripts/fixtures/bpe_dropout.py. */
const drawn = JSON.parse(readFileSync(new URL("../fixtures/bpe-dropout.json", import.meta.url), "utf8")) as {
  readonly draws: number;
  readonly cases: readonly Case[];
};

const tokenizers = witness.learned.map(({ json }) => Tokenizer.fromJSON(json));

function countSpellings(tokenizer: Tokenizer, text: string, rate: number, draws: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < draws; seed++) {
    const spelling = tokenizer.tokens(tokenizer.encode(text, { dropout: { rate, seed } })).join(" ");
    counts.set(spelling, (counts.get(spelling) ?? 0) + 1);
  }
  return counts;
}

/** By how many standard deviations two counts out of equally many draws differ. */
function deviation(a: number, b: number, draws: number): number {
  const share = (a + b) / (2 * draws);
  return Math.abs(a - b) / Math.sqrt(2 * draws * share * (1 - share));
}

describe("merges that drop out", () => {
  for (const { learned, text, rate, counts } of drawn.cases) {
    it(`spell "${text}" as often in each way as Hugging Face's tokenizers do, at a rate of ${rate}`, () => {
      const ours = countSpellings(tokenizers[learned]!, text, rate, drawn.draws);
      for (const spelling of new Set([...Object.keys(counts), ...ours.keys()])) {
        const apart = deviation(ours.get(spelling) ?? 0, counts[spelling] ?? 0, drawn.draws);
        expect(apart, spelling).toBeLessThan(4.5);
      }
    });
  }

  it("change nothing at a rate of 0, and leave characters at a rate of 1", () => {
    for (const tokenizer of tokenizers) {
      for (const text of witness.corpus) {
        expect(tokenizer.encode(text, { dropout: { rate: 0, seed: 1 } })).toEqual(tokenizer.encode(text));
      }
    }
    const characters = tokenizers[0]!.encode("bakery", { dropout: { rate: 1, seed: 1 }, addSpecialTokens: false });
    expect(tokenizers[0]!.tokens(characters)).toEqual(["▁", ..."bakery"]);
  });

  it("are the same for the same seed and text, whatever was encoded before, and others for another seed", () => {
    const text = witness.corpus[0]!;
    const encode = (seed: number) => tokenizers[0]!.encode(text, { dropout: { rate: 0.3, seed } });
    const first = encode(1);
    expect(encode(2)).not.toEqual(first);
    tokenizers[0]!.encode("another text", { dropout: { rate: 0.3, seed: 1 } });
    expect(encode(1)).toEqual(first);
  });

  it("leave the text what it is", () => {
    const bytes = tokenizers[2]!;
    for (const text of witness.corpus) {
      expect(bytes.decode(bytes.encode(text, { dropout: { rate: 0.5, seed: 4 } }))).toBe(text);
    }
  });

  it("leave what is spelled in bytes what it is", () => {
    for (const text of ["emoji 😀 bakery", "кошка 猫"]) {
      expect(tokenizers[0]!.decode(tokenizers[0]!.encode(text, { dropout: { rate: 0.5, seed: 4 } }))).toBe(text);
    }
  });

  it("do not split a special token", () => {
    const { eosId } = Tokenizer.fromJSON(witness.learned[0]!.json, { eos_token: "</s>" });
    const ids = [...tokenizers[0]!.encode("a </s>", { dropout: { rate: 1, seed: 1 } })];
    expect(ids.filter((id) => id === eosId)).toHaveLength(2);
  });

  it("stay out of words so long that spelling them would take its time", () => {
    const long = "bakery".repeat(10_000);
    expect(tokenizers[0]!.encode(long, { dropout: { rate: 0.5, seed: 1 } })).toEqual(tokenizers[0]!.encode(long));
  });

  it("are found whatever the ids of tokens are", () => {
    const merges = [["a", "b"]] as const;
    const far = 2 ** 26;
    const sparse = Tokenizer.fromJSON({ model: { type: "BPE", vocab: { a: 0, b: 1, c: far + 1, ab: 2 }, merges } });
    // As keys of pairs, (a, c) and (b, b) would be one where an id could be that large.
    expect([...sparse.encode("acab", { dropout: { rate: 1e-9, seed: 1 } })]).toEqual([0, far + 1, 2]);
  });

  it("need merges, and a rate that is one", () => {
    const words = Tokenizer.fromJSON({
      model: { type: "WordLevel", vocab: { bread: 0, "<unk>": 1 }, unk_token: "<unk>" },
      pre_tokenizer: { type: "Whitespace" },
    });
    const dropout = { rate: 0.1, seed: 1 };
    expect(() => words.encode("bread", { dropout })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    for (const wrong of [
      { rate: 1.5, seed: 1 },
      { rate: "0.1" as never, seed: 1 },
      { rate: 0.1, seed: Number.NaN },
    ]) {
      const encode = () => tokenizers[0]!.encode("bread", { dropout: wrong });
      expect(encode).toThrow(
        expect.objectContaining({ code: "INPUT_INVALID", message: expect.stringMatching(/must be/) }),
      );
    }
  });

  it("drop out also where a word that is a token is else taken whole", () => {
    const merges = [
      ["a", "b"],
      ["ab", "c"],
    ] as const;
    const vocab = { a: 0, b: 1, c: 2, ab: 3, abc: 4 };
    const whole = Tokenizer.fromJSON({ model: { type: "BPE", vocab, merges, ignore_merges: true } });
    expect([...whole.encode("abc", { dropout: { rate: 1, seed: 1 } })]).toEqual([0, 1, 2]);
    expect([...whole.encode("abc", { dropout: { rate: 0, seed: 1 } })]).toEqual([4]);
  });
});
