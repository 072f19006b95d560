import { HeedError } from "../error.ts";
import { addDims, type Dim, dimEquals } from "../graph/dim.ts";
import { onnxTypes } from "../graph/onnx-types.ts";
import {
  type Attribute,
  apply,
  applyOne,
  type Emit,
  type OpDef,
  shapeError,
  type Tensor,
  type TensorType,
} from "../graph/tensor.ts";

interface AttendAttrs {
  readonly numHeads: number;
}

/** Added to scores and logits that are forbidden: e to its power is 0 in float32, yet no row of it alone gives NaN. */
export const FORBIDDEN = -1e9;

/**
 * Attention in one kernel, where a model translates: there it is many small operations, and to start each takes longer
 * than to compute it. In training the gradient needs what happens within, so that attention is composed of ops there.
 */
export const attendOp: OpDef<AttendAttrs> = {
  name: "attend",
  infer([query, key, value, bias, attended], { numHeads }) {
    const { shape, dtype } = query!;
    const [batch, , width] = shape;
    const source = key!.shape.at(-2) ?? 0;
    const whole = [batch!, source, width!];
    const ofHeads = [batch!, numHeads, source, Number(width) / numHeads];
    const fits =
      isSequence(query!) &&
      [whole, ofHeads].some((shape) => [key!, value!].every((type) => hasShape(type, shape))) &&
      hasShape(bias!, [3 * Number(width)]) &&
      hasShape(attended!, [batch!, source]) &&
      attended!.dtype === "int32";
    if (fits) return [{ shape, dtype }];
    const what =
      "query [batch, target, d], key and value [batch, source, d] or [batch, heads, source, d / heads], bias [3 d], attended [batch, source]";
    throw shapeError("attend", what, [query!, key!, value!, bias!, attended!]);
  },
  vjp: () => refuse("attend"),
  scratch([query, key, value], { numHeads }) {
    const { shape, dtype } = query!;
    const [batch, target] = shape as [Dim, Dim];
    const source = key!.shape.at(-2)!;
    const pattern: TensorType = { shape: [batch, numHeads, target, source], dtype };
    const mask: TensorType = { shape: [batch, target, source], dtype };
    // The query by heads, the result by heads, and key and value by heads where they are not cut yet.
    return [pattern, mask, query!, query!, ...(key!.shape.length === 3 ? [key!, value!] : [])];
  },
  onnx(emit, [query, key, value, bias, attended], { inputs, attrs }) {
    if (emit.device !== "webgpu") return emitAttention(emit, [query!, key!, value!, bias!, attended!], attrs);
    const mask = emitMask(emit, attended!, inputs[0]!.shape[1]!);
    return emitAttention(emit, [query!, key!, value!, bias!, "", mask], attrs);
  },
};

/**
 * Multi-head attention ("Attention Is All You Need", 3.2.2) without its projections.
 *
 * Shape: query [batch, target, d]; key and value [batch, source, d], or cut into heads [batch, numHeads, source,
 * d / numHeads]; bias [3 d], added to the query and to key and value where they are not cut (otherwise its last two
 * thirds are 0); attended [batch, source] int32, 1 = attend → [batch, target, d].
 */
export function attend(
  query: Tensor,
  [key, value]: readonly [Tensor, Tensor],
  bias: Tensor,
  attended: Tensor,
  numHeads: number,
): Tensor {
  return applyOne(attendOp, [query, key, value, bias, attended], { numHeads });
}

export const attendToPastOp: OpDef<AttendAttrs> = {
  name: "attendToPast",
  infer([query, key, value, mask, pastKey, pastValue], { numHeads }) {
    const { shape, dtype } = query!;
    const [batch, positions, width] = shape;
    const past = pastKey!.shape[2] ?? 0;
    const dHead = Number(width) / numHeads;
    const heads = [batch!, numHeads, past, dHead];
    const grown: TensorType = { shape: [batch!, numHeads, addDims(past, positions ?? 0), dHead], dtype };
    const fits =
      isSequence(query!) &&
      [key!, value!].every((type) => hasShape(type, shape)) &&
      [pastKey!, pastValue!].every((type) => hasShape(type, heads)) &&
      hasShape(mask!, [batch!, 1, positions!, addDims(past, positions!)]);
    if (fits) return [{ shape, dtype }, grown, grown];
    const what =
      "query, key and value [batch, new, d], mask [batch, 1, new, past + new], their past [batch, heads, past, d / heads]";
    throw shapeError("attendToPast", what, [query!, key!, value!, mask!, pastKey!, pastValue!]);
  },
  vjp: () => refuse("attendToPast"),
  onnx(emit, [query, key, value, mask, pastKey, pastValue], { attrs }) {
    return emitAttention(emit, [query!, key!, value!, "", "", mask!, pastKey!, pastValue!], attrs);
  },
};

/**
 * Multi-head attention without its projections, from new positions to those of the past and to themselves.
 *
 * Shape: query, key and value [batch, new, d], mask [batch, 1, new, past + new] added to the scores, pastKey and
 * pastValue [batch, numHeads, past, d / numHeads] → context [batch, new, d], and the past with the new positions at its
 * end, key and value [batch, numHeads, past + new, d / numHeads].
 */
export function attendToPast(
  [query, key, value]: readonly [Tensor, Tensor, Tensor],
  mask: Tensor,
  [pastKey, pastValue]: readonly [Tensor, Tensor],
  numHeads: number,
): { context: Tensor; key: Tensor; value: Tensor } {
  const inputs = [query, key, value, mask, pastKey, pastValue];
  const [context, presentKey, presentValue] = apply(attendToPastOp, inputs, { numHeads });
  return { context: context!, key: presentKey!, value: presentValue! };
}

function emitAttention(emit: Emit, inputs: readonly string[], { numHeads }: AttendAttrs): readonly string[] {
  const attributes: Record<string, Attribute> = {
    num_heads: { int: numHeads },
    mask_filter_value: { float: FORBIDDEN },
  };
  const outputs = inputs.length > 6 ? 3 : 1;
  return emit.node("MultiHeadAttention", inputs, attributes, { domain: "com.microsoft", outputs });
}

/** WebGPU's kernel knows no padding: there it becomes a mask that is added. Shape: [batch, source] → [batch, 1, target, source]. */
function emitMask(emit: Emit, attended: string, target: Dim): string {
  const [numbers] = emit.node("Cast", [attended], { to: { int: onnxTypes.float32 } });
  const [missing] = emit.node("Sub", [emit.scalar(1, "float32"), numbers!]);
  const [masked] = emit.node("Mul", [missing!, emit.scalar(FORBIDDEN, "float32")]);
  const [ofHeads] = emit.node("Unsqueeze", [masked!, emit.int64s([1, 2])]);
  return emit.node("Expand", [ofHeads!, emit.shape([1, 1, target, 1])])[0]!;
}

function isSequence({ shape }: TensorType): boolean {
  return shape.length === 3 && typeof shape[2] === "number";
}

function hasShape({ shape }: TensorType, expected: readonly Dim[]): boolean {
  return shape.length === expected.length && shape.every((dim, axis) => dimEquals(dim, expected[axis]!));
}

function refuse(op: string): never {
  throw new HeedError("GRAPH_INVALID", `${op} has no gradient: it is for decoding. Train with attention of nn/.`);
}
