import { create, toBinary } from "@bufbuild/protobuf";
import type { Device } from "../graph/device.ts";
import { bytesOf, FileTensor } from "../graph/file-tensor.ts";
import { sortNodes } from "../graph/program.ts";
import type { InputAttrs, OpDef, Program } from "../graph/tensor.ts";
import type { TensorData } from "../graph/tensor-data.ts";
import { pacer } from "../pacer.ts";
import { GraphEmitter } from "./emitter.ts";
import { ModelProtoSchema } from "./generated/onnx_pb.ts";

/** The usual operator set: the newest that all providers of ONNX Runtime cover well. */
const OPSET = 21;
const IR_VERSION = 10n;

/** Constants whose numbers lie in files of one folder. */
export interface ExternalConstants {
  readonly folder: string;
  /** How many bytes they take together. */
  readonly bytes: number;
}

/** A program as ONNX bytes, with what must be known to feed it. Plain data: it can be posted to a worker. */
export interface LoweredProgram {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Constants whose numbers are not among the bytes, where there are any. */
  readonly external: ExternalConstants | undefined;
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
  const used = program.inputs.filter(({ name }) => constants.has(name));
  const external = device === "cpu" ? externalAmong(used.map(({ name }) => constants.get(name)!)) : undefined;
  for (const { name } of used) {
    const numbers = constants.get(name)!;
    if (isIn(external?.folder, numbers)) emitter.externalInitializer(name, numbers);
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
  return { name: program.name, bytes, external, inputs, outputs: [...program.outputs.keys()] };
}

/** Those in the folder of the first: an engine takes them from one. */
function externalAmong(constants: readonly TensorData[]): ExternalConstants | undefined {
  const folder = constants.find((numbers) => numbers instanceof FileTensor)?.place.folder;
  if (folder === undefined) return undefined;
  const bytes = constants.reduce((sum, numbers) => sum + (isIn(folder, numbers) ? bytesOf(numbers) : 0), 0);
  return { folder, bytes };
}

function isIn(folder: string | undefined, numbers: TensorData): numbers is FileTensor {
  return numbers instanceof FileTensor && numbers.place.folder === folder;
}
