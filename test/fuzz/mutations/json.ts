import { type Draw, pick } from "../draw.ts";
import { type Mutation, ofText, repetitions } from "./mutation.ts";
import { extremeTexts } from "./numbers.ts";

type Container = Record<string, unknown> | unknown[];
/** Where a value stands. */
interface Place {
  readonly parent: Container;
  readonly key: string;
}

/** Stands for a text that is no JSON value, until all is written. */
const RAW = "\u0001raw";

/** Names that JavaScript's objects have anyway. */
const INHERITED = ["__proto__", "constructor", "toString", "valueOf", "hasOwnProperty", "length", ""];

const VALUES: readonly string[] = [
  ...["null", "true", "false", '""', '"x"', "[]", "{}", "[null]", "[[]]", '[""]', '{"":0}', '"\\ud800"', '"\\u0000"'],
  ...['{"__proto__":null}', '{"toString":1,"valueOf":1}', '[{"toString":1,"valueOf":1}]', '{"length":1e9}'],
  ...['{"type":"x"}', '"toString"', '"__proto__"', '"\uD83D\uDE00"', '"e\u0301\u202E"'],
];

const replaceValue = replacing((place, draw, maxBytes) => {
  const kind = draw(8);
  if (kind < 3) return pick(extremeTexts, draw);
  if (kind < 7) return pick(VALUES, draw);
  const [open, close] = pick(
    [
      ["[", "]"],
      ['{"a":', "}"],
      ["[0,", "]"],
      ['{"type":"Sequence","a":[', "]}"],
    ] as const,
    draw,
  );
  const depth = repetitions(open.length + close.length, draw, maxBytes);
  return `${open.repeat(depth)}${JSON.stringify(valueAt(place)) ?? "0"}${close.repeat(depth)}`;
});

const deleteKey = changing(({ parent, key }) => {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
});

const renameKey = changing(({ parent, key }, draw) => {
  if (Array.isArray(parent)) return;
  const name = pick([...INHERITED, ...Object.keys(parent), `${key}x`, key.toUpperCase()], draw);
  const value = parent[key];
  delete parent[key];
  setOwn(parent, name, value);
});

const addKey = changing(({ parent }, draw) => {
  if (Array.isArray(parent)) parent.splice(draw(parent.length + 1), 0, parent[draw(parent.length)]);
  else setOwn(parent, pick(INHERITED, draw), pick([null, 1, "x", [], {}], draw));
});

/** A key that stands twice in an object. */
const doubleKey = replacing((place, draw) => {
  const value = valueAt(place);
  const text = JSON.stringify(value);
  if (typeof value !== "object" || value === null || Array.isArray(value) || text === "{}") return undefined;
  const again = JSON.stringify(pick(Object.keys(value), draw));
  return `${text.slice(0, -1)},${again}:${pick(VALUES, draw)}}`;
});

const copyValue = changing(({ parent, key }, draw, _, places) => {
  const value = structuredClone(valueAt(pick(places, draw)));
  if (Array.isArray(parent)) parent[Number(key)] = value;
  else setOwn(parent, key, value);
});

const repeatValue = replacing((place, draw, maxBytes) => {
  if (!Array.isArray(place.parent)) return undefined;
  const text = JSON.stringify(valueAt(place)) ?? "null";
  return Array(repetitions(text.length + 1, draw, maxBytes))
    .fill(text)
    .join(",");
});

/** Many keys, or a long text. */
const grow = replacing((_, draw, maxBytes) => {
  if (draw(2) === 0)
    return JSON.stringify(pick(["x", "é", "\n", " ", "a b"], draw).repeat(repetitions(3, draw, maxBytes)));
  const count = repetitions(12, draw, maxBytes);
  return `{${Array.from({ length: count }, (_, i) => `"k${i}":${i}`).join(",")}}`;
});

/** Puts a copy of a value inside itself, and so on: what is read by a function that calls itself becomes deep. */
const nestInItself = replacing((place, draw, maxBytes) => {
  const inside = placesIn(valueAt(place));
  if (inside.length === 0) return undefined;
  const inner = pick(inside, draw);
  const core = JSON.stringify(valueAt(inner));
  setOwn(inner.parent, inner.key, RAW);
  const [before = "", after = ""] = JSON.stringify(valueAt(place)).split(JSON.stringify(RAW));
  const depth = repetitions(before.length + after.length, draw, maxBytes);
  return `${before.repeat(depth)}${core}${after.repeat(depth)}`;
});

/** Mutations of a file that is JSON; other files come back as they are. */
export const jsonMutations: readonly Mutation[] = [
  replaceValue,
  replaceValue,
  replaceValue,
  deleteKey,
  renameKey,
  addKey,
  doubleKey,
  copyValue,
  repeatValue,
  grow,
  nestInItself,
];

type Change<Result> = (place: Place, draw: Draw, maxBytes: number, places: readonly Place[]) => Result;

/** A mutation that changes something in or around some place. */
function changing(change: Change<void>): Mutation {
  return replacing((...at) => {
    change(...at);
    return undefined;
  });
}

/** A mutation that puts a text, which need not be JSON, in some place, unless it has none. */
function replacing(textFor: Change<string | undefined>): Mutation {
  return ofText((text, draw, maxBytes) => {
    const document = parse(text);
    if (document === undefined) return text;
    const { root, places } = document;
    const place = pick(places, draw);
    const raw = textFor(place, draw, maxBytes, places);
    if (raw !== undefined) setOwn(place.parent, place.key, RAW);
    const written = JSON.stringify(root[0]) ?? "";
    return raw === undefined ? written : written.replace(JSON.stringify(RAW), () => raw);
  });
}

interface Document {
  /** The value in a list of its own, so that it too stands somewhere. */
  readonly root: readonly [unknown];
  readonly places: readonly Place[];
}

/** Undefined for what is no JSON, or, by an earlier mutation, deeper than can be walked. */
function parse(text: string): Document | undefined {
  try {
    const root = [JSON.parse(text)] as const;
    JSON.stringify(root);
    return { root, places: placesIn(root) };
  } catch {
    return undefined;
  }
}

function placesIn(value: unknown, places: Place[] = []): Place[] {
  if (typeof value !== "object" || value === null) return places;
  for (const key of Object.keys(value)) {
    places.push({ parent: value as Container, key });
    placesIn((value as Record<string, unknown>)[key], places);
  }
  return places;
}

function valueAt({ parent, key }: Place): unknown {
  return (parent as Record<string, unknown>)[key];
}

/** Also where the key is `__proto__`. */
function setOwn(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
