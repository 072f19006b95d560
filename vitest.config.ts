import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ["default", "./scripts/device-reporter.ts"],
    projects: [
      {
        extends: true,
        test: { name: "source", include: ["test/**/*.test.ts"], exclude: ["test/{package,browser}/**"] },
      },
      {
        extends: true,
        test: {
          name: "package",
          include: ["test/{package,browser}/**/*.test.ts"],
          globalSetup: "test/package/setup.ts",
        },
      },
    ],
  },
});
