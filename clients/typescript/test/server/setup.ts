import type { TestProject } from "vitest/node";
import { Server } from "../spinlet.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The base URL of the server. */
    url: string;
  }
}

/** The suite uses a real server: the one at LONGWAVE_URL, or a new one. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const url = process.env.LONGWAVE_URL;
  if (url !== undefined) {
    const health = await fetch(`${url}/healthz`);
    if (!health.ok) throw new Error(`the server at ${url} is not healthy: ${health.status}`);
    project.provide("url", url);
    return undefined;
  }
  const server = await Server.start();
  project.provide("url", server.url);
  return () => server.stop();
}
