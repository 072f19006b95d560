import { applyOne, type OpDef, Tensor, type TensorType } from "../graph/tensor.ts";
import { broadcastShapes, sameDType } from "./broadcast.ts";
import { scalarConstant } from "./constant.ts";

/** A tensor, or a number that takes the other operand's element type. */
export type Operand = Tensor | number;

type Gradient = (dy: Tensor, a: Tensor, b: Tensor, y: Tensor) => readonly [Tensor | null, Tensor | null];

function arithmetic(name: string, onnx: string, gradient: Gradient): OpDef<null> {
  return {
    name,
    infer(inputs) {
      sameDType(name, inputs);
      return [{ shape: broadcastShapes(name, inputs[0]!, inputs[1]!), dtype: inputs[0]!.dtype }];
    },
    vjp: ([dy], { inputs, outputs }) => gradient(dy!, inputs[0]!, inputs[1]!, outputs[0]!),
    onnx: (emit, inputs) => emit.node(onnx, inputs),
  };
}

export const addOp = arithmetic("add", "Add", (dy) => [dy, dy]);
export const subOp = arithmetic("sub", "Sub", (dy) => [dy, mul(dy, -1)]);
export const mulOp = arithmetic("mul", "Mul", (dy, a, b) => [mul(dy, b), mul(dy, a)]);
export const divOp = arithmetic("div", "Div", (dy, _, b, y) => [div(dy, b), mul(div(mul(dy, y), b), -1)]);

/** a + b, broadcast. */
export const add = binary(addOp);
/** a − b, broadcast. */
export const sub = binary(subOp);
/** a · b, broadcast. */
export const mul = binary(mulOp);
/** a / b, broadcast. */
export const div = binary(divOp);

function comparison(name: string, onnx: string): OpDef<null> {
  return {
    name,
    infer(inputs) {
      sameDType(name, inputs);
      return [{ shape: broadcastShapes(name, inputs[0]!, inputs[1]!), dtype: "bool" }];
    },
    vjp: () => [null, null],
    onnx: (emit, inputs) => emit.node(onnx, inputs),
  };
}

export const equalOp = comparison("equal", "Equal");
export const lessOp = comparison("less", "Less");
export const greaterOp = comparison("greater", "Greater");

/** a = b, elementwise, as bool. */
export const equal = binary(equalOp);
/** a < b, elementwise, as bool. */
export const less = binary(lessOp);
/** a > b, elementwise, as bool. */
export const greater = binary(greaterOp);

export const whereOp: OpDef<null> = {
  name: "where",
  infer([condition, a, b]) {
    sameDType("where", [a!, b!]);
    const shape = broadcastShapes("where", a!, b!);
    const type: TensorType = { shape, dtype: a!.dtype };
    return [{ shape: broadcastShapes("where", condition!, type), dtype: a!.dtype }];
  },
  vjp([dy], { inputs: [condition] }) {
    return [null, where(condition!, dy!, 0), where(condition!, 0, dy!)];
  },
  onnx: (emit, inputs) => emit.node("Where", inputs),
};

/** a where the condition holds, else b; all three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const [left, right] = operands(a, b);
  return applyOne(whereOp, [condition, left, right], null);
}

function binary(op: OpDef<null>): (a: Operand, b: Operand) => Tensor {
  return (a, b) => applyOne(op, operands(a, b), null);
}

function operands(a: Operand, b: Operand): [Tensor, Tensor] {
  if (a instanceof Tensor) return [a, b instanceof Tensor ? b : scalarConstant(b, a.dtype)];
  if (b instanceof Tensor) return [scalarConstant(a, b.dtype), b];
  return [scalarConstant(a), scalarConstant(b)];
}
