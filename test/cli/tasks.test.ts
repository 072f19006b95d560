import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { run } from "../../src/cli/run.ts";
import { goldenFiles, rowsOf, sentence, word } from "../tasks/golden-files.ts";
import { heed, MemoryIo } from "./memory-io.ts";

const root = mkdtempSync(join(tmpdir(), "heed-tasks-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A golden folder on a disk, with a tokenizer whose words are the ids. */
async function folderOf(name: string, special: Readonly<Record<string, number>> = {}) {
  const { files, golden } = goldenFiles(name, special);
  const folder = mkdtempSync(join(root, `${name}-`));
  for (const file of await files.names!()) writeFileSync(join(folder, file), (await files.read(file))!);
  return { folder, golden, rows: rowsOf(golden) };
}

const jsonLines = (out: string) =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("heed generate", () => {
  it("continues texts, a line for each, as Python does", async () => {
    const { folder, golden, rows } = await folderOf("llama-grouped");
    const { ids, maxNewTokens } = golden.greedy!;
    const args = ["generate", "--model", folder, "--beam", "1", "--max-length", String(maxNewTokens)];
    const expected = rows.map((row, i) => `${sentence(row)} ${sentence(ids[i]!)}`);
    expect(await heed([...args, ...rows.map(sentence)])).toEqual({ code: 0, out: `${expected.join("\n")}\n`, err: "" });
    expect((await heed(args, `${rows.map(sentence).join("\n")}\n`)).out).toBe(`${expected.join("\n")}\n`);
  });

  it("gives one object a line, with every token and its probability", async () => {
    const { folder, golden, rows } = await folderOf("llama-grouped");
    const { ids, scores, maxNewTokens } = golden.beams!;
    const args = ["generate", "--model", folder, "--beam", "4", "--max-length", String(maxNewTokens), "--json"];
    const found = jsonLines((await heed([...args, ...rows.map(sentence)])).out);
    expect(found.map(({ prompt }) => prompt)).toEqual(rows.map(sentence));
    found.forEach(({ generations: [best] }, i) => {
      expect(best.tokens.map(({ id }: { id: number }) => id)).toEqual(ids[i]);
      expect(best.score).toBeCloseTo(scores[i]!, 4);
      for (const { text, id, probability, logProb } of best.tokens) {
        expect(text).toBe(word(id));
        expect(probability).toBeCloseTo(Math.exp(logProb), 10);
      }
    });
  });

  it("draws the same for the same seed, and shows a table of tokens", async () => {
    const { folder, rows } = await folderOf("gpt2");
    const args = ["generate", "--model", folder, "--max-length", "8", "--sample", "--seed", "3", sentence(rows[0]!)];
    const [first, again] = [await heed(args), await heed(args)];
    expect(first.code).toBe(0);
    expect(again.out).toBe(first.out);
    const { out } = await heed(["generate", "--model", folder, "--max-length", "3", "--probs", sentence(rows[0]!)]);
    expect(out.split("\n")[1]).toMatch(/^ {2}token +probability +else$/);
    expect(out.trimEnd().split("\n").length).toBeLessThanOrEqual(5);
  });

  it("shows a text as it is written on a terminal, the same as in a line", async () => {
    const { folder, golden, rows } = await folderOf("llama-grouped");
    const { ids, maxNewTokens } = golden.greedy!;
    const io = new MemoryIo();
    Object.assign(io.stdout, { isTTY: true });
    const args = ["generate", "--model", folder, "--max-length", String(maxNewTokens), ...rows.map(sentence)];
    expect(await run(args, io)).toBe(0);
    expect(io.out).toBe(rows.map((row, i) => `${sentence(row)} ${sentence(ids[i]!)}\n`).join(""));
  });

  it("says what of a generation_config.json is left aside", async () => {
    const { folder } = await folderOf("gpt2");
    const asked = {
      eos_token_id: 3,
      repetition_penalty: 1.2,
      no_repeat_ngram_size: 3,
      typical_p: 1,
      bad_words_ids: [[1, 2]],
    };
    writeFileSync(join(folder, "generation_config.json"), JSON.stringify(asked));
    const { code, err } = await heed(["generate", "--model", folder, "--max-length", "2", word(5)]);
    expect(code).toBe(0);
    expect(err).toContain("asks for bad_words_ids, no_repeat_ngram_size, repetition_penalty, which Heed does not have");
  });

  it("refuses a model that cannot write, with what it is", async () => {
    const { folder } = await folderOf("bert");
    const { code, out, err } = await heed(["generate", "--model", folder, word(3)]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain('This bert model has the head "states": it cannot write text.');
  });
});

describe("heed fill", () => {
  it("tells the most probable tokens for each mask, as text and as JSON", async () => {
    const { folder, rows } = await folderOf("roberta-masked", { mask_token: 9 });
    const text = `${sentence(rows[0]!)} ${word(9)}`;
    const masks = [...rows[0]!, 9].filter((id) => id === 9).length;
    const [json] = jsonLines((await heed(["fill", "--model", folder, "--top", "2", "--json", text])).out);
    expect(json.text).toBe(text);
    expect(json.masks.map((mask: unknown[]) => mask.length)).toEqual(Array(masks).fill(2));
    expect(Object.keys(json.masks[0][0])).toEqual(["text", "id", "probability"]);
    const { out } = await heed(["fill", "--model", folder, "--top", "2", text]);
    expect(out.split("\n")[0]).toBe(text);
    expect(out).toContain(json.masks[0][0].text);
  });

  it("says which mask it knows where a text has none", async () => {
    const { folder } = await folderOf("roberta-masked", { mask_token: 9 });
    const { code, out, err } = await heed(["fill", "--model", folder, "--json"], "w001 w002\n\nw009\n");
    expect(code).toBe(0);
    expect(jsonLines(out).map(({ masks }) => masks.length)).toEqual([0, 0, 1]);
    expect(err).toBe("Text 1 has no w009, which this model's tokenizer writes for a hidden word.\n");
  });
});

describe("heed embed", () => {
  it("gives a vector a line, in tabs or as JSON, of blank lines too", async () => {
    const { folder, rows } = await folderOf("roberta");
    const input = `${sentence(rows[0]!)}\n\n${sentence(rows[1]!)}\n`;
    const { code, out } = await heed(["embed", "--model", folder], input);
    const vectors = out
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t").map(Number));
    expect(code).toBe(0);
    expect(vectors.map(({ length }) => length)).toEqual([16, 16, 16]);
    const found = jsonLines((await heed(["embed", "--model", folder, "--json"], input)).out);
    expect(found.map(({ text }) => text)).toEqual([sentence(rows[0]!), "", sentence(rows[1]!)]);
    expect(found.map(({ embedding }) => embedding)).toEqual(vectors);
  });
});

describe("heed info", () => {
  it.each([
    ["llama", "nextToken", "continue texts (heed generate), embed texts (heed embed)"],
    ["bert-masked", "maskedToken", "fill in masks (heed fill), embed texts (heed embed)"],
    ["t5", "sequenceToSequence", "write from a source, as translations (heed translate, heed generate)"],
    ["bert-sequence-classification", "sequenceClass", "score the classes of texts (from the library)"],
  ])("says what a folder of %s is, what it can and what memory it takes", async (name, head, can) => {
    const { folder } = await folderOf(name);
    const { code, out } = await heed(["info", folder]);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^head +${head}$`, "m"));
    expect(out.replace(/ +/g, " ")).toContain(`\ncan ${can}\n`);
    const { memory, parameters } = JSON.parse((await heed(["info", folder, "--json"])).out);
    expect(memory.parameters).toBe(4 * parameters.total);
    expect(memory.token === null).toBe(!["nextToken", "sequenceToSequence"].includes(head));
  });
});
