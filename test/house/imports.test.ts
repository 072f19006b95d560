import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";

const src = join(import.meta.dirname, "..", "..", "src");

/** What any folder may use. */
const shared = new Set([
  "edit-distance.ts",
  "error.ts",
  "file-system.ts",
  "json.ts",
  "kept.ts",
  "pacer.ts",
  "random.ts",
]);

/** Which folders each folder may import from, beside itself and the shared files. Imports point one way. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  graph: [],
  ops: ["graph"],
  grad: ["graph", "ops"],
  onnx: ["graph"],
  runtime: ["graph", "onnx"],
  nn: ["graph", "ops"],
  models: ["graph", "ops", "nn"],
  text: [],
  data: [],
  evaluate: [],
  hub: ["graph", "nn", "models", "text"],
  inference: ["graph", "ops", "nn", "models"],
  inspect: ["graph", "ops", "models", "inference"],
  generate: ["graph", "ops", "nn", "models", "hub", "inference", "inspect"],
  train: ["graph", "ops", "grad", "nn", "models"],
  tasks: ["graph", "ops", "models", "hub", "text", "inference", "inspect", "generate", "runtime"],
  translation: [
    ...[
      "graph",
      "ops",
      "nn",
      "models",
      "hub",
      "text",
      "data",
      "evaluate",
      "train",
      "generate",
      "inference",
      "inspect",
      "runtime",
      "tasks",
    ],
  ],
};

interface Import {
  readonly from: string;
  readonly to: string;
  /** `import type` leaves nothing at run time, so a browser never meets what it reaches. */
  readonly typeOnly: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.split(sep).join("/"));

/** `import … from "./x.ts";`, `export … from "./x.ts";` and `import "./x.ts";`; then `import("./x.ts")`. */
const statement = /^(?:import|export) (type )?(?:[^;]*?from )?"(\.[^"]+)";/gms;
const expression = /\b(typeof )?import\("(\.[^"]+)"\)/g;

const imports: Import[] = files.flatMap((from) => {
  const text = readFileSync(join(src, from), "utf8");
  return [statement, expression].flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({
      from,
      to: relative(src, join(src, dirname(from), match[2]!))
        .split(sep)
        .join("/"),
      typeOnly: match[1] !== undefined,
    })),
  );
});

const folderOf = (file: string): string => (file.includes("/") ? file.slice(0, file.indexOf("/")) : "");

describe("the house", () => {
  it("has imports that point one way", () => {
    const wrong = imports.filter(({ from, to }) => {
      const [here, there] = [folderOf(from), folderOf(to)];
      return here in allowed && here !== there && !shared.has(to) && !allowed[here]!.includes(there);
    });
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("has commands that know their actions, and not the other way round", () => {
    const importersOf = (folder: string) =>
      new Set(
        imports.filter(({ from, to }) => dirname(to) === folder && dirname(from) !== folder).map(({ from }) => from),
      );
    expect([...importersOf("cli/commands")]).toEqual(["cli/program.ts"]);
    expect([...importersOf("cli/actions")].filter((from) => dirname(from) !== "cli/commands")).toEqual([]);
  });

  it("gives every folder a place in that order", () => {
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== ""));
    expect([...folders].sort()).toEqual([...Object.keys(allowed), "cli"].sort());
  });

  it("has no circular imports, of types as little as of values", () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
    const [done, circles] = [new Set<string>(), new Set<string>()];
    const visit = (file: string, path: readonly string[]) => {
      if (path.includes(file)) circles.add([...path.slice(path.indexOf(file)), file].join(" → "));
      if (path.includes(file) || done.has(file)) return;
      for (const to of next.get(file) ?? []) visit(to, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect([...circles]).toEqual([]);
  });

  it("keeps Node out of what runs in a browser", () => {
    const reached = new Set<string>();
    const visit = (file: string) => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const { from, to, typeOnly } of imports) if (from === file && !typeOnly) visit(to);
    };
    visit("index.browser.ts");
    const withNode = [...reached].filter((file) =>
      /from "node:|import\("node:/.test(readFileSync(join(src, file), "utf8")),
    );
    expect(withNode).toEqual([]);
  });
});
