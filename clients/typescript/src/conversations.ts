import { requoted } from "./quote.js";
import type { Conversation, Message, MessageChange, Options, ReadPosition, Receipt } from "./types.js";
import { Live } from "./view.js";

/** A conversation and its rank in the list: higher for a later message. */
export interface Row {
  readonly conversation: Conversation;
  readonly rank: number;
}

/**
 * The list of conversations, kept up to date by events. Repeated events, and those from before the list was
 * read, change nothing. The order is that of the events, without comparing times of day.
 */
export class ConversationList {
  readonly #userId: string;
  readonly #rows = new Map<string, Row>();
  #top = 0;
  /** The rank of the next entry of the list that is being read. */
  #next = 0;
  #changed = new Set<string>();

  /** Pinned conversations first, then by latest message. */
  readonly view = new Live<readonly Conversation[]>(() =>
    [...this.#rows.values()]
      .sort((a, b) => Number(b.conversation.is_pinned) - Number(a.conversation.is_pinned) || b.rank - a.rank)
      .map((row) => row.conversation),
  );

  constructor(userId: string) {
    this.#userId = userId;
  }

  get(conversationId: string): Conversation | undefined {
    return this.#rows.get(conversationId)?.conversation;
  }

  get rows(): Row[] {
    return [...this.#rows.values()];
  }

  /** Replaces all rows. */
  replace(rows: readonly Row[]): void {
    this.#rows.clear();
    this.#changed.clear();
    for (const row of rows) {
      this.#rows.set(row.conversation.conversation_id, row);
      this.#top = Math.max(this.#top, row.rank);
    }
    this.view.touch();
  }

  /** Takes in a page of the server's list; `first` is the page at the top. */
  list(conversations: readonly Conversation[], first: boolean): void {
    if (first) this.#next = this.#top += 1;
    for (const conversation of conversations) this.#set({ conversation, rank: this.#next-- });
  }

  message(message: Message): void {
    const conversation = this.get(message.conversation_id);
    if (!conversation || message.seq <= conversation.max_seq) return;
    const unread = conversation.unread + (this.#counts(message) && !message.status ? 1 : 0);
    this.#top += 1;
    this.#set({
      conversation: {
        ...conversation,
        max_seq: message.seq,
        last_message: message,
        unread,
        updated_at: message.send_time,
      },
      rank: this.#top,
    });
  }

  /** Takes in a change of a message. Changes from before the list was read are part of it. */
  changed({ event_id, message }: MessageChange): void {
    const row = this.#rows.get(message.conversation_id);
    if (!row || (row.conversation.last_change ?? 0) >= event_id) return;
    const { conversation } = row;
    const last = conversation.last_message;
    const wasUnread = message.status && this.#counts(message) && message.seq > conversation.read_seq;
    this.#set({
      ...row,
      conversation: {
        ...conversation,
        last_change: event_id,
        unread: Math.max(0, conversation.unread - (wasUnread ? 1 : 0)),
        ...(last && { last_message: last.seq === message.seq ? message : requoted(last, message) }),
      },
    });
  }

  read({ conversation_id, read_seq, unread }: ReadPosition): void {
    const row = this.#rows.get(conversation_id);
    // A position that does not advance is from before the list was read, and so is its unread count.
    if (!row || read_seq <= row.conversation.read_seq) return;
    this.#set({ ...row, conversation: { ...row.conversation, read_seq, unread } });
  }

  /** Takes in how far another user has read. Only the other user of a single conversation is in the list. */
  receipt({ conversation_id, user_id, read_seq, read_at }: Receipt): void {
    const row = this.#rows.get(conversation_id);
    if (row?.conversation.peer_user_id !== user_id || read_seq <= (row.conversation.peer_read_seq ?? 0))
      return;
    this.#set({
      ...row,
      conversation: { ...row.conversation, peer_read_seq: read_seq, peer_read_at: read_at },
    });
  }

  options({ conversation_id, recv_msg_opt, is_pinned }: Options): void {
    const row = this.#rows.get(conversation_id);
    if (row) this.#set({ ...row, conversation: { ...row.conversation, recv_msg_opt, is_pinned } });
  }

  /** Drops all other conversations; returns their ids. */
  retain(conversationIds: ReadonlySet<string>): string[] {
    const dropped = [...this.#rows.keys()].filter((id) => !conversationIds.has(id));
    for (const id of dropped) this.#rows.delete(id);
    this.view.touch();
    return dropped;
  }

  /** The rows that changed since the last call. */
  taken(): Row[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed.flatMap((id) => this.#rows.get(id) ?? []);
  }

  /** Whether a message is unread until the user has read it. */
  #counts(message: Message): boolean {
    return message.sender_id !== this.#userId;
  }

  #set(row: Row): void {
    this.#rows.set(row.conversation.conversation_id, row);
    this.#changed.add(row.conversation.conversation_id);
    this.view.touch();
  }
}
