import { formatShape } from "./dim.ts";
import { inputAttrs, sortNodes } from "./program.ts";
import { type Node, type OpDef, type Program, Tensor } from "./tensor.ts";
import { TensorData } from "./tensor-data.ts";

/** A readable printout of a program: one line a node, each value with its type; below a loop what it repeats, indented. */
export function formatProgram(program: Program): string {
  const names = new Map<Node, string>();
  const lines: string[] = [];
  let numbered = 0;
  for (const node of sortNodes([...program.outputs.values()])) {
    const attrs = inputAttrs(new Tensor(node, 0));
    if (attrs !== undefined) {
      names.set(node, attrs.name);
      continue;
    }
    const name = `%${numbered++}`;
    names.set(node, name);
    const inputs = node.inputs.map((tensor) => formatRef(tensor, names));
    const types = node.outputs.map((t) => `${t.dtype}${formatShape(t.shape)}`).join(", ");
    lines.push(`  ${name} = ${node.op.name}(${[...inputs, ...formatAttrs(node.attrs)].join(", ")}) : ${types}`);
    const body = (node.op as unknown as OpDef<unknown>).body?.(node.attrs);
    if (body !== undefined)
      lines.push(
        ...formatProgram(body)
          .split("\n")
          .map((line) => `    ${line}`),
      );
  }
  const inputs = program.inputs.map((i) => `  ${i.name}: ${i.dtype}${formatShape(i.shape)}`);
  const outputs = [...program.outputs].map(([name, tensor]) => `  ${name}: ${formatRef(tensor, names)}`);
  return [`program ${program.name}`, "inputs", ...inputs, "nodes", ...lines, "outputs", ...outputs].join("\n");
}

function formatRef(tensor: Tensor, names: ReadonlyMap<Node, string>): string {
  const name = names.get(tensor.node)!;
  return tensor.node.outputs.length === 1 ? name : `${name}.${tensor.output}`;
}

function formatAttrs(attrs: unknown): string[] {
  return Object.entries((attrs ?? {}) as Record<string, unknown>)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([key, value]) => `${key}=${formatAttr(value)}`);
}

function formatAttr(value: unknown): string {
  if (value instanceof TensorData) return value.data.length === 1 ? String(value.data[0]) : `…${value.data.length}`;
  if (Array.isArray(value)) return `[${value.map(formatAttr).join(", ")}]`;
  if (value !== null && typeof value === "object" && "key" in value) return String(value.key);
  if (value !== null && typeof value === "object" && "name" in value) return String(value.name);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
