import { expect, test, vi } from "vitest";
import { Live } from "../../src/view.js";

test("a listener that throws does not stop the others", async () => {
  const reported: unknown[] = [];
  const before = process.rawListeners("uncaughtException") as NodeJS.UncaughtExceptionListener[];
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => reported.push(error));
  try {
    const live = new Live(() => 1);
    const heard = vi.fn();
    live.subscribe(() => {
      throw new Error("a listener's fault");
    });
    live.subscribe(heard);
    live.touch();
    await vi.waitFor(() => {
      expect(reported).toMatchObject([{ message: "a listener's fault" }]);
    });
    expect(heard).toHaveBeenCalledTimes(1);
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of before) process.on("uncaughtException", listener);
  }
});
