import { describe, expect, it } from "vitest";
import { memoryFiles, openFile } from "../../../src/hub/files.ts";
import { isFloatType } from "../../../src/hub/floats.ts";
import { readPytorchBin } from "../../../src/hub/pytorch/pytorch-bin.ts";
import fixture from "../../fixtures/pytorch_bin.json" with { type: "json" };
import { heedError } from "../errors.ts";

interface Numbers {
  readonly type: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const PATH = "folder/pytorch_model.bin";
const decode = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

async function read(bytes: Uint8Array) {
  const file = await openFile(memoryFiles(new Map([["x", bytes]]), "folder"), "x");
  return readPytorchBin(file!, PATH);
}

describe("files that torch.save wrote", () => {
  it.each(Object.entries(fixture.readable))("%s: the numbers are PyTorch's", async (_, { file, tensors }) => {
    const found = await read(decode(file));
    expect([...found.keys()]).toEqual(Object.keys(tensors));
    for (const [name, { type, shape, values }] of Object.entries<Numbers>(tensors)) {
      const tensor = found.get(name)!;
      expect(tensor).toMatchObject({ name, type, shape, path: PATH });
      if (isFloatType(type)) {
        expect((await tensor.readFloat32()).data, name).toEqual(Float32Array.from(values));
      } else {
        const error = await heedError(() => tensor.readFloat32(), "FORMAT_INVALID");
        expect(error.message).toBe(
          `${PATH}: the tensor "${name}" is ${type}, where floating-point numbers were expected.`,
        );
      }
    }
  });
});

/** What each file of the fixture is refused for. */
const reasons: Record<keyof typeof fixture.refused, string> = {
  "os.system": "asks to run posix.system; Heed runs nothing",
  eval: "asks to run __builtin__.eval; Heed runs nothing",
  "a global that is only named": "asks to run posix.system",
  "another global of torch": "asks to run torch.ComplexFloatStorage",
  sparse: "asks to run torch._utils._rebuild_sparse_tensor",
  "protocol 4": "is a pickle of protocol 4, where torch.save writes protocol 2",
  "a list": "has the opcode EMPTY_LIST",
  "an object": "has the opcode NEWOBJ",
  "a frame": "has the opcode FRAME",
  "no opcode": "has the byte 255 in the place of an opcode",
  "a nested state_dict":
    'holds a number under the name "epoch", where a model\'s file is a dictionary of tensors alone',
  "nested at once": 'holds a dictionary under the name "state_dict"',
  "a tensor alone": "holds a tensor, where a model's file is a dictionary",
  "a tuple": "holds a tuple, where a model's file is a dictionary",
  compressed: "has its archive/byteorder compressed",
  legacy: "is in the form of PyTorch before 1.6",
  tar: "is a tar archive",
  TorchScript: "is a program of TorchScript",
  "big-endian": 'has numbers of the byte order "big"',
  "another zip": "0 files of the name data.pkl",
  "two pickles": "2 files of the name data.pkl",
  "no storage": 'its zip archive lacks "archive/data/0"',
  "a short storage": '"archive/data/0" has 20 bytes, where 6 elements of F32 have 24',
  "a huge count": '"archive/data/0" has 24 bytes, where 1125899906842624 elements of F32 have 4503599627370496',
  "a count beyond numbers": "a number beyond all sizes",
  "a huge shape": "a tensor of shape [1099511627776,1099511627776], strides [0,0] and offset 0, more elements than",
  "beyond its storage": "a tensor of shape [2,3], strides [3,1] and offset 1 reaches beyond its storage of 6 elements",
  "strides beyond": "a tensor of shape [2,3], strides [4,1] and offset 0 reaches beyond its storage of 6 elements",
  "a negative stride": "strides of whole numbers",
  "a negative offset": "without an offset",
  "an offset behind": "a tensor of shape [0], strides [1] and offset 7 reaches beyond its storage",
  "more strides than dimensions": "without an offset, a shape and strides",
  "a shape of texts": "without an offset, a shape and strides",
  "a storage elsewhere": 'its zip archive lacks "archive/data/../data.pkl"',
  "a text that is too long": "its data.pkl ends too early",
  "a pickle cut off": "its data.pkl ends too early",
  "nothing on the stack": "takes a value where there is none",
  "values left over": "leaves values over",
  "a value never stored": "recalls the value 7, which it never stored",
  "a call of no function": "calls what is no function",
  "a mark that is not there": "takes values up to a mark that is not there",
  "many marks": "holds too many values at once",
  "a key that is no text": "a dictionary with a key that is no text",
  "attributes of a number": "gives attributes to what is no dictionary",
  "a zip cut off": "its zip archive is broken (End of central directory not found)",
  "a zip in front of which something stands": "its zip archive is broken",
  text: "it is no zip archive",
  nothing: "it is no zip archive",
};

describe("a file that is refused", () => {
  it.each(Object.entries(fixture.refused))("%s: the error names what it is refused for", async (name, file) => {
    const error = await heedError(() => read(decode(file)), "FORMAT_INVALID");
    expect(error.message.slice(0, PATH.length + 1)).toBe(`${PATH} `);
    expect(error.message).toContain(reasons[name as keyof typeof reasons]);
    expect(error.path).toBe(PATH);
  });

  it("is told how PyTorch converts it, where it does so without running anything", async () => {
    for (const name of ["legacy", "compressed", "os.system"] as const) {
      const { message } = await heedError(() => read(decode(fixture.refused[name])), "FORMAT_INVALID");
      expect(message).toMatch(/\npython3 -c "import glob, torch; .*weights_only=True.*'model\.safetensors'.*"$/);
    }
    const { message } = await heedError(() => read(decode(fixture.refused.tar)), "FORMAT_INVALID");
    expect(message).toContain("do so only if you trust it");
  });

  it("cut off anywhere is refused", async () => {
    const file = decode(fixture.readable.views.file);
    for (let length = 0; length < file.length; length += 7) {
      await heedError(() => read(file.subarray(0, length)), "FORMAT_INVALID");
    }
  });
});
