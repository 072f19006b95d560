import { describe, expect, it } from "vitest";
import { float32 } from "../../src/graph/tensor-data.ts";
import { averageParameters } from "../../src/train/average.ts";
import type { Batch } from "../../src/train/batches.ts";
import { Clock } from "../../src/train/clock.ts";
import { EventQueue } from "../../src/train/event-queue.ts";
import { Prefetch } from "../../src/train/prefetch.ts";
import { heedError } from "../hub/errors.ts";

describe("EventQueue", () => {
  const readAll = async (queue: EventQueue<number>) => {
    const read: number[] = [];
    for await (const event of queue) read.push(event);
    return read;
  };

  it("keeps events in order until they are read, also those before its end", async () => {
    const queue = new EventQueue<number>();
    for (let i = 0; i < 1000; i++) queue.push(i);
    queue.close();
    expect(await readAll(queue)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it("wakes a reader that waits, and loses nothing that comes while it reads", async () => {
    const queue = new EventQueue<number>();
    const reading = (async () => {
      const read: number[] = [];
      for await (const event of queue) {
        read.push(event);
        if (event === 1) queue.push(3);
        if (event === 4) {
          queue.push(5);
          queue.close();
        }
        await Promise.resolve();
      }
      return read;
    })();
    await new Promise((resolve) => setTimeout(resolve, 5));
    queue.push(1);
    queue.push(2);
    await new Promise((resolve) => setTimeout(resolve, 5));
    queue.push(4);
    expect(await reading).toEqual([1, 2, 3, 4, 5]);
  });

  it("ends for a reader that waits", async () => {
    const queue = new EventQueue<number>();
    const reading = readAll(queue);
    await new Promise((resolve) => setTimeout(resolve, 5));
    queue.close();
    expect(await reading).toEqual([]);
  });
});

describe("Prefetch", () => {
  const epochOf = (length: number, asked: number[]) => ({
    length,
    async batch(index: number) {
      asked.push(index);
      return { tokens: index } as Batch;
    },
  });
  const numbers = (batches: readonly Batch[]) => batches.map(({ tokens }) => tokens);

  it("gives the batches asked for, and prepares those that follow before they are asked for", async () => {
    const asked: number[] = [];
    const prefetch = new Prefetch(epochOf(5, asked));
    expect(numbers(await prefetch.take(0, 2))).toEqual([0, 1]);
    expect(asked).toEqual([0, 1, 2, 3]);
    expect(numbers(await prefetch.take(2, 2))).toEqual([2, 3]);
    expect(numbers(await prefetch.take(4, 2))).toEqual([4]);
    expect(asked).toEqual([0, 1, 2, 3, 4]);
  });

  it("starts in the middle, where a training is resumed", async () => {
    const prefetch = new Prefetch(epochOf(9, []));
    expect(numbers(await prefetch.take(3, 3))).toEqual([3, 4, 5]);
    expect(numbers(await prefetch.take(0, 3))).toEqual([0, 1, 2]);
  });

  it("reports what went wrong when those batches are taken, and not before", async () => {
    const failure = new Error("broken");
    const epoch = {
      length: 2,
      batch: async (i: number) => (i === 0 ? ({ tokens: 0 } as Batch) : Promise.reject(failure)),
    };
    const prefetch = new Prefetch(epoch);
    expect(numbers(await prefetch.take(0, 1))).toEqual([0]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(prefetch.take(1, 1)).rejects.toBe(failure);
  });
});

describe("Clock", () => {
  it("adds up seconds, those of earlier sittings included", () => {
    const clock = new Clock(100);
    clock.count(500, 1000);
    clock.count(1500, 1000);
    expect(clock.seconds).toBe(102);
    expect(clock.tokensPerSecond).toBe(1000);
    expect(clock.secondsPerStep).toBe(1);
  });

  it("measures speed over the last 50 steps", () => {
    const clock = new Clock(0);
    for (let i = 0; i < 10; i++) clock.count(60_000, 1);
    for (let i = 0; i < 50; i++) clock.count(100, 50);
    expect(clock.tokensPerSecond).toBeCloseTo(500, 6);
    expect(clock.secondsPerStep).toBeCloseTo(0.1, 9);
    expect(clock.seconds).toBeCloseTo(605, 6);
  });
});

describe("averageParameters", () => {
  const checkpoint = (...numbers: number[]) => new Map([["weight", float32([numbers.length], numbers)]]);

  it("is the mean, summed in double precision", async () => {
    const averaged = await averageParameters([
      checkpoint(1, 2 ** 24),
      checkpoint(2, 1),
      checkpoint(6, 1),
      checkpoint(3, 2),
    ]);
    expect(averaged).toEqual(checkpoint(3, (2 ** 24 + 4) / 4));
    expect(await averageParameters([checkpoint(0.1)])).toEqual(checkpoint(0.1));
  });

  it("is that of long parameters to their end", async () => {
    const numbers = Float32Array.from({ length: 150_001 }, (_, i) => i);
    const long = (scale: number) =>
      new Map([
        [
          "weight",
          float32(
            [numbers.length],
            numbers.map((x) => x * scale),
          ),
        ],
      ]);
    expect(await averageParameters([long(1), long(3)])).toEqual(long(2));
  });

  it("leaves what it averages as it is", async () => {
    const first = checkpoint(1);
    await averageParameters([first, checkpoint(3)]);
    expect(first).toEqual(checkpoint(1));
  });

  it("refuses checkpoints of different models, and none at all", async () => {
    const error = await heedError(() => averageParameters([checkpoint(1), checkpoint(1, 2)]), "CHECKPOINT_MISMATCH");
    expect(error.path).toBe("weight");
    await heedError(() => averageParameters([checkpoint(1), new Map()]), "CHECKPOINT_MISMATCH");
    await heedError(() => averageParameters([]), "INPUT_INVALID");
  });
});
