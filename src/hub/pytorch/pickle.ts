import { pacer } from "../../pacer.ts";
import { invalid, unread } from "./errors.ts";
import { opcodes as op, opcodeName } from "./opcodes.ts";
import { PickleReader } from "./pickle-reader.ts";

/** A dictionary of a pickle. The map is made with its first entry: an empty one takes a byte in a file. */
export class PickleDict {
  #entries: Map<unknown, unknown> | undefined;

  get entries(): ReadonlyMap<unknown, unknown> {
    return this.#entries ?? new Map();
  }

  set(key: unknown, value: unknown): void {
    this.#entries ??= new Map();
    this.#entries.set(key, value);
  }
}

/** A function that a pickle may call: one of ours, under the name of Python's. */
export type PickleFunction = (args: readonly unknown[]) => unknown;

/** What the names and the references of a pickle mean. */
export interface PickleWorld {
  /** By "module.name". What is not in it is refused, and nothing else of Python's is there. */
  readonly globals: ReadonlyMap<string, unknown>;
  /** What a persistent id, a reference to what lies outside the pickle, stands for. */
  readonly persistent: PickleFunction;
}

/** Most values on the stack: Python's pickler fills dictionaries by 1,000 entries. */
const MAX_STACK = 10_000;
/** Opcodes between two looks at the clock. */
const SLICE = 1024;

/**
 * Reads a pickle by a machine that knows only what tensors and dictionaries need. It calls nothing but the functions of
 * `world`; every other name and opcode is refused. Format: Python's Lib/pickletools.py.
 *
 * @returns The value on the stack at the end.
 * @throws HeedError FORMAT_INVALID naming the file and what it asks for.
 */
export async function readPickle(bytes: Uint8Array, world: PickleWorld, path: string): Promise<unknown> {
  const machine = new Machine(new PickleReader(bytes, path), world);
  for (let count = 1; machine.step(); count++) {
    if (count % SLICE === 0 && pacer.due()) await pacer.rest();
  }
  return machine.result();
}

const NOTHING: readonly unknown[] = [];

class Machine {
  readonly #reader: PickleReader;
  readonly #world: PickleWorld;
  readonly #stack: unknown[] = [];
  /** The heights of the stack at which a MARK stands. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(reader: PickleReader, world: PickleWorld) {
    this.#reader = reader;
    this.#world = world;
  }

  result(): unknown {
    const value = this.#pop();
    if (this.#stack.length + this.#marks.length > 0) throw this.#broken("leaves values over");
    return value;
  }

  /** Does one opcode; false at the last. */
  step(): boolean {
    const code = this.#reader.uint8();
    if (code === op.STOP) return false;
    this.#push(this.#valueOf(code));
    if (this.#stack.length + this.#marks.length > MAX_STACK) throw this.#broken("holds too many values at once");
    return true;
  }

  /** What an opcode puts on the stack; VOID for nothing. */
  #valueOf(code: number): unknown {
    const reader = this.#reader;
    switch (code) {
      case op.PROTO:
        return this.#checkProtocol(reader.uint8());
      case op.NONE:
        return null;
      case op.NEWTRUE:
        return true;
      case op.NEWFALSE:
        return false;
      case op.BININT:
        return reader.int32();
      case op.BININT1:
        return reader.uint8();
      case op.BININT2:
        return reader.uint16();
      case op.LONG1:
        return reader.integer(reader.uint8());
      case op.BINUNICODE:
        return reader.text(reader.uint32());
      case op.EMPTY_TUPLE:
        return NOTHING;
      case op.EMPTY_DICT:
        return new PickleDict();
      case op.BINGET:
        return this.#recall(reader.uint8());
      case op.LONG_BINGET:
        return this.#recall(reader.uint32());
      case op.GLOBAL:
        return this.#global(`${reader.line()}.${reader.line()}`);
      default:
        return this.#combined(code);
    }
  }

