import { type Dim, dimEquals } from "../graph/dim.ts";
import { applyOne, type Emit, type OpDef, shapeError, type Tensor, type TensorType } from "../graph/tensor.ts";
import { broadcastShapes, sameDType } from "./broadcast.ts";
import { flattenRows } from "./shape.ts";

export interface MatmulOptions {
  /** Transpose the last two axes of a. */
  readonly transA?: boolean;
  /** Transpose the last two axes of b. */
  readonly transB?: boolean;
  /** A factor of the product. */
  readonly alpha?: number;
}

type MatmulAttrs = Required<MatmulOptions>;

export const matmulOp: OpDef<MatmulAttrs> = {
  name: "matmul",
  infer([a, b], { transA, transB }) {
    sameDType("matmul", [a!, b!]);
    if (a!.shape.length < 2 || b!.shape.length < 2) throw shapeError("matmul", "two matrices", [a!, b!]);
    const [m, k] = matrixDims(a!, transA);
    const [k2, n] = matrixDims(b!, transB);
    if (!dimEquals(k, k2)) throw shapeError("matmul", "equal inner dimensions", [a!, b!]);
    return [{ shape: [...broadcastShapes("matmul", batch(a!), batch(b!)), m, n], dtype: a!.dtype }];
  },
  vjp([dy], { inputs: [a, b], attrs: { transA, transB, alpha } }) {
    const da = transA
      ? matmul(b!, dy!, { transA: transB, transB: true, alpha })
      : matmul(dy!, b!, { transB: !transB, alpha });
    return [da, weightGradient(dy!, a!, b!, { transA, transB, alpha })];
  },
  onnx(emit, [a, b], { inputs, attrs }) {
    const { transA, transB, alpha } = attrs;
    if (!transA && !transB && alpha === 1) return emit.node("MatMul", [a!, b!]);
    if (emit.device !== "webgpu" && inputs[0]!.dtype === "float32") {
      const attributes = {
        transA: { int: Number(transA) },
        transB: { int: Number(transB) },
        alpha: { float: alpha },
      };
      return emit.node("FusedMatMul", [a!, b!], attributes, { domain: "com.microsoft" });
    }
    return [plainMatmul(emit, [a!, b!], inputs, attrs)];
  },
};

/** Without FusedMatMul: where both are matrices Gemm transposes for free, else Transpose nodes do. */
function plainMatmul(emit: Emit, [a, b]: [string, string], types: readonly TensorType[], attrs: MatmulAttrs): string {
  const { transA, transB, alpha } = attrs;
  if (types.every((type) => type.shape.length === 2)) {
    const attributes = { transA: { int: Number(transA) }, transB: { int: Number(transB) }, alpha: { float: alpha } };
    return emit.node("Gemm", [a, b], attributes)[0]!;
  }
  const left = transA ? swapLastAxes(emit, a, types[0]!) : a;
  const right = transB ? swapLastAxes(emit, b, types[1]!) : b;
  const [product] = emit.node("MatMul", [left, right]);
  return alpha === 1 ? product! : emit.node("Mul", [product!, emit.scalar(alpha, types[0]!.dtype)])[0]!;
}

function swapLastAxes(emit: Emit, x: string, { shape }: TensorType): string {
  const rank = shape.length;
  const permutation = [...shape.keys()].slice(0, -2).concat(rank - 1, rank - 2);
  return emit.node("Transpose", [x], { perm: { ints: permutation } })[0]!;
}

/** Where one matrix multiplies a whole batch, its gradient is one product over all rows of the batch. */
function weightGradient(dy: Tensor, a: Tensor, b: Tensor, { transA, transB, alpha }: MatmulAttrs): Tensor {
  const shared = b.rank === 2 && a.rank > 2 && !transA;
  const x = shared ? flattenRows(a) : a;
  const d = shared ? flattenRows(dy) : dy;
  return transB ? matmul(d, x, { transA: true, transB: transA, alpha }) : matmul(x, d, { transA: !transA, alpha });
}

function matrixDims({ shape }: TensorType, transposed: boolean): [Dim, Dim] {
  const [rows, columns] = shape.slice(-2) as [Dim, Dim];
  return transposed ? [columns, rows] : [rows, columns];
}

function batch(type: TensorType): TensorType {
  return { shape: type.shape.slice(0, -2), dtype: type.dtype };
}

/**
 * The matrix product alpha · a · b over the last two axes; the axes before them broadcast.
 *
 * Shape: a [..., m, k], b [..., k, n] → [..., m, n]; with `transA` a is [..., k, m], with `transB` b is [..., n, k].
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transA = false, transB = false, alpha = 1 } = options;
  return applyOne(matmulOp, [a, b], { transA, transB, alpha });
}
