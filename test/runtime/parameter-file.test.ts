import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FileTensor } from "../../src/graph/file-tensor.ts";
import { float32, input, program, sym } from "../../src/graph/index.ts";
import { add, matmul } from "../../src/ops/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { ParameterFile } from "../../src/runtime/parameter-file.ts";

const parent = mkdtempSync(join(tmpdir(), "heed-test-"));
afterAll(() => rmSync(parent, { recursive: true }));

const matrix = (rows: number, columns: number, scale: number) =>
  float32(
    [rows, columns],
    Float32Array.from({ length: rows * columns }, (_, i) => Math.fround(scale * Math.sin(i))),
  );
const [first, second] = [matrix(300, 70, 1), matrix(70, 300, 2)];
const bias = float32(
  [300],
  Float32Array.from({ length: 300 }, (_, i) => i),
);

async function opened(): Promise<ParameterFile> {
  const file = new ParameterFile(parent);
  await file.create(2 ** 20);
  return file;
}

describe("a file of parameters", () => {
  it("gives the numbers back, and leaves small tensors in memory", async () => {
    await using file = await opened();
    const kept = [await file.keep(first), await file.keep(second)];
    expect(kept.map((tensor) => tensor instanceof FileTensor && tensor.place.offset)).toEqual([0, 2 ** 17]);
    expect(kept[0]!.data).toEqual(first.data);
    expect(kept[1]!.data).toEqual(second.data);
    expect(kept[1]!.shape).toEqual([70, 300]);
    expect(await file.keep(bias)).toBe(bias);
  });

  it("gives programs the same numbers as constants, also after another was disposed of", async () => {
    await using file = await opened();
    await using runtime = await nativeRuntime({ threads: 1 });
    const x = input("x", { shape: [sym("rows"), 300], dtype: "float32" });
    const parameters = { first, second, bias };
    const [w1, w2, b] = Object.entries(parameters).map(([name, type]) => input(name, type));
    const closed = program("maps", { y: add(matmul(matmul(x, w1!), w2!), b!), z: matmul(x, w2!, { transB: true }) });
    const feeds = new Map([["x", matrix(3, 300, 0.5)]]);
    const results = async (constants: ReadonlyMap<string, typeof first>) => {
      await using executable = await runtime.compile(closed, { constants });
      const values = await executable.run(feeds);
      const read = async (name: string) => Array.from((await values.get(name)!.read()).data as Float32Array);
      return [await read("y"), await read("z")];
    };
    const kept = new Map<string, typeof first>();
    for (const [name, tensor] of Object.entries(parameters)) kept.set(name, await file.keep(tensor));
    const expected = await results(new Map(Object.entries(parameters)));
    for (let time = 0; time < 2; time++) {
      expect(await results(kept)).toEqual(expected);
    }
  });

  it.skipIf(process.platform === "win32")("can be read by nobody else", async () => {
    await using file = await opened();
    const { place } = (await file.keep(first)) as FileTensor;
    expect(statSync(place.folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(place.folder, place.name)).mode & 0o777).toBe(0o600);
  });

  it("is gone after dispose, and says so", async () => {
    const file = await opened();
    const kept = (await file.keep(first)) as FileTensor;
    await file.dispose();
    await file.dispose();
    expect(existsSync(kept.place.folder)).toBe(false);
    expect(() => kept.data).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
  });

  it("is gone after the process, and what a killed one left goes with the next", async () => {
    const script = `
      import { ParameterFile } from ${JSON.stringify(new URL("../../src/runtime/parameter-file.ts", import.meta.url).href)};
      await new ParameterFile(process.argv[1]).create(1);
      if (process.argv[2] === "killed") process.kill(process.pid, "SIGKILL");
    `;
    const run = (end: string) => {
      const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", script, parent, end];
      execFileSync(process.execPath, args);
    };
    run("ends");
    expect(readdirSync(parent)).toEqual([]);
    expect(() => run("killed")).toThrow();
    expect(readdirSync(parent)).toEqual([expect.stringMatching(/^heed-parameters-/)]);
    const others = join(parent, "heed-parameters-elsewhere-1-x");
    mkdirSync(others);
    await (await opened()).dispose();
    expect(readdirSync(parent)).toEqual(["heed-parameters-elsewhere-1-x"]);
    rmSync(others, { recursive: true });
  });

  it("names the place where there is no room, or nothing can be written", async () => {
    const full = { code: "FILE_UNWRITABLE", path: parent, message: expect.stringMatching(/bytes are free.*TMPDIR/) };
    await expect(new ParameterFile(parent).create(2 ** 60)).rejects.toMatchObject(full);
    const absent = join(parent, "absent");
    const missing = { code: "FILE_UNWRITABLE", path: absent };
    await expect(new ParameterFile(absent).create(1)).rejects.toMatchObject(missing);
    expect(readdirSync(parent)).toEqual([]);
  });

  it("that is cut off or removed meanwhile is an error of what reads or maps it", async () => {
    await using file = await opened();
    await using runtime = await nativeRuntime({ threads: 1 });
    const kept = (await file.keep(first)) as FileTensor<"float32">;
    truncateSync(join(kept.place.folder, kept.place.name), 100);
    expect(() => kept.data).toThrow(expect.objectContaining({ code: "FILE_UNREADABLE" }));
    const w = input("w", first);
    const closed = program("maps", { y: matmul(input("x", { shape: [1, 300], dtype: "float32" }), w) });
    const failure = { code: "RUNTIME_FAILED", message: expect.stringContaining(kept.place.folder) };
    const compile = () => runtime.compile(closed, { constants: new Map([["w", kept]]) });
    await expect(compile()).rejects.toMatchObject(failure);
    rmSync(kept.place.folder, { recursive: true });
    await expect(compile()).rejects.toMatchObject(failure);
  });
});
