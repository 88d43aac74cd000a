/** Runs a part of a test that causes uncaught errors, which it receives. */
export async function withUncaught(run: (errors: unknown[]) => Promise<void>): Promise<void> {
  const errors: unknown[] = [];
  const before = process.rawListeners("uncaughtException") as NodeJS.UncaughtExceptionListener[];
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => errors.push(error));
  try {
    await run(errors);
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of before) process.on("uncaughtException", listener);
  }
}
