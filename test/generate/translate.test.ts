import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createGenerator,
  createTranslator,
  generate,
  type TranslateOptions,
  type Translation,
  type TranslationTokenizer,
  type Translator,
} from "../../src/generate/index.ts";
import type { Runtime } from "../../src/graph/runtime.ts";
import type { ModelFolder } from "../../src/hub/index.ts";
import { crossAttentionNames, inspect, teacherForced } from "../../src/inspect/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { Tokenizer } from "../../src/text/index.ts";
import { marianFolder } from "./marian.ts";

let runtime: Runtime;
let folder: ModelFolder;
let tokenizer: TranslationTokenizer;
let translator: Translator;

beforeAll(async () => {
  runtime = await nativeRuntime();
  folder = await marianFolder();
  tokenizer = Tokenizer.fromJSON(folder.tokenizerJson, folder.tokenizerConfig);
  translator = createTranslator({ model: folder.model, tokenizer, runtime, defaults: { numBeams: 4 } });
});
afterAll(async () => {
  await translator.dispose();
  await runtime.dispose();
});

const texts = ["w5 w6 w7", "w20 w3", "", "w9 w8 w30 w31 w2 w14", "  \t\n"];
const textsOf = (found: readonly (readonly Translation[])[]) => found.map((row) => row.map(({ text }) => text));

