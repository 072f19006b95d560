import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveModelFolder } from "../../src/hub/node.ts";
import { withoutBytes } from "../text/without-bytes.ts";
import { heed, type Ran } from "./memory-io.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const main = join(root, "src/cli/main.ts");

let folder: string;
const file = (name: string) => join(folder, name);
const read = (name: string) => readFile(file(name), "utf8");

const words = ["red", "blue", "cat", "dog", "sees", "eats", "old", "new"];
const sentence = (i: number) =>
  Array.from({ length: 2 + (i % 4) }, (_, j) => words[Math.floor((i * 29) / 3 ** j) % 8]).join(" ");

function recipe(train: string): string {
  return `data: { path: pairs.tsv, split: { validation: 8, test: 8 } }
tokenizer: { vocabSize: 316 }
model:
  dModel: 16
  encoderLayers: 1
  decoderLayers: 1
  encoderAttentionHeads: 2
  decoderAttentionHeads: 2
  encoderFfnDim: 16
  decoderFfnDim: 16
  maxPositionEmbeddings: 32
train: { maxTokens: 200, validationBleu: 4, ${train} }
`;
}

/** Runs `heed` as a process of its own. */
function spawned(args: readonly string[], watch: (child: ChildProcess, err: string) => void = () => {}) {
  return new Promise<Ran>((resolve) => {
    const child = spawn(process.execPath, ["--import", "tsx", main, ...args], { cwd: root });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
      watch(child, err);
    });
    child.on("close", (code) => resolve({ code: code ?? -1, out, err }));
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heed-e2e-"));
  const pairs = Array.from({ length: 200 }, (_, i) => sentence(i)).map((text) => `${text}\t${text.toUpperCase()}`);
  await writeFile(file("pairs.tsv"), `${[...new Set(pairs)].join("\n")}\n`);
  await writeFile(file("short.yaml"), recipe("maxEpochs: 2"));
  await writeFile(file("long.yaml"), recipe("maxEpochs: 100000"));
  await writeFile(file("source.txt"), "red cat\nold dog\n");
  await writeFile(file("reference.txt"), "RED CAT\nOLD DOG\n");
  await writeFile(file("one.txt"), "RED CAT\n");
  await writeFile(file("chinese.txt"), "红猫\n老狗\n");
});

afterAll(() => rm(folder, { recursive: true }));

