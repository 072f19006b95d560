import type { Device } from "../../graph/device.ts";
import { type Rule, replacement, rewrite } from "../../graph/rewrite.ts";
import { type Program, Tensor } from "../../graph/tensor.ts";
import { maskGradientOp, stopGradientOp } from "../unary.ts";
import { attentionOfHeads, multiHeadAttention } from "./attention.ts";
import { is, ofHeads, uncut } from "./match.ts";
import { residualNorm } from "./residual-norm.ts";

/**
 * The same program with fewer kernels: attention is one, and a residual with its LayerNorm, wherever nothing else reads what
 * happens within, be it a gradient or a recorded activation. No model names these kernels: decoding gets them from here.
 *
 * @throws HeedError as `rewrite`
 */
export function fused(program: Program, device: Device): Promise<Program> {
  const rules = [
    multiHeadAttention,
    ...(device === "webgpu" ? [] : [attentionOfHeads]),
    residualNorm,
    recut,
    unchanged,
  ];
  return rewrite(program, rules);
}

/** Cut into heads and put together again. */
const recut: Rule = (node) => {
  const merged = new Tensor(node, 0);
  const whole = uncut(ofHeads(merged));
  return whole && replacement([merged], { whole }, (now) => [now.whole]);
};

/** What matters for gradients only. */
const unchanged: Rule = (node) => {
  if (!is(node, stopGradientOp) && !is(node, maskGradientOp)) return undefined;
  return replacement([new Tensor(node, 0)], { x: node.inputs[0]! }, ({ x }) => [x]);
};
