import type { Api } from "./api.js";
import { delay, pause, type Persistence } from "./backoff.js";
import { refusalOf } from "./content.js";
import { failureOf, LongwaveError, report } from "./errors.js";
import type { State } from "./events.js";
import { Feed, type FeedState } from "./feed.js";
import { targetOf, type Target } from "./ids.js";
import type { Change, Model } from "./model.js";
import { sendAll, type OutboxEntry } from "./outbox.js";
import type { Note } from "./share.js";
import type { Change as StoreChange, RoomyStore } from "./store/store.js";
import { Subscription } from "./subscription.js";
import { sync } from "./sync.js";
import type { Ack } from "./types.js";

/** The server's code for an invalid parameter. */
const INVALID = 10001;

/** The dependencies of a leader. */
interface Parts {
  readonly userId: string;
  /** The id of this tab. */
  readonly tab: string;
  readonly api: Api;
  readonly model: Model;
  readonly store: RoomyStore;
  /** Its signal ends the leader. */
  readonly persistence: Persistence;
  readonly post: (note: Note) => void;
}

/** The work of the leading tab for all tabs: it sends and polls, and numbers the resulting changes. */
export class Leader {
  readonly #parts: Parts;
  /** The number of the last batch of changes. */
  #n = 0;
  /** The subscription to the presence of users. */
  readonly subscription: Subscription;
  /** To be called after the outbox has changed. */
  readonly wake: () => void;

  /** Starts to send the messages in the outbox. */
  constructor(parts: Parts) {
    this.#parts = parts;
    const { api, model, persistence } = parts;
    this.subscription = new Subscription({
      api,
      persistence,
      deliver: (items) => {
        this.#publish([{ type: "presence", items }]);
      },
    });
    this.wake = sendAll({
      ...persistence,
      outbox: model.outbox,
      send: (entry, stop) => this.#send(entry, stop),
      sent: (entry, ack) => this.#deliver([{ type: "sent", clientMsgId: entry.client_msg_id, ack }]),
      failed: (entry, error) => {
        return this.#deliver([{ type: "failed", clientMsgId: entry.client_msg_id, error: error.failure }]);
      },
    });
  }

  postSnapshot(): void {
    const { tab, model, post } = this.#parts;
    post({ kind: "snapshot", leader: tab, n: this.#n, snapshot: model.snapshot });
  }

  /**
   * Polls until the login or the client ends. After an unexpected error, such as of an answer that the feed
   * cannot read, the tab keeps leading: it reports the error, waits, and continues from the last delivered
   * events.
   */
  async poll(): Promise<void> {
    const { random, signal } = this.#parts.persistence;
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await this.#sync();
      } catch (error) {
        // The login has ended, or the client was closed: the state shows it.
        if (error instanceof LongwaveError) return;
        report(error);
        const retryIn = delay(failures, random());
        const state: State = { status: "waiting", retryIn, error: failureOf(error) };
        this.#publish([{ type: "state", state }]);
        await pause(retryIn, signal);
        this.#publish([{ type: "state", state: { status: "connecting" } }]);
      }
    }
  }

  /** Polls with a new feed, which continues from the state of the model. */
  async #sync(): Promise<void> {
    const { userId, api, model, persistence } = this.#parts;
    const listed = model.conversations.rows.map((row) => row.conversation);
    const feed = new Feed(userId, model.feed, listed);
    await sync({
      ...persistence,
      api,
      feed,
      deliver: (events) => this.#deliver(events, feed.taken()),
      state: (state) => {
        this.#publish([{ type: "state", state }]);
      },
    });
  }

  #send(entry: OutboxEntry, signal: AbortSignal): Promise<Ack> {
    const { userId, api } = this.#parts;
    const { client_msg_id, content_type, content, conversation_id } = entry;
    // Another tab, or an earlier version of this package, may have queued an entry that cannot be sent.
    const refusal = refusalOf(entry);
    if (refusal) return Promise.reject(refusal);
    let target: Target;
    try {
      target = targetOf(conversation_id, userId);
    } catch (cause) {
      const message = `'${conversation_id}' is not a conversation of the user`;
      const failure = { kind: "refused", message, status: 400, code: INVALID } as const;
      return Promise.reject(new LongwaveError(failure, { cause }));
    }
    return api.send({ client_msg_id, content_type, content, ...target }, signal);
  }

  /** Publishes changes, and stores them. */
  async #deliver(changes: readonly Change[], progress?: FeedState): Promise<void> {
    const write = this.#publish(changes, progress);
    if (write) await this.#parts.store.write(write);
  }

  /** Applies changes and sends them to the other tabs; returns the data to store. */
  #publish(changes: readonly Change[], progress?: FeedState): StoreChange | undefined {
    const { tab, model, post } = this.#parts;
    if (this.#hasEnded()) return undefined;
    const write = model.apply(changes, progress);
    // A listener may have closed the client.
    if (this.#hasEnded()) return undefined;
    if (changes.length > 0) {
      this.#n += 1;
      post({ kind: "batch", leader: tab, n: this.#n, changes, progress });
    }
    this.wake();
    return { ...write, rows: model.conversations.taken() };
  }

  #hasEnded(): boolean {
    return this.#parts.persistence.signal.aborted;
  }
}