describe("a translator trained by the command line", () => {
  it("is trained: the result on standard output, progress on standard error", async () => {
    const { code, out, err } = await heed(["train", file("short.yaml"), "--out", file("run"), "--threads", "1"]);
    expect(err).toMatch(
      /Learning a tokenizer[\s\S]*Training [\d,]+ parameters on [\s\S]*epoch 1\/2 {2}step 1\/\d+ {2}loss/,
    );
    expect(err).toMatch(/Step \d+, validation: BLEU [\d.]+ \(highest so far\), loss [\d.]+/);
    expect(err).toContain("it will learn little");
    expect(out).toMatch(
      /^\S+run: \d+ steps in 0:\d\d\nBest by validation BLEU: step \d+, BLEU \d+\.\d\d, loss \d\.\d{3}\n$/,
    );
    expect(code).toBe(0);
  });

  it("is not trained over", async () => {
    const before = await read("run/recipe.json");
    const { code, out, err } = await heed(["train", file("short.yaml"), "--out", file("run")]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(`npx heed train ${file("run")} --resume`);
    expect(await read("run/recipe.json")).toBe(before);
  });

  it("translates: one line out for each line in, whatever their ends", async () => {
    const flags = ["--model", file("run"), "--max-length", "5"];
    const { code, out, err } = await heed(["translate", ...flags], "red cat\r\n\n  \nold dog\n\nnew");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const lines = out.split("\n");
    expect(lines).toHaveLength(7);
    expect([lines[1], lines[2], lines[4], lines[6]]).toEqual(["", "", "", ""]);
    const given = await heed(["translate", ...flags, "red cat", "", "", "old dog", "", "new"]);
    expect(given.out).toBe(out);
    for (const [text, lineCount] of [
      ["", 0],
      ["\n", 1],
      ["\n\n", 2],
    ] as const) {
      const { code, out } = await heed(["translate", ...flags], text);
      expect({ code, out }).toEqual({ code: 0, out: "\n".repeat(lineCount) });
    }
  });

  it("tells the n best, by line", async () => {
    const { out } = await heed(
      ["translate", "--model", file("run"), "--nbest", "2", "--max-length", "4"],
      "red cat\n\nold",
    );
    const rows = out
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    expect(rows.map(([line]) => line)).toEqual(["1", "1", "2", "3", "3"]);
    expect(Number(rows[0]![1])).toBeGreaterThanOrEqual(Number(rows[1]![1]));
  });

  it("tells probabilities and attention, to people and to programs", async () => {
    const flags = ["--model", file("run"), "--max-length", "3", "--probs", "--attention"];
    const table = (await heed(["translate", ...flags, "red cat"])).out.split("\n");
    expect(table[1]).toMatch(/^ {2}token +probability +looks at +attention +else$/);
    expect(table[2]).toMatch(/ [01]\.\d{3} .* [01]\.\d{3} /);
    const { out } = await heed(["translate", ...flags, "--json", "red cat", ""]);
    const [first, second] = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first.source).toBe("red cat");
    const { tokens, sourceTokens } = first.translations[0];
    expect(tokens[0].probability).toBeCloseTo(Math.exp(tokens[0].logProb), 6);
    expect(tokens[0].top).toHaveLength(4);
    expect(tokens[0].attention.weights).toHaveLength(sourceTokens.length);
    expect(second).toEqual({
      source: "",
      unknown: [],
      inBytes: [],
      translations: [expect.objectContaining({ text: "" })],
    });
  });

  describe("what the vocabulary lacks", () => {
    const flags = ["--max-length", "3"];

    it("is spelled in bytes", async () => {
      const { code, err } = await heed(["translate", "--model", file("run"), ...flags, "red 漢🙂"]);
      const note = "Line 1: the vocabulary has no token for 漢 🙂: the model sees bytes, and may not know them.\n";
      expect({ code, err }).toEqual({ code: 0, err: note });
      const [line] = (
        await heed(["translate", "--model", file("run"), ...flags, "--json", "--attention", "漢"])
      ).out.split("\n");
      const { unknown, inBytes, translations } = JSON.parse(line!);
      expect({ unknown, inBytes }).toEqual({ unknown: [], inBytes: ["漢"] });
      expect(translations[0].sourceTokens).toEqual(["▁", "<0xE6>", "<0xBC>", "<0xA2>", "</s>"]);
    });

    it("is told where there are no bytes", async () => {
      await cp(await resolveModelFolder(file("run")), file("without-bytes"), { recursive: true });
      withoutBytes(file("without-bytes/tokenizer.json"));
      const translate = ["translate", "--model", file("without-bytes"), ...flags];
      const { code, out, err } = await heed([...translate, "red cat", "red 漢🙂漢", "漢 Ω"]);
      expect(code).toBe(0);
      expect(out.split("\n")).toHaveLength(4);
      expect(err).toBe(
        "Line 2: the vocabulary has no token for 漢 🙂, which the model does not see.\n" +
          "Line 3: the vocabulary has no token for Ω, which the model does not see.\n",
      );
      const json = await heed([...translate, "--json", "--attention", "漢Ω漢"]);
      const { unknown, translations } = JSON.parse(json.out);
      expect(unknown).toEqual(["漢", "Ω"]);
      expect(translations[0].sourceTokens).toEqual(["▁", "<unk>", "<unk>", "<unk>", "</s>"]);
      for (const { attention } of translations[0].tokens) {
        expect(attention.unknown ?? false).toBe(attention.text === "<unk>");
      }
    });

    it("is told at the end of an evaluation", async () => {
      await writeFile(file("unknown.txt"), "red 漢\nold Ω漢\n");
      const sets = ["--source", file("unknown.txt"), "--reference", file("reference.txt")];
      const { err } = await heed(["evaluate", "--model", file("without-bytes"), ...sets, ...flags]);
      expect(err).toContain("In 2 sources the vocabulary has no token for 漢 Ω, which the model does not see.\n");
    });
  });

  it.each<[string, Buffer | string, RegExp]>([
    ["broken UTF-8", Buffer.from("red\ncat \xff\n", "latin1"), /standard input, line 2: the text is not valid UTF-8/],
    [
      "a line that is too long",
      `red\n${"cat ".repeat(25_000)}\n`,
      /Text 2 has at least \d+ tokens, but the model reads at most 32/,
    ],
  ])("names the line with %s", async (_, stdin, message) => {
    const { code, out, err } = await heed(["translate", "--model", file("run"), "--max-length", "3"], stdin);
    expect(code).toBe(1);
    expect(err).toMatch(message);
    // The line before it has its translation all the same.
    expect(out.split("\n")).toHaveLength(2);
  });

  it("cuts what is too long where that is asked for", async () => {
    const { code, out } = await heed(
      ["translate", "--model", file("run"), "--max-length", "3", "--truncate"],
      "cat ".repeat(100),
    );
    expect(code).toBe(0);
    expect(out.split("\n")).toHaveLength(2);
  });

  it("is scored", async () => {
    const flags = ["--model", file("run"), "--source", file("source.txt"), "--max-length", "5", "--beam", "2"];
    const { code, out, err } = await heed(["evaluate", ...flags, "--reference", file("reference.txt"), "--lowercase"]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^BLEU +\d+\.\d\d +nrefs:1\|case:lc\|.*\nchrF2 +\d+\.\d\d +nrefs:1\|case:lc\|.*\nperplexity +\d+\.\d\d +tokens:\d+\naccuracy +[01]\.\d{4} +tokens:\d+\n$/,
    );
    expect(err).toContain("2 of 2 sentences translated");
    const json = await heed(["evaluate", ...flags, "--reference", file("reference.txt"), "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ sentences: 2, bleu: { name: "BLEU" }, chrf: { name: "chrF2" } });
    const { perplexity, accuracy, tokens } = JSON.parse(json.out);
    expect(perplexity).toBeGreaterThan(1);
    expect(perplexity).toBeLessThan(500);
    expect(Number.isInteger(accuracy * tokens)).toBe(true);
    const unequal = await heed(["evaluate", ...flags, "--reference", file("one.txt")]);
    expect(unequal).toMatchObject({ code: 1, out: "", err: expect.stringContaining("has 2 lines") });
  });

  it("is scored on what it held out, unless files are named", async () => {
    const flags = ["evaluate", "--model", file("run"), "--max-length", "5", "--beam", "1"];
    const here = process.cwd();
    process.chdir(folder);
    const { code, out, err } = await heed([...flags, "--json"]).finally(() => process.chdir(here));
    expect(err).toContain("8 of 8 references predicted");
    expect({ code, sentences: JSON.parse(out).sentences }).toEqual({ code: 0, sentences: 8 });
    const half = await heed([...flags, "--source", file("source.txt")]);
    expect(half).toMatchObject({ code: 2, out: "", err: expect.stringContaining("--reference is missing") });
    const model = fileURLToPath(new URL("../fixtures/transformer/decoding", import.meta.url));
    const noRun = await heed(["evaluate", "--model", model]);
    expect(noRun).toMatchObject({ code: 2, out: "", err: expect.stringContaining("is no run") });
  });

  it("is scored at a checkpoint on what its run held out, as its run's language asks", async () => {
    await cp(file("run"), file("chinese"), { recursive: true });
    const recipe = JSON.parse(await read("chinese/recipe.json"));
    await writeFile(file("chinese/recipe.json"), JSON.stringify({ ...recipe, data: { ...recipe.data, to: "zh" } }));
    const checkpoint = `chinese/checkpoints/${(await readdir(file("chinese/checkpoints")))[0]!}`;
    const heldOut = await evaluated(checkpoint);
    expect(heldOut).toMatchObject({ code: 0, sentences: 8, tokenizer: "zh" });
    const files = ["--source", file("source.txt"), "--reference", file("chinese.txt")];
    for (const model of ["chinese", checkpoint]) {
      expect(await evaluated(model, ...files)).toMatchObject({ code: 0, sentences: 2, tokenizer: "zh" });
    }
    const told = await evaluated("chinese", ...files, "--tokenize", "13a");
    expect(told).toMatchObject({ tokenizer: "13a", err: expect.not.stringContaining("look Chinese") });
  });

  it("is scored by 13a where nobody names a language, with a word on references that it does not suit", async () => {
    const files = ["--source", file("source.txt"), "--reference"];
    const chinese = await evaluated("run", ...files, file("chinese.txt"));
    expect(chinese).toMatchObject({ code: 0, tokenizer: "13a" });
    expect(chinese.err).toContain(
      "The references look Chinese, which BLEU does not split well by 13a. Give --tokenize zh.\n",
    );
    const told = await evaluated("run", ...files, file("chinese.txt"), "--tokenize", "zh");
    expect(told).toMatchObject({ tokenizer: "zh", err: expect.not.stringContaining("look") });
    const english = await evaluated("run", ...files, file("reference.txt"));
    expect(english).toMatchObject({ tokenizer: "13a", err: expect.not.stringContaining("look") });
  });

  /** The result of `heed evaluate`, and how BLEU split the sentences. */
  async function evaluated(model: string, ...flags: readonly string[]) {
    const decoding = ["--max-length", "3", "--beam", "1", "--json"];
    const { code, out, err } = await heed(["evaluate", "--model", file(model), ...decoding, ...flags]);
    const { sentences, bleu } = JSON.parse(out || "{}");
    return { code, err, sentences, tokenizer: /tok:(\w+)/.exec(bleu?.signature)?.[1] };
  }

  it("is described", async () => {
    const { out } = await heed(["info", file("run"), "--json"]);
    const { modelType, parameters, tokenizer, training, bytes } = JSON.parse(out);
    expect(modelType).toBe("marian");
    expect(Object.values<number>(parameters.parts).reduce((a, b) => a + b)).toBe(parameters.total);
    expect(tokenizer).toEqual({ kind: "BPE", size: 316 });
    expect(training).toMatchObject({ epochs: 2 });
    expect(bytes.model).toBeLessThan(bytes.folder);
    const { out: text } = await heed(["info", file("run")]);
    expect(text).toMatch(/^saved as +marian \(opened by: Heed, and Python's transformers\)$/m);
    expect(text).toMatch(/^ {2}dModel +16$/m);
  });

  it.skipIf(process.platform === "win32")("ends quietly where the reader of its output has enough", async () => {
    const script = `yes "red cat" | head -3000 | node --import tsx ${main} translate --model ${file("run")} --beam 1 --max-length 3 | head -2; echo "\${PIPESTATUS[2]}"`;
    const { out, err } = await new Promise<Ran>((resolve) => {
      const shell = spawn("bash", ["-c", script], { cwd: root });
      const texts = { out: "", err: "" };
      shell.stdout.on("data", (chunk) => {
        texts.out += chunk;
      });
      shell.stderr.on("data", (chunk) => {
        texts.err += chunk;
      });
      shell.on("close", (code) => resolve({ code: code ?? -1, ...texts }));
    });
    const lines = out.trimEnd().split("\n");
    expect(err).toBe("");
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe("0");
  });
});

/** Sends one signal, when the output so far matches: a second one would end the program at once. */
function once(pattern: RegExp, signal: NodeJS.Signals): (child: ChildProcess, err: string) => void {
  let sent = false;
  return (child, err) => {
    if (!sent && pattern.test(err)) sent = child.kill(signal);
  };
}

describe("a training", () => {
  it("saves at a signal, says how to go on, and goes on", async () => {
    const run = file("stopped");
    const stopped = await spawned(
      ["train", file("long.yaml"), "--out", run, "--threads", "1"],
      once(/step [1-9]/, "SIGINT"),
    );
    expect(stopped).toMatchObject({ code: 130, out: "" });
    expect(stopped.err).toMatch(
      /Stopping[\s\S]*Stopped and saved after step [\d,]+\nGo on with it: npx heed train \S+stopped --resume\n$/,
    );
    const [checkpoint] = await readdir(join(run, "checkpoints"));
    const step = Number(checkpoint!.replace(/\D/g, ""));

    const resumed = await spawned(["train", run, "--resume", "--threads", "1"], once(/tokens\/s/, "SIGTERM"));
    expect(resumed.code).toBe(143);
    expect(resumed.err).toMatch(new RegExp(`Going on after step ${step.toLocaleString("en-US")} `));
  });
});
