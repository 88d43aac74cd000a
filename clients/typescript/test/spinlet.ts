// A server for the tests of this package and of the page, from the programs of `make build`.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";

const project = fileURLToPath(new URL("../../../", import.meta.url));
const programs = join(process.env.CARGO_TARGET_DIR ?? join(project, "target"), "release");

export class Server {
  readonly #state = mkdtempSync(join(tmpdir(), "longwave-web-"));
  readonly #port: number;
  #process: ChildProcess | undefined;
  /** The log lines, one for each answered request. */
  readonly log: string[] = [];

  private constructor(port: number) {
    this.#port = port;
  }

  static async start(): Promise<Server> {
    const server = new Server(await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const flags = ["--listen", `127.0.0.1:${this.#port}`, "--from", join(project, "spin.toml")];
    const folders = ["--state-dir", this.#state, "--cache-dir", join(programs, "spinlet-cache")];
    // As with `make up`: one instance holds all polls.
    const reuse = ["--max-instance-reuse-count", "1000000", "--max-instance-concurrent-reuse-count", "4096"];
    const variables = parseEnv(readFileSync(join(project, "tests/server.env"), "utf8"));
    const child = spawn(join(programs, "spinlet"), ["up", ...flags, ...folders, ...reuse], {
      env: { ...process.env, ...variables },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process = child;
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      this.log.push(...lines);
    });
    while (!(await isHealthy(this.url))) {
      if (child.exitCode !== null) throw new Error(`the server ended: ${this.log.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Kills the server with SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#state, { recursive: true });
  }

  /** The number of requests of a user that a component has answered. */
  answered(component: string, userId: string): number {
    const parts = [`"component":"${component}"`, `"user_id":"${userId}"`];
    return this.log.filter((line) => parts.every((part) => line.includes(part))).length;
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
