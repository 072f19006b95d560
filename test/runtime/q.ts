import { float32 } from "../../src/graph/index.ts";
import { nativeRuntime } from "../../src/runtime/node.ts";
import { workerRuntime } from "../../src/runtime/worker/node.ts";
import { linearProgram } from "./programs.ts";

const where = process.argv[2];
const mode = process.argv[3]!;
const rt = where === "main" ? await nativeRuntime({ device: "webgpu" }) : await workerRuntime({ device: "webgpu" });
const W = float32([3, 2], [1, 2, 3, 4, 5, 6]),
  B = float32([2], [1, 2]);
const f = new Map([
  ["x", float32([1, 3], [1, 2, 3])],
  ["w", W],
  ["b", B],
]);
const n = Number(process.argv[4] ?? 5);
for (let i = 0; i < n; i++) {
  const e = await rt.compile(linearProgram());
  const v = await e.run(f, mode.includes("o") ? { outputs: ["total"] } : {});
  if (mode.includes("r")) for (const a of v.values()) await a.read();
  if (mode.includes("d")) for (const a of v.values()) a.dispose();
  if (mode.includes("x")) await e.dispose();
}
console.log("ok");
await rt.dispose();
console.log("disposed");