  /** What an opcode makes of values on the stack. */
  #combined(code: number): unknown {
    switch (code) {
      case op.MARK:
        this.#marks.push(this.#stack.length);
        return VOID;
      case op.TUPLE:
        return this.#popMarked();
      case op.TUPLE1:
        return this.#popMany(1);
      case op.TUPLE2:
        return this.#popMany(2);
      case op.TUPLE3:
        return this.#popMany(3);
      case op.SETITEM:
        return this.#setItems(this.#popMany(2));
      case op.SETITEMS:
        return this.#setItems(this.#popMarked());
      case op.BINPUT:
        return this.#remember(this.#reader.uint8());
      case op.LONG_BINPUT:
        return this.#remember(this.#reader.uint32());
      case op.REDUCE:
        return this.#call();
      case op.BUILD:
        return this.#build();
      case op.BINPERSID:
        return this.#world.persistent([this.#pop()].flat());
      default:
        throw this.#refused(code);
    }
  }

  #checkProtocol(version: number): typeof VOID {
    if (version === 2) return VOID;
    throw unread(this.#reader.path, `is a pickle of protocol ${version}, where torch.save writes protocol 2`);
  }

  #global(name: string): unknown {
    const value = this.#world.globals.get(name);
    if (value !== undefined) return value;
    const shown = JSON.stringify(name.slice(0, 100)).slice(1, -1);
    throw unread(
      this.#reader.path,
      `asks to run ${shown}; Heed runs nothing that a file names, and knows only tensors`,
    );
  }

  #call(): unknown {
    const [callee, args] = this.#popMany(2);
    if (typeof callee !== "function") throw this.#broken("calls what is no function");
    if (!Array.isArray(args)) throw this.#broken("calls a function without a tuple of arguments");
    return (callee as PickleFunction)(args);
  }

  /** Of a dictionary's attributes, such as the versions of modules, nothing is needed. */
  #build(): typeof VOID {
    this.#pop();
    if (this.#top() instanceof PickleDict) return VOID;
    throw this.#broken("gives attributes to what is no dictionary");
  }

  #setItems(items: readonly unknown[]): typeof VOID {
    const dict = this.#top();
    if (!(dict instanceof PickleDict)) throw this.#broken("puts entries into what is no dictionary");
    if (items.length % 2 !== 0) throw this.#broken("has a key without a value");
    for (let i = 0; i < items.length; i += 2) {
      if (typeof items[i] !== "string") throw this.#broken("has a dictionary with a key that is no text");
      dict.set(items[i], items[i + 1]);
    }
    return VOID;
  }

  #remember(index: number): typeof VOID {
    this.#memo.set(index, this.#top());
    return VOID;
  }

  #recall(index: number): unknown {
    if (!this.#memo.has(index)) throw this.#broken(`recalls the value ${index}, which it never stored`);
    return this.#memo.get(index);
  }

  #push(value: unknown): void {
    if (value !== VOID) this.#stack.push(value);
  }

  #pop(): unknown {
    return this.#popMany(1)[0];
  }

  #top(): unknown {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.#broken("takes a value where there is none");
    return this.#stack.at(-1);
  }

  #popMany(count: number): unknown[] {
    if (this.#stack.length - count < (this.#marks.at(-1) ?? 0)) throw this.#broken("takes a value where there is none");
    return this.#stack.splice(-count);
  }

  /** The values above the last MARK, which goes with them. */
  #popMarked(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#broken("takes values up to a mark that is not there");
    return this.#stack.splice(mark);
  }

  #refused(code: number) {
    const name = opcodeName(code);
    if (name === undefined) return this.#broken(`has the byte ${code} in the place of an opcode`);
    return unread(this.#reader.path, `has the opcode ${name} in its data.pkl, which no dictionary of tensors needs`);
  }

  #broken(what: string) {
    return invalid(this.#reader.path, `its data.pkl ${what}`);
  }
}

const VOID = Symbol("nothing to push");
