import { create } from "@bufbuild/protobuf";
import { type Dim, formatDim } from "../graph/dim.ts";
import { bytesOf, type FileTensor } from "../graph/file-tensor.ts";
import { onnxTypes } from "../graph/onnx-types.ts";
import type { Attribute, TensorType } from "../graph/tensor.ts";
import type { TensorData } from "../graph/tensor-data.ts";
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./generated/onnx_pb.ts";

/** The numbers by which ONNX names attribute types (onnx.proto, AttributeProto.AttributeType). */
const attributeTypes = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const;

export function valueInfo(name: string, type: TensorType): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: { tensorType: { elemType: onnxTypes[type.dtype], shape: { dim: type.shape.map(dimension) } } },
  });
}

function dimension(dim: Dim) {
  return typeof dim === "number"
    ? { value: { case: "dimValue" as const, value: BigInt(dim) } }
    : { value: { case: "dimParam" as const, value: formatDim(dim) } };
}

export function initializer(name: string, tensor: TensorData): TensorProto {
  const { buffer, byteOffset, byteLength } = tensor.data;
  return create(TensorProtoSchema, {
    name,
    dims: tensor.shape.map(BigInt),
    dataType: onnxTypes[tensor.dtype],
    rawData: new Uint8Array(buffer, byteOffset, byteLength),
  });
}

/** The number by which ONNX says that a tensor lies in a file (onnx.proto, TensorProto.DataLocation). */
const EXTERNAL = 1;

/** An initializer whose numbers stay in their file, which the engine finds by its name in a folder that it is told. */
export function externalInitializer(name: string, tensor: FileTensor): TensorProto {
  const { name: location, offset } = tensor.place;
  const entries = Object.entries({ location, offset: `${offset}`, length: `${bytesOf(tensor)}` });
  return create(TensorProtoSchema, {
    name,
    dims: tensor.shape.map(BigInt),
    dataType: onnxTypes[tensor.dtype],
    dataLocation: EXTERNAL,
    externalData: entries.map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
  });
}

/** An attribute whose subgraph, where it is one, has been lowered. */
type LoweredAttribute = Exclude<Attribute, { subgraph: unknown }> | { graph: GraphProto };

export function attribute(name: string, value: LoweredAttribute): AttributeProto {
  if ("int" in value) {
    return create(AttributeProtoSchema, { name, type: attributeTypes.int, i: BigInt(value.int) });
  }
  if ("float" in value) return create(AttributeProtoSchema, { name, type: attributeTypes.float, f: value.float });
  if ("ints" in value) {
    return create(AttributeProtoSchema, { name, type: attributeTypes.ints, ints: value.ints.map(BigInt) });
  }
  if ("graph" in value) return create(AttributeProtoSchema, { name, type: attributeTypes.graph, g: value.graph });
  const s = new TextEncoder().encode(value.string);
  return create(AttributeProtoSchema, { name, type: attributeTypes.string, s });
}