describe("translate", () => {
  it("gives the text of what generate finds, n best of each", async () => {
    const generator = createGenerator(folder.model, runtime, { numBeams: 4 });
    const asked = [texts[0]!, texts[1]!, texts[3]!];
    const sources = asked.map((text) => tokenizer.encode(text));
    const generations = await generate(generator, sources, { numReturnSequences: 3 });
    const found = await translator.translate(asked, { numReturnSequences: 3 });
    await generator.dispose();
    found.forEach((row, i) => {
      expect(row.length).toBe(3);
      row.forEach(({ text, score, tokens, sourceTokens, finished }, n) => {
        const generation = generations[i]![n]!;
        const words = generation.ids.filter((id) => id !== 0).map((id) => `w${id}`);
        expect(text).toBe(words.join(" "));
        expect(tokens.map((token) => token.text)).toEqual(finished ? [...words, "</s>"] : words);
        expect(tokens.map(({ id }) => id)).toEqual(generation.ids);
        expect(score).toBe(generation.score);
        expect(sourceTokens).toEqual([...asked[i]!.split(" "), "</s>"]);
        for (const { logProb, probability } of tokens) expect(probability).toBe(Math.exp(logProb));
      });
    });
  });

  it("gives blank texts the empty translation, in their places, without asking the model", async () => {
    const found = await translator.translate(texts);
    const rest = await translator.translate([texts[0]!, texts[1]!, texts[3]!]);
    expect(textsOf([found[0]!, found[1]!, found[3]!])).toEqual(textsOf(rest));
    const untouchable = createTranslator({ model: folder.model, tokenizer, runtime: {} as Runtime });
    const blank = await untouchable.translate(["", " ", "\u3000\n"], { attention: true });
    expect(blank).toEqual(
      Array(3).fill([{ text: "", score: 0, tokens: [], sourceTokens: [], unknown: [], inBytes: [], finished: true }]),
    );
    expect(found[2]).toEqual(blank[0]);
  });

  it("finds its own translations as probable as it said", async () => {
    const asked = [texts[0]!, texts[1]!, texts[3]!];
    const found = (await translator.translate(asked, { numBeams: 2, maxNewTokens: 20 })).map(([best]) => best!);
    const ended = found.flatMap(({ finished }, i) => (finished ? [i] : []));
    expect(ended.length).toBeGreaterThan(0);
    const pick = <T>(all: readonly T[]) => ended.map((i) => all[i]!);
    const given = pick(found);
    const scored = await translator.score(
      pick(asked),
      given.map(({ text }) => text),
      { top: 2 },
    );
    scored.forEach(({ tokens, logProb }, i) => {
      expect(tokens.map(({ text }) => text)).toEqual(given[i]!.tokens.map(({ text }) => text));
      tokens.forEach(({ logProb, top }, t) => {
        expect(logProb).toBeCloseTo(given[i]!.tokens[t]!.logProb, 4);
        expect(top.length).toBe(2);
      });
      expect(logProb).toBeCloseTo(
        tokens.reduce((sum, token) => sum + token.logProb, 0),
        4,
      );
    });
  });

  it("scores blank texts, and refuses what it cannot score", async () => {
    const [blank] = await translator.score([""], [""]);
    expect(blank!.tokens.map(({ text }) => text)).toEqual(["</s>"]);
    await expect(translator.score(["w5"], [])).rejects.toMatchObject({ code: "INPUT_INVALID" });
    const long = "w5 ".repeat(500);
    await expect(translator.score(["w5", "w6"], ["w5", long])).rejects.toThrow(
      /^Translation 2 has at least 501 tokens/,
    );
    const [cut] = await translator.score(["w5"], [long], { truncate: true });
    expect(cut!.tokens).toHaveLength(folder.model.config.maxPositionEmbeddings);
    const aborted = translator.score(["w5"], ["w5"], { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("refuses what is no list of texts", async () => {
    for (const wrong of [undefined, null, 5, "w5 w6", [null], [5]]) {
      await expect(translator.translate(wrong as never)).rejects.toMatchObject({ code: "INPUT_INVALID" });
      await expect(translator.score(["w5"], wrong as never)).rejects.toMatchObject({ code: "INPUT_INVALID" });
    }
    await expect(translator.translate(["w5"], { numBeams: 1e8 })).rejects.toThrow(/numBeams.*1000/);
  });

  it("gives alternatives as text", async () => {
    const [[found]] = (await translator.translate([texts[0]!], { top: 3 })) as [[Translation]];
    for (const { top } of found.tokens) {
      expect(top.length).toBe(3);
      for (const { id, text, probability, logProb } of top) {
        expect(text).toBe(id === 0 ? "</s>" : id === 1 ? "<unk>" : `w${id}`);
        expect(probability).toBe(Math.exp(logProb));
      }
      expect(top[0]!.probability).toBeGreaterThanOrEqual(top[1]!.probability);
    }
  });

  it("tells where each token of each translation looked", async () => {
    const names = crossAttentionNames(folder.model);
    expect(names).toEqual([0, 1].map((layer) => `decoder.layers.${layer}.crossAttention.pattern`));
    for (const [attention, layer] of [
      [true, names[1]!],
      [names[0]!, names[0]!],
    ] as const) {
      const found = await translator.translate(texts, { attention, numReturnSequences: 2 });
      for (const [i, row] of found.entries()) {
        for (const { tokens, sourceTokens } of row) {
          if (tokens.length === 0) continue;
          const ids = [tokenizer.encode(texts[i]!), tokens.map(({ id }) => id)] as const;
          const batch = teacherForced([ids[0]], [ids[1]], folder.model.config);
          const pattern = (await inspect(folder.model, runtime, batch, [layer])).get(layer)!;
          const [, heads, , source] = pattern.shape as [number, number, number, number];
          for (const [t, { attention: looked }] of tokens.entries()) {
            const mean = Array.from({ length: source }, (_, s) => {
              const ofHead = Array.from(
                { length: heads },
                (_, h) => pattern.data[(h * tokens.length + t) * source + s],
              );
              return ofHead.reduce((sum: number, weight) => sum + Number(weight), 0) / heads;
            });
            for (const [s, weight] of mean.entries()) expect(looked!.weights[s]).toBeCloseTo(weight, 6);
            expect(looked!.index).toBe(mean.indexOf(Math.max(...mean)));
            expect(looked!.text).toBe(sourceTokens[looked!.index]);
            expect(looked!.weight).toBe(looked!.weights[looked!.index]);
          }
        }
      }
    }
    const wrong = translator.translate([texts[0]!], { attention: "decoder.layers.7.crossAttention.pattern" });
    await expect(wrong).rejects.toMatchObject({ code: "INPUT_INVALID", message: expect.stringContaining(names[0]!) });
  });

  it("tells what of a text the vocabulary cannot write", async () => {
    const options = { attention: true, top: 40, numReturnSequences: 2 };
    const [known, found] = await translator.translate(["w5 w6", "w5 zebra w6 apple zebra"], options);
    for (const { unknown } of known!) expect(unknown).toEqual([]);
    for (const { unknown, sourceTokens, tokens } of found!) {
      expect(unknown).toEqual(["zebra", "apple"]);
      expect(sourceTokens).toEqual(["w5", "<unk>", "w6", "<unk>", "<unk>", "</s>"]);
      for (const { attention, top, ...token } of tokens) {
        for (const { text, unknown = false } of [attention!, token, ...top]) expect(unknown).toBe(text === "<unk>");
      }
    }
    expect(found!.some(({ tokens }) => tokens.some(({ top }) => top.some(({ unknown }) => unknown)))).toBe(true);
  });

  it("refuses a text that is too long, or leaves out its end", async () => {
    const long = Array.from({ length: 40 }, (_, i) => `w${2 + (i % 30)}`);
    const failure = await translator.translate(["w3", long.join(" ")]).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "INPUT_TOO_LONG", line: 2, message: expect.stringMatching(/41 .* 32/) });
    const [cut] = await translator.translate([long.join(" ")], { truncate: true });
    expect(cut![0]!.sourceTokens).toEqual([...long.slice(0, 31), "</s>"]);
    const shorter = await translator.translate([long.slice(0, 31).join(" ")]);
    expect(textsOf([cut!])).toEqual(textsOf(shorter));
  });

  it("takes a default for an option that is undefined", async () => {
    const defaults = { numBeams: 4, numReturnSequences: 3 };
    await using another = createTranslator({ model: folder.model, tokenizer, runtime, defaults });
    const [found] = await another.translate([texts[0]!], { numBeams: undefined, numReturnSequences: undefined });
    expect(found!.length).toBe(3);
  });

  it("takes the longest sequence of the call, under whichever name, before that of the defaults", async () => {
    const lengthOf = async (defaults: TranslateOptions, options: TranslateOptions) => {
      const all = { numBeams: 1, minNewTokens: 6, ...defaults };
      await using another = createTranslator({ model: folder.model, tokenizer, runtime, defaults: all });
      return (await another.translate([texts[0]!], options))[0]![0]!.tokens.length;
    };
    expect(await lengthOf({ maxNewTokens: 9 }, {})).toBeLessThanOrEqual(9);
    expect(await lengthOf({ maxNewTokens: 9 }, { maxLength: 5 })).toBe(4);
    expect(await lengthOf({ maxLength: 9 }, { maxNewTokens: 5 })).toBe(5);
  });

  it("keeps as many beams as it is to give sequences, or as the defaults say", async () => {
    const beams = async (numBeams: number, options: TranslateOptions) => {
      await using another = createTranslator({ model: folder.model, tokenizer, runtime, defaults: { numBeams } });
      return textsOf(await another.translate([texts[3]!], options));
    };
    expect(await beams(1, { numReturnSequences: 3 })).toEqual(await beams(3, { numReturnSequences: 3 }));
    expect((await beams(8, { numReturnSequences: 3 }))[0]![0]).toBe((await beams(8, {}))[0]![0]);
    await expect(beams(1, { numBeams: 2, numReturnSequences: 3 })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("numbers texts that it scores as it is told to", async () => {
    const long = "w5 ".repeat(40);
    const failure = translator.score(["w3", "w4"], ["w3", long], { firstLine: 257 });
    await expect(failure).rejects.toMatchObject({ code: "INPUT_TOO_LONG", line: 258 });
  });
});

describe("translateLines", () => {
  it("gives one result a line, in order", async () => {
    const lines = Array.from({ length: 300 }, (_, i) => (i % 7 === 3 ? "" : `w${2 + (i % 37)} w${2 + (i % 11)}`));
    const expected = await translator.translate(lines);
    for (const source of [lines, asynchronous(lines)]) {
      const found: Translation[][] = [];
      for await (const row of translator.translateLines(source)) found.push(row);
      expect(textsOf(found)).toEqual(textsOf(expected));
    }
  });

  it("draws for a line what translate draws for it, however its source is read", async () => {
    const lines = Array.from({ length: 530 }, (_, i) => (i === 3 ? "" : "w5 w6 w7"));
    const options = { numBeams: 1, doSample: true, seed: 7, maxNewTokens: 6 };
    const expected = textsOf(await translator.translate(lines, options));
    expect(new Set(expected.flat()).size).toBeGreaterThan(100);
    for (const source of [lines, asynchronous(lines)]) {
      const found: Translation[][] = [];
      for await (const row of translator.translateLines(source, options)) found.push(row);
      expect(textsOf(found)).toEqual(expected);
    }
  });

  it("gives a result as soon as its line is there", async () => {
    const events: string[] = [];
    async function* typed() {
      for (const line of ["w5", "w6 w7", "w8"]) {
        events.push(`line ${line}`);
        yield line;
        await new Promise((resolve) => setTimeout(resolve, 50));
        while (!events.some((event) => event === `result ${line}`)) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
    }
    for await (const [found] of translator.translateLines(typed())) {
      events.push(`result ${found!.sourceTokens.slice(0, -1).join(" ")}`);
    }
    expect(events).toEqual(["w5", "w6 w7", "w8"].flatMap((line) => [`line ${line}`, `result ${line}`]));
  });

  it("numbers the line that is too long from the beginning", async () => {
    const lines = [...Array(520).fill("w4"), "w5 ".repeat(40)];
    const run = async () => {
      let results = 0;
      try {
        for await (const _ of translator.translateLines(lines)) results++;
      } catch (error) {
        return { results, error };
      }
    };
    expect(await run()).toMatchObject({ results: 520, error: { code: "INPUT_TOO_LONG", line: 521 } });
  });

  it("passes on a failure of the source after the lines before it, and closes the source when it is left", async () => {
    async function* failing() {
      yield "w4";
      throw new Error("no more lines");
    }
    let results = 0;
    const all = async () => {
      for await (const _ of translator.translateLines(failing())) results++;
    };
    await expect(all()).rejects.toThrow("no more lines");
    expect(results).toBe(1);
    let closed = false;
    async function* closing() {
      try {
        for (;;) yield "w4";
      } finally {
        closed = true;
      }
    }
    for await (const _ of translator.translateLines(closing())) break;
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(closed).toBe(true);
  });

  async function* asynchronous(lines: readonly string[]) {
    for (const line of lines) yield line;
  }
});
