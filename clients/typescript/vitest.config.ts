import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
      {
        test: {
          name: "server",
          include: ["test/server/**/*.test.ts"],
          globalSetup: "test/server/setup.ts",
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
