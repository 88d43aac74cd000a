// A connection that gives one reply after the other, whatever is asked: for faults that must come exactly then.
import { vi } from "vitest";

/** A reply of the server, or a failure. Where there is none, the request waits until it is given up. */
export type Reply =
  | { readonly data: object }
  | {
      readonly status: number;
      readonly code: number;
      readonly data?: object;
      readonly retryAfter?: string;
    }
  | { readonly status: number; readonly page: string }
  | "cut";

export class Script {
  readonly #replies: Reply[];
  #waiting: ((reply: Reply) => void)[] = [];
  /** What was asked: method, path and body. */
  readonly asked: string[] = [];

  constructor(...replies: Reply[]) {
    this.#replies = replies;
  }

  /** Answers the request that has waited the longest. */
  answer(reply: Reply): void {
    this.#waiting.shift()?.(reply);
  }

  readonly fetch = vi.fn(async (url: unknown, init: RequestInit = {}): Promise<Response> => {
    const { pathname, search } = new URL(String(url));
    const body = init.body === undefined ? "" : ` ${init.body as string}`;
    this.asked.push(`${init.method ?? ""} ${pathname.replace("/api/v1/", "")}${search}${body}`);
    return responseOf(this.#replies.shift() ?? (await this.#wait(init.signal)));
  }) as unknown as typeof fetch;

  #wait(signal: AbortSignal | null | undefined): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      signal?.addEventListener("abort", () => {
        this.#waiting = this.#waiting.filter((waiting) => waiting !== resolve);
        reject(new DOMException("given up", "AbortError"));
      });
    });
  }
}

function responseOf(reply: Reply): Response {
  if (reply === "cut") throw new TypeError("fetch failed");
  if ("page" in reply) return new Response(reply.page, { status: reply.status });
  const { status, code, retryAfter } = { status: 200, code: 0, retryAfter: undefined, ...reply };
  const envelope = { code, message: code === 0 ? "" : "refused", data: reply.data ?? {} };
  const headers = new Headers(retryAfter === undefined ? [] : [["retry-after", retryAfter]]);
  return new Response(JSON.stringify(envelope), { status, headers });
}
