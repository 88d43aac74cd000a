// A proxy that serves the server under a path, like a site with a chat among other pages.
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export class PathProxy {
  readonly #server;
  /** The requested paths that are not under the prefix. */
  readonly astray: string[] = [];

  private constructor(
    target: string,
    readonly prefix: string,
  ) {
    const { hostname, port, host } = new URL(target);
    this.#server = createServer((incoming, outgoing) => {
      const asked = incoming.url ?? "";
      if (!asked.startsWith(`${prefix}/`)) {
        this.astray.push(asked);
        outgoing.writeHead(404, { "content-type": "text/html" }).end("<h1>Not Found</h1>");
        return;
      }
      const { method, headers } = incoming;
      const path = asked.slice(prefix.length);
      const onward = request({ hostname, port, path, method, headers: { ...headers, host } }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on("error", () => outgoing.destroy());
      outgoing.on("close", () => onward.destroy());
      incoming.pipe(onward);
    });
  }

  static async start(target: string, prefix: string): Promise<PathProxy> {
    const proxy = new PathProxy(target, prefix);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  /** The address of the page: ends with the prefix. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${this.prefix}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
