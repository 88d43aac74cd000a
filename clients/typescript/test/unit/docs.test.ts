import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

test("the example in the guide is the compiled one", async () => {
  const guide = await read("../../../../docs/clients.md");
  expect(guide).toContain(`\`\`\`ts\n${await read("../example.ts")}\`\`\`\n`);
});
