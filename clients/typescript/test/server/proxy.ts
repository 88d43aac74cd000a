// A proxy in front of the real server that simulates network faults.
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inject } from "vitest";

/** A fault of a request. */
export type Fault =
  /** The connection ends before the request reaches the server. */
  | { readonly kind: "cut before" }
  /** The server handles the request, and its answer is lost. */
  | { readonly kind: "cut after" }
  /** Another program answers instead of the server. */
  | { readonly kind: "answer"; readonly status: number; readonly body: string; readonly retryAfter?: number }
  /** The request arrives with another path. */
  | { readonly kind: "rewrite"; readonly path: (path: string) => string };

interface Rule {
  readonly path: RegExp;
  readonly fault: Fault;
  left: number;
}

/** A refusal in the server's envelope. */
export function refusal(status: number, code: number, retryAfter?: number): Fault {
  const body = JSON.stringify({ code, message: "a fault of the test", data: {} });
  return { kind: "answer", status, body, ...(retryAfter !== undefined && { retryAfter }) };
}

export class Proxy {
  readonly #target: URL;
  readonly #server = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing));
  #rules: Rule[] = [];
  /** Method and path of every request, in the order of arrival. */
  readonly asked: string[] = [];
  /** Number of polls that are waiting. */
  polls = 0;
  /** The maximum of {@link polls} so far. */
  mostPolls = 0;

  private constructor(target: URL) {
    this.#target = target;
  }

  static async start(): Promise<Proxy> {
    const proxy = new Proxy(new URL(inject("url")));
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Applies a fault to the next `times` requests whose path matches. */
  fault(path: RegExp, fault: Fault, times = 1): void {
    this.#rules.push({ path, fault, left: times });
  }

  /** Removes all faults. */
  heal(): void {
    this.#rules = [];
  }

  count(path: RegExp): number {
    return this.asked.filter((line) => path.test(line)).length;
  }

  /** Ends every open connection. */
  cutAll(): void {
    this.#server.closeAllConnections();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cutAll();
    await closed;
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const path = incoming.url ?? "";
    this.asked.push(`${incoming.method ?? ""} ${path}`);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const rule = this.#rules.find((rule) => rule.left > 0 && rule.path.test(path));
    if (rule) rule.left -= 1;
    const fault = rule?.fault;
    if (fault?.kind === "cut before") {
      outgoing.destroy();
      return;
    }
    if (fault?.kind === "answer") {
      const retry = fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
      outgoing.writeHead(fault.status, { "content-type": "application/json", ...retry }).end(fault.body);
      return;
    }
    const isPoll = /cursor=.*timeout=[1-9]/.test(path);
    if (isPoll) this.mostPolls = Math.max(this.mostPolls, (this.polls += 1));
    const onward = request(
      new URL(fault?.kind === "rewrite" ? fault.path(path) : path, this.#target),
      { method: incoming.method, headers: { ...incoming.headers, host: this.#target.host } },
      (answer) => {
        if (fault?.kind === "cut after") {
          answer.resume();
          outgoing.destroy();
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    outgoing.on("close", () => {
      if (isPoll) this.polls -= 1;
      onward.destroy();
    });
    onward.on("error", () => outgoing.destroy());
    onward.end(Buffer.concat(chunks));
  }
}
