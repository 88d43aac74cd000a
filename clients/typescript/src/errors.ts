import type { Reason } from "./types.js";

/** An error as plain data, which can be stored and sent to another tab. */
export interface Failure {
  /**
   * `refused`: the server said no, or failed, and said so. `transport`: no answer came; whether the server
   * acted is not known. `protocol`: something else than Longwave answered. `aborted`: the caller gave up.
   */
  readonly kind: "refused" | "transport" | "protocol" | "aborted";
  /** For a developer. */
  readonly message: string;
  /** The HTTP status, where something answered. */
  readonly status?: number;
  /** The server's five digits, where it was refused. */
  readonly code?: number;
  /** Why a token that was once good no longer is. */
  readonly reason?: Reason;
  /** How many milliseconds the server asks to wait before the same call. */
  readonly retryAfter?: number;
}

/**
 * What becomes of a call that failed when it is made again. `temporary`: it succeeds once what is broken is
 * whole again, however long that takes. `bounded`: something between here and the server answers in its place,
 * which may last for ever: a few more tries tell. `final`: the same again.
 */
export type Recovery = "temporary" | "bounded" | "final";

/** The statuses by which a proxy says that it does not reach the server, or is asked too often. */
const AWAY = [429, 502, 503, 504];

/** What becomes of a call that failed when it is made again; `clients/failures.json` has the cases. */
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

/** Why a call gave nothing. */
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
   * Whether the same call may do better later: no answer of the server came, or its code says that the fault
   * is the server's (2xxxx) or that there were too many calls (10005, 10601: status 429).
   */
  get isTemporary(): boolean {
    return this.recovery !== "final";
  }

  /** What becomes of the same call when it is made again. */
  get recovery(): Recovery {
    return recoveryOf(this);
  }

  /** Whether the token is good for nothing any more, or never was: log in again. */
  get isUnauthorized(): boolean {
    return this.code === 10101 || this.code === 10102 || this.code === 10103;
  }

  /** The same as plain data. */
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

/** What to throw where the caller gave up. */
export function aborted(): LongwaveError {
  return new LongwaveError({ kind: "aborted", message: "given up by the caller" });
}
