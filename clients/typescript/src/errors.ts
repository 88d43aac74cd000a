import type { Reason } from "./types.js";

/** An error as plain data, which can be stored and sent to another tab. */
export interface Failure {
  /**
   * `refused`: the server refused the call or failed, and said so. `transport`: there was no answer, and the
   * server may or may not have acted. `protocol`: a program other than Longwave answered. `aborted`: the
   * caller gave up.
   */
  readonly kind: "refused" | "transport" | "protocol" | "aborted";
  /** A description for developers. */
  readonly message: string;
  /** The HTTP status, if there was an answer. */
  readonly status?: number;
  /** The server's error code, five digits, if it refused the call. */
  readonly code?: number;
  /** The reason why a formerly valid token is invalid. */
  readonly reason?: Reason;
  /** How long the server asks to wait before the same call, in milliseconds. */
  readonly retryAfter?: number;
}

/**
 * Whether repeating a failed call can help. `temporary`: it succeeds once the fault is repaired, however long
 * that takes. `bounded`: another program answers instead of the server, perhaps permanently: retry a few
 * times. `final`: it fails again.
 */
export type Recovery = "temporary" | "bounded" | "final";

/** The statuses of a proxy that cannot reach the server, or receives too many requests. */
const AWAY = [429, 502, 503, 504];

/** Classifies a failure; `clients/failures.json` lists the cases. */
export function recoveryOf({ kind, status, code }: Failure): Recovery {
  switch (kind) {
    case "transport":
      return "temporary";
    case "protocol":
      return AWAY.includes(status ?? 0) ? "temporary" : "bounded";
    case "refused":
      return status === 429 || Math.floor((code ?? 0) / 10_000) === 2 ? "temporary" : "final";
    case "aborted":
      return "final";
  }
}

/** The failure of a call. */
export class LongwaveError extends Error implements Failure {
  override readonly name = "LongwaveError";
  readonly kind: Failure["kind"];
  readonly status?: number;
  readonly code?: number;
  readonly reason?: Reason;
  readonly retryAfter?: number;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.kind = failure.kind;
    if (failure.status !== undefined) this.status = failure.status;
    if (failure.code !== undefined) this.code = failure.code;
    if (failure.reason !== undefined) this.reason = failure.reason;
    if (failure.retryAfter !== undefined) this.retryAfter = failure.retryAfter;
  }

  /**
   * Whether a retry may help: the server did not answer, or its code says that the fault is the server's
   * (2xxxx) or that there were too many calls (10005, 10601: status 429).
   */
  get isTemporary(): boolean {
    return this.recovery !== "final";
  }

  /** Whether repeating the same call can help. */
  get recovery(): Recovery {
    return recoveryOf(this);
  }

  /** Whether the token is invalid or missing: log in again. */
  get isUnauthorized(): boolean {
    return this.code === 10101 || this.code === 10102 || this.code === 10103;
  }

  /** The error as plain data. */
  get failure(): Failure {
    const { kind, message, status, code, reason, retryAfter } = this;
    return {
      kind,
      message,
      ...(status !== undefined && { status }),
      ...(code !== undefined && { code }),
      ...(reason !== undefined && { reason }),
      ...(retryAfter !== undefined && { retryAfter }),
    };
  }
}

/** The failure of a call; an unexpected error, such as of an answer that cannot be read, is `protocol`. */
export function failureOf(error: unknown): Failure {
  return error instanceof LongwaveError ? error.failure : { kind: "protocol", message: String(error) };
}

/** Reports an unexpected error as an uncaught one, while the caller goes on. */
export function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** The error of a call that the caller gave up. */
export function aborted(): LongwaveError {
  return new LongwaveError({ kind: "aborted", message: "given up by the caller" });
}
