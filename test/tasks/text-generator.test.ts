import { describe, expect, it } from "vitest";
import { loadTextGenerator } from "../../src/tasks/load.ts";
import { heedError } from "../hub/errors.ts";
import { goldenFiles, rowsOf, sentence } from "./golden-files.ts";

const options = { threads: 1 };

describe.each(["llama-grouped", "gpt2", "t5-gated"])("a text generator of %s", (name) => {
  const { files, golden } = goldenFiles(name);
  const prompts = rowsOf(golden).map(sentence);
  const { greedy, beams } = golden;
  /** The model's end is no special token of this tokenizer, so that it shows. */
  const textOf = (ids: readonly number[]) => (name.startsWith("t5") ? "" : " ") + sentence(ids);

  it("goes on as Python does, with the text behind the prompt", async () => {
    await using generator = await loadTextGenerator(files, options);
    const found = await generator.generate(prompts, { numBeams: 1, maxNewTokens: greedy!.maxNewTokens });
    expect(found.map(([best]) => best!.text)).toEqual(greedy!.ids.map(textOf));
    expect(found[0]![0]!.tokens.map(({ id }) => id)).toEqual(greedy!.ids[0]);
  });

  it("gives the same token by token as they are chosen, and line by line", async () => {
    await using generator = await loadTextGenerator(files, options);
    const [first] = prompts as [string];
    const pieces: string[] = [];
    for await (const { piece } of generator.stream(first, { maxNewTokens: greedy!.maxNewTokens })) pieces.push(piece);
    expect(pieces.length).toBe(greedy!.ids[0]!.length);
    expect(pieces.join("")).toBe(textOf(greedy!.ids[0]!));
    const lines: string[] = [];
    for await (const [best] of generator.generateLines(prompts, { numBeams: 1, maxNewTokens: greedy!.maxNewTokens })) {
      lines.push(best!.text);
    }
    expect(lines).toEqual(greedy!.ids.map(textOf));
  });

  it("keeps beams, with the scores of Python", async () => {
    await using generator = await loadTextGenerator(files, options);
    const { numBeams, lengthPenalty, maxNewTokens, ids, scores } = beams!;
    const found = await generator.generate(prompts, { numBeams, lengthPenalty, maxNewTokens, numReturnSequences: 2 });
    expect(found.map((of) => of.length)).toEqual(ids.map(() => 2));
    expect(found.map(([best]) => best!.text)).toEqual(ids.map(textOf));
    found.forEach(([best], i) => {
      expect(best!.score).toBeCloseTo(scores[i]!, 4);
    });
  });
});

describe("a text generator", () => {
  it("stops at 100 tokens or at the model's last position where nothing else says how long", async () => {
    const { files, golden } = goldenFiles("llama");
    await using generator = await loadTextGenerator(files, options);
    const { maxPositionEmbeddings } = generator.model.config;
    const [row] = rowsOf(golden) as [number[]];
    const found = await generator.generate([sentence(row)], { eosTokenId: [] });
    expect(found[0]![0]!.tokens.length).toBe(Math.min(100, maxPositionEmbeddings - row.length + 1));
  });

  it("ends with any of several tokens", async () => {
    const { files, golden } = goldenFiles("llama");
    await using generator = await loadTextGenerator(files, options);
    const [ids] = golden.greedy!.ids as [number[]];
    const ends = [ids[2]!, ids[4]!];
    const found = await generator.generate([sentence(rowsOf(golden)[0]!)], { numBeams: 1, eosTokenId: ends });
    const best = found[0]![0];
    expect(best!.tokens.map(({ id }) => id)).toEqual(ids.slice(0, ids.findIndex((id) => ends.includes(id)) + 1));
    expect(best!.finished).toBe(true);
  });

  it("refuses a prompt beyond the positions, an empty one without a token to begin with, and what is no text", async () => {
    const { files } = goldenFiles("llama");
    await using generator = await loadTextGenerator(files, options);
    const long = sentence(Array.from({ length: 40 }, () => 7));
    expect((await heedError(() => generator.generate(["w001", long]), "INPUT_TOO_LONG")).line).toBe(2);
    expect((await heedError(() => generator.generate([""]), "INPUT_INVALID")).message).toContain("Text 1 is empty");
    await heedError(() => generator.generate([3 as unknown as string]), "INPUT_INVALID");
  });

  it("begins an empty text with the token that begins texts", async () => {
    const { files } = goldenFiles("llama", { bos_token: 7 });
    await using generator = await loadTextGenerator(files, options);
    const [ofEmpty, ofToken] = await generator.generate(["", "w007"], { maxNewTokens: 5 });
    expect(ofEmpty![0]!.tokens).toEqual(ofToken![0]!.tokens);
  });

  it("refuses a model that does not write, before it opens an engine", async () => {
    const { files } = goldenFiles("bert-masked");
    const { message } = await heedError(() => loadTextGenerator(files, options), "MODEL_UNSUPPORTED");
    expect(message).toContain('has the head "maskedToken": it cannot write text');
  });

  it("refuses a tokenizer of another vocabulary", async () => {
    const vocab = Object.fromEntries(Array.from({ length: 99 }, (_, id) => [`x${id}`, id]));
    const tokenizer = JSON.stringify({ model: { type: "WordLevel", vocab, unk_token: "x0" } });
    const { files } = goldenFiles("gpt2", {}, new Map([["tokenizer.json", tokenizer]]));
    const { message } = await heedError(() => loadTextGenerator(files, options), "MODEL_UNSUPPORTED");
    expect(message).toContain("The tokenizer has 99 tokens, but the model knows 41");
  });
});
