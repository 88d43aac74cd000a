import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";

const chromium = execFileSync(fileURLToPath(new URL("../scripts/chromium", import.meta.url)), {
  encoding: "utf8",
}).trim();

export default defineConfig({
  testDir: "test",
  outputDir: "test/artefacts/results",
  // The tests share one server, and some measure times.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: process.env.CI ? "dot" : "list",
  forbidOnly: Boolean(process.env.CI),
  use: {
    locale: "en-GB",
    viewport: { width: 1120, height: 720 },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: chromium,
      // Chromium refuses its sandbox to root.
      chromiumSandbox: process.getuid?.() !== 0,
    },
  },
});
