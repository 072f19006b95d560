import { describe, expect, it } from "vitest";
import { judge, judgedBy } from "../../src/train/judge.ts";

describe("the best evaluation", () => {
  it("is the first one, then each that is better, and the others are counted", () => {
    let standing = judge(null, "bleu", { loss: 5, scores: { bleu: 10 } });
    expect(standing).toEqual({ by: "bleu", loss: 5, scores: { bleu: 10 }, since: 0 });
    standing = judge(standing, "bleu", { loss: 1, scores: { bleu: 9 } });
    standing = judge(standing, "bleu", { loss: 6, scores: { bleu: 10 } });
    expect(standing).toEqual({ by: "bleu", loss: 5, scores: { bleu: 10 }, since: 2 });
    const better = { loss: 9, scores: { bleu: 10.5 } };
    expect(judge(standing, "bleu", better)).toEqual({ by: "bleu", ...better, since: 0 });
  });

  it("has the lower loss of those with the same score: at first none has any BLEU", () => {
    const first = judge(null, "bleu", { loss: 7, scores: { bleu: 0 } });
    const second = judge(first, "bleu", { loss: 6, scores: { bleu: 0 } });
    expect(second).toMatchObject({ loss: 6, since: 0 });
    expect(judge(second, "bleu", { loss: 6, scores: { bleu: 0 } })).toMatchObject({ since: 1 });
    expect(judge(second, "bleu", { loss: 6.5, scores: { bleu: 0 } })).toMatchObject({ loss: 6, since: 1 });
  });

  it("has the lower loss of those whose score is chance, so that patience has none with it", () => {
    let standing = judge(null, "bleu", { loss: 5.4, scores: { bleu: 0.85 } });
    standing = judge(standing, "bleu", { loss: 4.9, scores: { bleu: 0.18 } });
    expect(standing).toMatchObject({ loss: 4.9, since: 0 });
    expect(judge(standing, "bleu", { loss: 5, scores: { bleu: 0.9 } })).toMatchObject({ loss: 4.9, since: 1 });
    expect(judge(standing, "bleu", { loss: 5, scores: { bleu: 1.1 } })).toMatchObject({ loss: 5, since: 0 });
  });

  it("has the lowest loss where that decides, whatever the scores", () => {
    const standing = judge(null, "loss", { loss: 3, scores: { bleu: 1 } });
    expect(judge(standing, "loss", { loss: 2.9, scores: { bleu: 0 } }).since).toBe(0);
    expect(judge(standing, "loss", { loss: 3.1, scores: { bleu: 9 } }).since).toBe(1);
    expect(judge(standing, "loss", { loss: 3, scores: { bleu: 9 } }).since).toBe(1);
  });

  it("is compared by what decides now, where something else did before, and patience begins anew", () => {
    const byLoss = { by: "loss", loss: 3, scores: { bleu: 5 }, since: 4 };
    expect(judgedBy("loss", byLoss)).toBe(byLoss);
    const now = judgedBy("bleu", byLoss)!;
    expect(now).toEqual({ by: "bleu", loss: 3, scores: { bleu: 5 }, since: 0 });
    expect(judge(now, "bleu", { loss: 2, scores: { bleu: 4 } })).toEqual({ ...now, since: 1 });
    expect(judge(now, "bleu", { loss: 4, scores: { bleu: 6 } })).toMatchObject({ scores: { bleu: 6 }, since: 0 });
    expect(judgedBy("bleu", null)).toBeNull();
  });

  it("is the next one where the score that decides now was not measured before", () => {
    const standing = judgedBy("bleu", { by: "loss", loss: 3, scores: {}, since: 4 });
    expect(judge(standing, "bleu", { loss: 9, scores: { bleu: 0 } })).toMatchObject({ loss: 9, since: 0 });
  });
});
