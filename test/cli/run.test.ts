import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { Exit, print } from "../../src/cli/io.ts";
import { HeedError } from "../../src/error.ts";
import { heed, MemoryIo } from "./memory-io.ts";

/** The commands that a help lists. */
function commandsOf(help: string): string[] {
  return [...help.split("\nCommands:\n")[1]!.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name!);
}

describe("help", () => {
  it("goes to standard output and is no error", async () => {
    const { code, out, err } = await heed(["--help"]);
    expect(code).toBe(0);
    expect(err).toBe("");
    const training = ["quickstart", "train", "translate", "evaluate", "score", "data", "schema"];
    for (const name of [...training, "generate", "embed", "fill", "info"]) expect(out).toContain(`\n  ${name} `);
  });

  it("is there for each command, with examples", async () => {
    const { code, out } = await heed(["help", "train"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: heed train \[options\] \[recipe\]/);
    expect(out).toContain("npx heed train runs/mine --resume");
  });

  it("is there for commands within commands", async () => {
    const { code, out } = await heed(["help", "data", "split"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: heed data split \[options\]/);
    expect((await heed(["help"])).out).toBe((await heed(["--help"])).out);
    const wrong = await heed(["help", "data", "splt"]);
    expect(wrong).toMatchObject({ code: 2, out: "", err: expect.stringContaining("Known are inspect, clean, split") });
  });

  it("fits 80 columns, and its examples can be typed as they stand", async () => {
    const [names, deeper] = [
      commandsOf((await heed(["--help"])).out),
      commandsOf((await heed(["data", "--help"])).out),
    ];
    expect(names).toContain("translate");
    for (const path of [[], ...names.map((name) => [name]), ...deeper.map((name) => ["data", name])]) {
      const { out } = await heed([...path, "--help"]);
      expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
      const [, examples] = out.split("\nExamples:\n");
      for (const line of examples?.trimEnd().split("\n") ?? [])
        expect(line).toContain(`  npx heed ${path.join(" ")} `.trimEnd());
    }
  });

  it("tells the version", async () => {
    expect(await heed(["--version"])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe("starting", () => {
  const root = fileURLToPath(new URL("../../src", import.meta.url));

  /** The files of Heed and the packages that a file loads, before any command runs. */
  async function loaded(path: string, seen = new Set<string>()): Promise<Set<string>> {
    if (seen.has(relative(root, path))) return seen;
    seen.add(relative(root, path));
    const text = await readFile(path, "utf8");
    for (const [, name] of text.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from "([^"]+)"/gm)) {
      if (name!.endsWith(".ts")) await loaded(join(dirname(path), name!), seen);
      else if (!name!.startsWith("node:")) seen.add(name!);
    }
    return seen;
  }

  it("loads no more than the declarations of the commands, so that help comes at once", async () => {
    const outside = [...(await loaded(join(root, "cli/main.ts")))].filter((path) => !path.startsWith("cli"));
    expect(outside.sort()).toEqual([
      "../../package.json",
      "commander",
      "data/corpora/languages.ts",
      "error.ts",
      "generate/limits.ts",
    ]);
  });
});

describe("wrong usage ends with code 2, a word on standard error and nothing on standard output", () => {
  it.each<[string, string[], string]>([
    ["no command", [], "Usage: heed"],
    ["an unknown command", ["translat"], "Did you mean translate?"],
    ["an unknown option", ["info", "x", "--jsn"], "unknown option '--jsn'"],
    ["a missing option", ["translate", "hello"], "required option '--model <dir>' not specified"],
    ["a missing argument", ["info"], "missing required argument 'dir'"],
    ["a bad number", ["translate", "--model", "x", "--beam", "1.5"], "Expected a whole number from 1 to 1000."],
    ["a number out of range", ["translate", "--model", "x", "--nbest", "0"], "Expected a whole number from 1 to 1000."],
    ["a bad choice", ["translate", "--model", "x", "--device", "gpu"], "Allowed choices are cpu, wasm, webgpu."],
    ["too few beams", ["translate", "--model", "x", "--nbest", "3", "--beam", "2"], "Use --beam 3 or more."],
    ["no recipe", ["train"], "Name a recipe"],
    ["a folder for a recipe", ["train", "src"], "src is a folder"],
    ["--to where it has no place", ["train", "multi30k-en-de", "--to", "fr"], "--to goes with compiler-messages"],
    ["--data-dir where it has no place", ["train", "compiler-messages", "--data-dir", "x"], "--data-dir goes with"],
    ["nothing to resume", ["train", "--resume"], "Name the run's folder"],
    ["no data", ["data", "inspect"], "Name the pairs"],
    ["data named twice", ["data", "inspect", "a.tsv", "--corpus", "multi30k"], "Name the pairs in one way"],
    ["three outputs", ["data", "clean", "a", "b", "--output", "c", "d", "e"], "--output takes one file, or two"],
    ["no subcommand", ["data"], "Usage: heed data"],
  ])("%s", async (_, args, message) => {
    const { code, out, err } = await heed(args);
    expect(err).toContain(message);
    expect(code).toBe(2);
    expect(out).toBe("");
  });
});

describe("an error", () => {
  it("is a message on standard error and code 1, without a stack", async () => {
    const { code, out, err } = await heed(["info", "no/such/folder"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^error: no\/such\/folder .*\n$/);
  });

  it("names the file that is broken", async () => {
    const folder = await mkdtemp(join(tmpdir(), "heed-info-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await cp(new URL("../fixtures/transformer/decoding", import.meta.url), folder, { recursive: true });
    await writeFile(join(folder, "tokenizer.json"), "{}");
    const { code, out, err } = await heed(["info", folder]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^error: .*tokenizer\.json is not a valid file: model: is missing/);
  });

  it("names what lies in a folder of Hugging Face's instead of what is missing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "heed-info-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await cp(new URL("../fixtures/transformer/decoding", import.meta.url), folder, { recursive: true });
    await rm(join(folder, "tokenizer.json"));
    const info = await heed(["info", folder]);
    expect(info).toMatchObject({ code: 0, out: expect.stringMatching(/^tokenizer +none$/m) });
    expect(info.err).toContain("Text needs a tokenizer beside the model: tokenizer.json, or");
    const translated = await heed(["translate", "--model", folder, "w20"]);
    expect(translated).toMatchObject({ code: 1, out: "" });
    expect(translated.err).toContain(
      `There is no tokenizer.json in ${folder}. Text needs a tokenizer beside the model`,
    );
    await rename(join(folder, "model.safetensors"), join(folder, "tf_model.h5"));
    for (const args of [
      ["info", folder],
      ["translate", "--model", folder, "w20"],
    ]) {
      const { code, out, err } = await heed(args);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toContain("tf_model.h5: TensorFlow's weights.");
    }
  });

  it("has a stack and causes with --debug", async () => {
    const { code, err } = await heed(["score", "--hypothesis", "nope.txt", "--reference", "nope.txt", "--debug"]);
    expect(code).toBe(1);
    expect(err).toMatch(/HeedError: There is no file nope\.txt/);
    expect(err).toMatch(/\n {4}at /);
    expect(err).toContain("ENOENT");
  });

  it("that Heed did not foresee is called a bug", async () => {
    const io = new MemoryIo();
    const { run } = await import("../../src/cli/run.ts");
    Object.defineProperty(io, "stdout", {
      get: () => {
        throw new TypeError("broken");
      },
    });
    expect(await run(["schema"], io)).toBe(1);
    expect(io.err).toBe("error: broken\nThis is a bug in Heed. Please report it with what --debug shows.\n");
  });
});

describe("standard output", () => {
  const failing = (code: string) => {
    const io = new MemoryIo();
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
    stdout.on("error", () => undefined);
    return Object.assign(Object.create(io), { stdout }) as MemoryIo;
  };

  it("that was closed ends a command quietly", async () => {
    await expect(print(failing("EPIPE"), "x")).rejects.toEqual(new Exit(0));
  });

  it("that cannot be written is an error", async () => {
    await expect(print(failing("ENOSPC"), "x")).rejects.toThrow(HeedError);
  });
});
