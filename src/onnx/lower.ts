import { create, toBinary } from "@bufbuild/protobuf";
import type { Device } from "../graph/device.ts";
import { FileTensor } from "../graph/file-tensor.ts";
import { sortNodes } from "../graph/program.ts";
import type { InputAttrs, OpDef, Program } from "../graph/tensor.ts";
import type { TensorData } from "../graph/tensor-data.ts";
import { pacer } from "../pacer.ts";
import { GraphEmitter } from "./emitter.ts";
import { ModelProtoSchema } from "./generated/onnx_pb.ts";

/** The usual operator set: the newest that all providers of ONNX Runtime cover well. */
const OPSET = 21;
const IR_VERSION = 10n;

/** A program as ONNX bytes, with what must be known to feed it. Plain data: it can be posted to a worker. */
export interface LoweredProgram {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The folder of the file that holds the numbers of constants that are not among the bytes, where there are any. */
  readonly folder: string | undefined;
  readonly inputs: readonly InputAttrs[];
  readonly outputs: readonly string[];
}

/** The name of an output in the ONNX model. It differs from every input's, so that a parameter may be both. */
export function outputName(name: string): string {
  return `out:${name}`;
}

/** The operator set that the ops of a program need, those within loops included. */
function opsetOf({ outputs }: Program): number {
  const needed = sortNodes([...outputs.values()]).map(({ op, attrs }) => {
    const body = (op as unknown as OpDef<unknown>).body?.(attrs);
    return Math.max(op.opset ?? OPSET, body === undefined ? OPSET : opsetOf(body));
  });
  return needed.reduce((most, opset) => Math.max(most, opset), OPSET);
}

/**
 * Lowers a program to an ONNX model for a device. A training step has thousands of nodes: the event loop gets its turn.
 *
 * @param constants Inputs whose numbers become part of the model. Those that lie in files of one folder stay there for
 *   the native CPU, which maps them.
 */
export async function lower(
  program: Program,
  device: Device,
  constants: ReadonlyMap<string, TensorData> = new Map(),
): Promise<LoweredProgram> {
  const inputs = program.inputs.filter((attrs) => !constants.has(attrs.name));
  const emitter = new GraphEmitter(device, program.inputs);
  for (const node of sortNodes([...program.outputs.values()])) {
    if (pacer.due()) await pacer.rest();
    emitter.lower(node);
  }
  const folder = device === "cpu" ? folderOf(constants) : undefined;
  for (const { name } of program.inputs) {
    const numbers = constants.get(name);
    if (numbers === undefined) continue;
    if (numbers instanceof FileTensor && numbers.place.folder === folder) emitter.externalInitializer(name, numbers);
    else emitter.initializer(name, numbers);
  }
  const outputs = new Map([...program.outputs].map(([name, tensor]) => [outputName(name), tensor]));
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: "heed",
    opsetImport: [
      { domain: "", version: BigInt(opsetOf(program)) },
      { domain: "com.microsoft", version: 1n },
    ],
    graph: emitter.graph(program.name, inputs, outputs),
  });
  if (pacer.due()) await pacer.rest();
  const bytes = toBinary(ModelProtoSchema, model) as Uint8Array<ArrayBuffer>;
  return { name: program.name, bytes, folder, inputs, outputs: [...program.outputs.keys()] };
}

/** The folder in which constants lie: the first one's, since an engine takes them from one. */
function folderOf(constants: ReadonlyMap<string, TensorData>): string | undefined {
  return [...constants.values()].find((numbers) => numbers instanceof FileTensor)?.place.folder;
}
