import type { Model } from "../model.js";
import type { RoomyStore } from "./store.js";

/**
 * Drops the stored data of a login that was logged out elsewhere. A later login of the user stores its data
 * in the same place: that data stays, above all unsent messages.
 */
export async function forgetLogin(store: RoomyStore, model: Model): Promise<void> {
  const own = new Set(model.outbox.entries.map((entry) => entry.client_msg_id));
  const { cursor, outbox } = await store.load();
  const isOwn = cursor === undefined || cursor === model.feed.cursor;
  if (isOwn && outbox.every((entry) => own.has(entry.client_msg_id))) await store.clear();
  else await store.write({ settled: [...own] });
}
