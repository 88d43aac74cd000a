import { aborted, LongwaveError } from "./errors.js";
import type { Path, PlatformId, Reason } from "./types.js";

/** How long to wait for an answer, in milliseconds, in addition to the wait that its request asks for. */
export const PATIENCE = 10_000;

/** The variable parts of a request. */
export interface Call {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly token?: string;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the answer, in milliseconds. */
  readonly patience?: number;
  /** Whether the request outlives its page. The body is then limited to 64 KiB. */
  readonly keepalive?: boolean;
}

interface Envelope {
  code: number;
  message: string;
  data: object;
}

/** The requests to one server: the envelope and the errors. */
export class Http {
  readonly #base: string;
  readonly #fetch: typeof fetch;
  readonly #platform: string;

  constructor(url: string, fetcher: typeof fetch, platformId: PlatformId) {
    this.#base = url;
    this.#fetch = fetcher;
    this.#platform = String(platformId);
  }

  /**
   * The data of the answer to one request, which is sent once.
   *
   * @throws {@link LongwaveError}
   */
  async call<T>(method: "GET" | "POST" | "PUT", path: Path, call: Call = {}): Promise<T> {
    const patience = call.patience ?? PATIENCE;
    const cut = new AbortController();
    const giveUp = () => {
      cut.abort();
    };
    if (call.signal?.aborted) throw aborted();
    call.signal?.addEventListener("abort", giveUp);
    const deadline = setTimeout(giveUp, patience);
    try {
      const response = await this.#fetch.call(undefined, this.#address(path, call.query), {
        method,
        headers: {
          "x-platform-id": this.#platform,
          ...(call.token !== undefined && { authorization: `Bearer ${call.token}` }),
          ...(call.body !== undefined && { "content-type": "application/json" }),
        },
        ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
        cache: "no-store",
        credentials: "omit",
        ...(call.keepalive && { keepalive: true }),
        signal: cut.signal,
      });
      return read(response, await response.text()) as T;
    } catch (error) {
      if (error instanceof LongwaveError) throw error;
      if (call.signal?.aborted) throw aborted();
      const message = cut.signal.aborted ? `no answer within ${patience} ms` : "no answer";
      throw new LongwaveError({ kind: "transport", message }, { cause: error });
    } finally {
      clearTimeout(deadline);
      call.signal?.removeEventListener("abort", giveUp);
    }
  }

  #address(path: string, query: Call["query"] = {}): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) search.set(name, String(value));
    }
    const text = search.toString();
    return text === "" ? this.#base + path : `${this.#base}${path}?${text}`;
  }
}

function read(response: Response, text: string): object {
  const { status } = response;
  const envelope = parse(text);
  const retryAfter = seconds(response.headers.get("retry-after"));
  if (envelope === undefined) {
    const message = `status ${status}, but not an answer of Longwave`;
    throw new LongwaveError({ kind: "protocol", message, status, ...retryAfter });
  }
  const { code, message, data } = envelope;
  if (code === 0) return data;
  const reason = "reason" in data ? { reason: data.reason as Reason } : {};
  throw new LongwaveError({ kind: "refused", message, status, code, ...reason, ...retryAfter });
}

function parse(text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isEnvelope =
      typeof value === "object" &&
      value !== null &&
      "code" in value &&
      typeof value.code === "number" &&
      "message" in value &&
      typeof value.message === "string" &&
      "data" in value &&
      typeof value.data === "object" &&
      value.data !== null;
    return isEnvelope ? (value as Envelope) : undefined;
  } catch {
    return undefined;
  }
}

function seconds(header: string | null): { retryAfter?: number } {
  return header !== null && /^\d+$/.test(header) ? { retryAfter: Number(header) * 1000 } : {};
}
