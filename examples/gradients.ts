/**
 * The engine alone: a program is traced, differentiated and run. Fits a line to points by gradient descent.
 *
 *     npx tsx examples/gradients.ts
 */
import { gradients } from "heed/grad";
import { dataAs, float32, formatProgram, input, program, sym } from "heed/graph";
import { add, mul, scalarConstant, sub, sum } from "heed/ops";
import { defaultRuntime } from "heed/runtime";

const points = { shape: [sym("points")], dtype: "float32" } as const;
const number = { shape: [], dtype: "float32" } as const;
const [x, y] = [input("x", points), input("y", points)];
const [slope, offset] = [input("slope", number), input("offset", number)];

const error = sub(add(mul(x, slope), offset), y);
const loss = sum(mul(error, error));
const [dSlope, dOffset] = gradients([{ of: loss, is: scalarConstant(1) }], [slope, offset]);
const descend = program("descend", {
  loss,
  slope: sub(slope, mul(dSlope!, 0.02)),
  offset: sub(offset, mul(dOffset!, 0.02)),
});
console.log(formatProgram(descend));

const runtime = await defaultRuntime();
const executable = await runtime.compile(descend);
let line = new Map([
  ["slope", float32([], [0])],
  ["offset", float32([], [0])],
]);
for (let i = 0; i < 200; i++) {
  const feeds = new Map([...line, ["x", float32([4], [0, 1, 2, 3])], ["y", float32([4], [1, 3, 5, 7])]] as const);
  const values = await executable.run(feeds);
  const read = async (name: string) => float32([], dataAs(await values.get(name)!.read(), "float32"));
  line = new Map([
    ["slope", await read("slope")],
    ["offset", await read("offset")],
  ]);
}
console.log(`y = ${line.get("slope")!.data[0]!.toFixed(2)} x + ${line.get("offset")!.data[0]!.toFixed(2)}`);
await runtime.dispose();
