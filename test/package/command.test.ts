import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { heed, node } from "./run.ts";
import { install } from "./setup.ts";

const model = join(import.meta.dirname, "..", "fixtures", "transformer", "decoding");
const translate = ["translate", "--model", model, "w20", "w8"];

describe("the installed command", () => {
  const installed = inject("installed");

  it("tells its version", async () => {
    expect(await heed(installed, "--version")).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: "" });
  });

  it("translates [cpu]", async () => {
    expect(await heed(installed, ...translate)).toEqual({ code: 0, stdout: "w20\nw8\n", stderr: "" });
  });
});

describe("without the native engine", () => {
  const folder = join(dirname(inject("installed")), "without-engine");
  beforeAll(() => {
    install(inject("tarball"), folder, "--omit=optional");
    expect(existsSync(join(folder, "node_modules", "onnxruntime-node"))).toBe(false);
  });

  it("the command translates, and warns once [wasm]", async () => {
    const { code, stdout, stderr } = await heed(folder, ...translate);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "w20\nw8\n" });
    expect(stderr.match(/Warning/g)).toHaveLength(1);
    expect(stderr).toContain("npm install onnxruntime-node");
  });

  it("the library uses WebAssembly, and warns once in a process [wasm]", async () => {
    const script = `import { defaultRuntime } from "heed";
      const runtimes = [await defaultRuntime(), await defaultRuntime()];
      console.log(...runtimes.map(({ device }) => device));`;
    const { code, stdout, stderr } = await node(folder, "--input-type=module", "--eval", script);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "wasm wasm\n" });
    expect(stderr.match(/HeedWarning/g)).toHaveLength(1);
  });

  it("refuses a device of the native engine, and says what to install", async () => {
    const { code, stderr } = await heed(folder, ...translate, "--device", "cpu");
    expect(code).toBe(1);
    expect(stderr).toContain("npm install onnxruntime-node");
  });
});
