import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trainSchema } from "../../src/train/index.ts";
import { readTrace, type Trace, toBatch } from "../models/fixtures.ts";
import { browserSuite, launchChromium, openPage } from "./chromium.ts";
import type { TrainingPage, TrainingStep } from "./pages/training/main.ts";
import { buildPage, pageFolder, type Site, servePage } from "./site.ts";

const STEPS = 5;
const trace = readTrace("marian-tied");

function settingsOf({ training }: Trace) {
  const { betas, eps, weight_decay } = training.optimizer;
  return trainSchema.parse({
    optimizer: { beta1: betas[0], beta2: betas[1], epsilon: eps, weightDecay: weight_decay },
    labelSmoothing: training.label_smoothing,
    clipNorm: training.max_grad_norm,
  });
}

const steps = trace.steps.slice(0, STEPS).map((step): TrainingStep => {
  const { input_ids: inputIds, attention_mask: attentionMask, decoder_input_ids: decoderInputIds } = step;
  const inputs = { inputIds, attentionMask, decoderInputIds };
  return { inputs, labels: step.labels, targetTokens: toBatch(step).targetTokens, learningRate: step.lr };
});

describe.skipIf(browserSuite.skip)(browserSuite.name("a page that trains a Transformer"), () => {
  let site: Site;
  let browser: Browser;

  beforeAll(async () => {
    const folder = pageFolder("training", "marian-tied");
    await buildPage(folder);
    site = await servePage(folder);
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
  });

  it.each([
    { device: "wasm", worker: true },
    { device: "webgpu", worker: false },
  ] as const)("has the losses and gradients of PyTorch, with %o", async (options) => {
    const { page, faults } = await openPage(browser, site.url);
    const results = await page.evaluate(
      ([steps, settings, options]) => (globalThis as unknown as TrainingPage).run(steps, settings, options),
      [steps, settingsOf(trace), options] as const,
    );
    expect(results.length).toBe(STEPS);
    trace.steps.slice(0, STEPS).forEach(({ loss, grad_norm }, i) => {
      expect(Math.abs(results[i]!.loss / loss - 1), `loss of step ${i + 1}`).toBeLessThan(1e-4);
      expect(Math.abs(results[i]!.gradientNorm / grad_norm - 1), `norm of step ${i + 1}`).toBeLessThan(1e-4);
    });
    expect(faults).toEqual([]);
    await page.close();
  });
});
