// A connection that gives scripted replies in sequence, for faults at exact moments.
import { vi } from "vitest";

/** A reply of the server, or a failure. Without a reply, the request waits until it is aborted. */
export type Reply =
  | { readonly data: object }
  | {
      readonly status: number;
      readonly code: number;
      readonly data?: object;
      readonly retryAfter?: string;
    }
  | { readonly status: number; readonly page: string; readonly retryAfter?: string }
  | "cut";

export class Script {
  readonly #replies: Reply[];
  #waiting: { readonly asked: string; readonly resolve: (reply: Reply) => void }[] = [];
  /** The requests: method, path and body. */
  readonly asked: string[] = [];

  constructor(...replies: Reply[]) {
    this.#replies = replies;
  }

  /** Answers the oldest waiting request that contains `what`. */
  answer(reply: Reply, what = ""): void {
    const at = this.#waiting.findIndex(({ asked }) => asked.includes(what));
    if (at >= 0) this.#waiting.splice(at, 1)[0]?.resolve(reply);
  }

  readonly fetch = vi.fn(async (url: unknown, init: RequestInit = {}): Promise<Response> => {
    const { pathname, search } = new URL(String(url));
    const body = init.body === undefined ? "" : ` ${init.body as string}`;
    const asked = `${init.method ?? ""} ${pathname.replace("/api/v1/", "")}${search}${body}`;
    this.asked.push(asked);
    return responseOf(this.#replies.shift() ?? (await this.#wait(asked, init.signal)));
  }) as unknown as typeof fetch;

  #wait(asked: string, signal: AbortSignal | null | undefined): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ asked, resolve });
      signal?.addEventListener("abort", () => {
        this.#waiting = this.#waiting.filter((waiting) => waiting.resolve !== resolve);
        reject(new DOMException("given up", "AbortError"));
      });
    });
  }
}

function responseOf(reply: Reply): Response {
  if (reply === "cut") throw new TypeError("fetch failed");
  const { retryAfter } = { retryAfter: undefined, ...reply };
  const headers = new Headers(retryAfter === undefined ? [] : [["retry-after", retryAfter]]);
  if ("page" in reply) {
    // `Response` forbids a body with this status.
    const body = reply.status === 204 ? null : reply.page;
    return new Response(body, { status: reply.status, headers });
  }
  const { status, code } = { status: 200, code: 0, ...reply };
  const envelope = { code, message: code === 0 ? "" : "refused", data: reply.data ?? {} };
  return new Response(JSON.stringify(envelope), { status, headers });
}
