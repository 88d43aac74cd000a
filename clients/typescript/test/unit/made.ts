// Sample data in the server's format, for tests without a server.
import type {
  Conversation,
  Conversations,
  Frame,
  MaxSeqs,
  Message,
  Messages,
  Polled,
} from "../../src/index.js";

export const ME = "nx__me";
export const YOU = "nx__you";

export function message(conversation: string, seq: number, sender = YOU): Message {
  return {
    server_msg_id: `${conversation}-${seq}`,
    client_msg_id: `${conversation}-${seq}`,
    conversation_id: conversation,
    seq,
    session_type: 1,
    sender_id: sender,
    recv_id: ME,
    content_type: 1,
    content: JSON.stringify({ text: String(seq) }),
    send_time: 1_000_000 + seq,
  };
}

export function frame(conversation: string, seq: number): Frame {
  return { req_id: 2001, data: { event_id: seq, ...message(conversation, seq) } };
}

/** A message that was revoked, as the server gives it from then on. */
export function revoked(conversation: string, seq: number, sender = YOU): Message {
  const erased = { content: "{}", status: 1, changed_by: sender, changed_at: 2_000_000 } as const;
  return { ...message(conversation, seq, sender), ...erased };
}

/** The frame of that. */
export function revocation(conversation: string, seq: number, event_id: number): Frame {
  const message = revoked(conversation, seq);
  const change = { conversation_id: conversation, seq, change: "revoked", operator_id: YOU } as const;
  return { req_id: 2010, data: { event_id, ...change, message } };
}

/** The frame of an edit by the sender. */
export function edit(
  conversation: string,
  seq: number,
  event_id: number,
  version: number,
  text: string,
): Frame {
  const content = JSON.stringify({ text });
  const edited = { ...message(conversation, seq), content, version, edited_at: 3_000_000 };
  const change = { conversation_id: conversation, seq, change: "edited", operator_id: YOU } as const;
  return { req_id: 2010, data: { event_id, ...change, message: edited } };
}

export function polled(cursor: string, frames: Frame[] = [], reset = false): Polled {
  return { cursor, frames, reset };
}

/** The answer to an invalid cursor. */
export function reset(cursor: string, reset_reason: "too_old" | "other_history"): Polled {
  return { cursor, frames: [], reset: true, reset_reason };
}

/** A frame with a different message, by default one of another history. */
export function other(
  frame: Frame,
  message: Partial<Message> = { server_msg_id: "of another history" },
): Frame {
  return { ...frame, data: { ...frame.data, ...message } } as Frame;
}

export function pulled(conversation: string, seqs: number[], has_more = false): Messages {
  return { messages: seqs.map((seq) => message(conversation, seq)), has_more };
}

/** A page of positions: by conversation, `min_seq` and `max_seq`. */
export function positions(items: Record<string, [number, number]>, next_cursor = ""): MaxSeqs {
  return {
    items: Object.entries(items).map(([conversation_id, [min_seq, max_seq]]) => {
      return { conversation_id, min_seq, max_seq, read_seq: 0, last_change: 0 };
    }),
    next_cursor,
    has_more: next_cursor !== "",
  };
}

export function conversation(id: string, more: Partial<Conversation> = {}): Conversation {
  return {
    conversation_id: id,
    type: 1,
    peer_user_id: YOU,
    min_seq: 1,
    max_seq: 0,
    read_seq: 0,
    unread: 0,
    recv_msg_opt: 0,
    is_pinned: false,
    extra: "",
    updated_at: 0,
    last_change: 0,
    ...more,
  };
}

export function list(ids: string[], next_cursor = ""): Conversations {
  return { conversations: ids.map((id) => conversation(id)), next_cursor, has_more: next_cursor !== "" };
}

export function range(begin: number, end: number): number[] {
  return Array.from({ length: end - begin + 1 }, (_, at) => begin + at);
}
