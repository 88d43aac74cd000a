import { aborted, LongwaveError, type Failure } from "./errors.js";
import type { Outcome } from "./model.js";
import type { Ack } from "./types.js";

interface PendingSend {
  readonly sent: Promise<Ack>;
  readonly resolve: (ack: Ack) => void;
  readonly reject: (error: LongwaveError) => void;
}

/** The promises of messages that this tab sent and the server has not answered. */
export class PendingSends implements Outcome {
  readonly #sends = new Map<string, PendingSend>();

  /** The `client_msg_id`s of the messages. */
  get ids(): string[] {
    return [...this.#sends.keys()];
  }

  /** The promise of a message; `undefined` if this tab is not sending it. */
  get(clientMsgId: string): Promise<Ack> | undefined {
    return this.#sends.get(clientMsgId)?.sent;
  }

  /** Makes the promise of a message. */
  add(clientMsgId: string): Promise<Ack> {
    const send = newSend();
    this.#sends.set(clientMsgId, send);
    // Callers that do not wait see the same in the timeline.
    send.sent.catch(() => undefined);
    return send.sent;
  }

  sent(clientMsgId: string, ack: Ack): void {
    this.#take(clientMsgId)?.resolve(ack);
  }

  failed(clientMsgId: string, error: Failure): void {
    this.#take(clientMsgId)?.reject(new LongwaveError(error));
  }

  discarded(clientMsgId: string): void {
    this.#take(clientMsgId)?.reject(aborted());
  }

  #take(clientMsgId: string): PendingSend | undefined {
    const send = this.#sends.get(clientMsgId);
    this.#sends.delete(clientMsgId);
    return send;
  }
}

function newSend(): PendingSend {
  let resolve: PendingSend["resolve"] = () => undefined;
  let reject: PendingSend["reject"] = () => undefined;
  const sent = new Promise<Ack>((...settle) => {
    [resolve, reject] = settle;
  });
  return { sent, resolve, reject };
}
