import { evaluateDim } from "../../src/graph/dim.ts";
import type { Runtime, Value } from "../../src/graph/runtime.ts";
import { arrayTypes, TensorData } from "../../src/graph/tensor-data.ts";
import { bindSymbols } from "../../src/runtime/bindings.ts";

/** A runtime that blocks for some milliseconds, gives no turn to the event loop, and computes zeros. */
export function busyRuntime(milliseconds: number): Runtime {
  const dispose = () => Promise.resolve();
  const asValue = (data: TensorData): Value => ({ ...data, read: () => Promise.resolve(data), dispose: () => {} });
  const compile: Runtime["compile"] = async (program) => ({
    program,
    run(feeds) {
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
      const bound = bindSymbols(
        program.name,
        program.inputs.filter(({ name }) => feeds.has(name)),
        feeds,
      );
      const bindings = new Map([...bound].map(([symbol, { size }]) => [symbol, size]));
      const outputs = [...program.outputs].map(([name, { dtype, shape }]) => {
        const dims = shape.map((dim) => evaluateDim(dim, bindings));
        const data = new arrayTypes[dtype](dims.reduce((a, b) => a * b, 1)).fill((name === "topIds" ? 1 : 0) as never);
        return [name, asValue(new TensorData(dtype, dims, data))] as const;
      });
      return Promise.resolve(new Map(outputs));
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  });
  const upload: Runtime["upload"] = (data) => Promise.resolve(asValue(data));
  return { device: "cpu", compile, upload, dispose, [Symbol.asyncDispose]: dispose };
}

/** A runtime that counts what is asked of it. */
export function counted(inner: Runtime) {
  const counts = {
    compiled: [] as string[],
    disposed: [] as string[],
    runs: {} as Record<string, number>,
    rows: [] as number[],
    uploads: 0,
  };
  const compile: Runtime["compile"] = async (program, options) => {
    counts.compiled.push(program.name);
    const executable = await inner.compile(program, options);
    return {
      program,
      run(feeds, runOptions) {
        counts.runs[program.name] = (counts.runs[program.name] ?? 0) + 1;
        if (program.name === "step") counts.rows.push(feeds.get("ids")!.shape[0]!);
        return executable.run(feeds, runOptions);
      },
      dispose() {
        counts.disposed.push(program.name);
        return executable.dispose();
      },
      [Symbol.asyncDispose]: () => executable.dispose(),
    };
  };
  const upload: Runtime["upload"] = (data) => {
    counts.uploads++;
    return inner.upload(data);
  };
  const rest = { device: inner.device, dispose: () => inner.dispose(), [Symbol.asyncDispose]: () => inner.dispose() };
  return Object.assign(counts, { compile, upload, ...rest }) satisfies Runtime;
}
