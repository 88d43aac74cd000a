// The rules of docs/api.md, "Staying in sync", without a network. A feed says which request comes next, takes
// in its answer, and returns events.
import type {
  Conversation,
  Conversations,
  Frame,
  GroupChange,
  MaxSeq,
  MaxSeqs,
  Message,
  MessageChange,
  Messages,
  OnlineStatus,
  Options,
  Polled,
  Profile,
  ReadPosition,
  Receipt,
  Typing,
} from "./types.js";

/** The next request. */
export type Ask =
  | { readonly kind: "start" }
  | { readonly kind: "survey"; readonly cursor: string | undefined }
  | { readonly kind: "list"; readonly cursor: string | undefined }
  | { readonly kind: "pull"; readonly conversationId: string; readonly begin: number; readonly end: number }
  | { readonly kind: "poll"; readonly cursor: string };

/** The highest seq of a conversation up to which all messages were delivered or existed at the start. */
export type Position = readonly [conversationId: string, seq: number];

/** An event of the feed. */
export type FeedEvent =
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "read"; readonly read: ReadPosition }
  | { readonly type: "presence"; readonly items: readonly OnlineStatus[] }
  | { readonly type: "changed"; readonly change: MessageChange }
  | { readonly type: "receipt"; readonly receipt: Receipt }
  | { readonly type: "group"; readonly group: GroupChange }
  | { readonly type: "options"; readonly options: Options }
  | { readonly type: "profile"; readonly profile: Profile }
  | { readonly type: "typing"; readonly typing: Typing }
  /** The server has another history: earlier events are invalid, and all data is read again. */
  | {
      readonly type: "forgotten";
      /** The cursor from which the feed follows it: a different one for each history. */
      readonly since: string;
    }
  /** The positions of all existing conversations, at the start and after a reset. */
  | { readonly type: "positions"; readonly positions: readonly Position[] }
  /**
   * A page of the list, with the latest message first. `first` is the page at the top, and later pages follow. If the
   * list was read for one conversation, `found` contains this one and those that were not listed before.
   */
  | {
      readonly type: "conversations";
      readonly conversations: readonly Conversation[];
      readonly first: boolean;
      readonly found?: readonly string[];
    };

/** The state that a feed needs to continue later. */
export interface FeedState {
  /** All events up to this cursor were delivered, and of later ones the messages up to their positions. */
  readonly cursor: string | undefined;
  readonly positions: readonly Position[];
}

interface Answer {
  readonly cursor: string;
  readonly frames: Frame[];
}

/** A pass over the pages of `max_seqs`; `unknown` reads the position of the first frame's conversation. */
interface Survey {
  readonly purpose: "start" | "reset" | "unknown";
  readonly items: MaxSeq[];
  cursor: string | undefined;
}

/** A pass over the pages of the list, over all of it or until one conversation is found. */
interface Listing {
  readonly wanted: string | undefined;
  cursor: string | undefined;
}

/** Distinguishes a message from one with the same seq in another history. */
type Held = Pick<Message, "seq" | "server_msg_id">;

/**
 * Messages after the position and up to `end` that have to be pulled; `held` is the message at the position,
 * to be compared.
 */
interface Gap {
  readonly conversationId: string;
  readonly end: number;
  readonly held?: Held | undefined;
}

/**
 * All events of a user after the start. Each message is delivered exactly once, and those of a conversation
 * in the order of their seqs without a gap, as far as the user may see them.
 *
 * The state advances when events are returned: a caller that delivers the events of a call and then saves
 * {@link taken} loses nothing.
 */
export class Feed {
  readonly #userId: string;
  readonly #positions: Map<string, number>;
  /** The conversations whose list entry was delivered, or does not exist. */
  readonly #listed: Set<string>;
  /** By conversation, the known message with the highest seq. */
  readonly #newest = new Map<string, Held>();
  #cursor: string | undefined;
  /** The answer of the last poll, with the frames that are not delivered yet. */
  #answer: Answer | undefined;
  #survey: Survey | undefined;
  #listing: Listing | undefined;
  #gaps: Gap[] = [];
  /** The frame for which the list was read. */
  #listedFor: Frame | undefined;
  #moved = new Set<string>();
  #resets = 0;

  /** Continues from a state; `listed` are the conversations that were saved with it. */
  constructor(userId: string, state?: FeedState, listed: readonly Conversation[] = []) {
    this.#userId = userId;
    this.#cursor = state?.cursor;
    this.#positions = new Map(state?.positions);
    this.#listed = new Set(listed.map((it) => it.conversation_id));
    for (const { last_message } of listed) if (last_message) this.#hold(last_message);
  }

  /** The next request. */
  ask(): Ask {
    if (this.#survey) return { kind: "survey", cursor: this.#survey.cursor };
    if (this.#listing) return { kind: "list", cursor: this.#listing.cursor };
    const gap = this.#gaps[0];
    if (gap) {
      const { conversationId, end, held } = gap;
      const position = this.#position(conversationId);
      return { kind: "pull", conversationId, begin: held?.seq === position ? position : position + 1, end };
    }
    return this.#cursor === undefined ? { kind: "start" } : { kind: "poll", cursor: this.#cursor };
  }

  /** Number of consecutive polls that were answered with a reset. */
  get resets(): number {
    return this.#resets;
  }

  /** The changes since the last call, to be saved together with the delivered events. */
  taken(): FeedState {
    const positions = [...this.#moved].map((id): Position => [id, this.#position(id)]);
    this.#moved.clear();
    return { cursor: this.#cursor, positions };
  }

  /** Takes in the cursor of the start. Events from before the state is read come again after it. */
  started(polled: Polled): FeedEvent[] {
    this.#answer = { cursor: polled.cursor, frames: [] };
    this.#survey = { purpose: "start", items: [], cursor: undefined };
    return [];
  }

  /** Takes in the answer of a poll. */
  polled(polled: Polled): FeedEvent[] {
    this.#answer = { cursor: polled.cursor, frames: [...polled.frames] };
    this.#resets = polled.reset ? this.#resets + 1 : 0;
    if (polled.reset_reason === "other_history") return this.#forget(this.#answer);
    if (polled.reset) this.#survey = { purpose: "reset", items: [], cursor: undefined };
    return this.#proceed();
  }

  /** Takes in a page of `max_seqs`. */
  surveyed(page: MaxSeqs): FeedEvent[] {
    const survey = this.#survey;
    if (!survey) return [];
    survey.items.push(...page.items);
    survey.cursor = page.next_cursor;
    if (page.has_more) return [];
    this.#survey = undefined;
    if (survey.purpose === "unknown") {
      this.#know(survey.items);
      return this.#proceed();
    }
    // A conversation that ends before its position shows that the server lost its newest messages.
    const isShort = ({ conversation_id, max_seq }: MaxSeq) => max_seq < this.#position(conversation_id);
    if (survey.purpose === "reset" && this.#answer && survey.items.some(isShort)) {
      return this.#forget(this.#answer);
    }
    const before = new Map(this.#positions);
    this.#positions.clear();
    this.#listed.clear();
    for (const { conversation_id, min_seq, max_seq } of survey.items) {
      // A conversation that is new since the reset begins with its first message.
      const given = Math.max(before.get(conversation_id) ?? 0, min_seq - 1);
      const position = survey.purpose === "start" ? max_seq : given;
      this.#advance(conversation_id, position);
      if (position < max_seq) {
        const held = this.#newest.get(conversation_id);
        this.#gaps.push({ conversationId: conversation_id, end: max_seq, held });
      }
    }
    this.#listing = { wanted: undefined, cursor: undefined };
    return [{ type: "positions", positions: [...this.#positions] }];
  }

  /** Takes in a page of the list. */
  listed(page: Conversations): FeedEvent[] {
    const listing = this.#listing;
    if (!listing) return [];
    const { wanted } = listing;
    const { conversations } = page;
    const isOther = conversations.some((it) => it.last_message && this.#contradicts(it.last_message));
    if (this.#answer && isOther) return this.#forget(this.#answer);
    for (const { last_message } of conversations) if (last_message) this.#hold(last_message);
    const first = listing.cursor === undefined;
    const ids = conversations.map((it) => it.conversation_id);
    const found = ids.filter((id) => id === wanted || !this.#listed.has(id));
    for (const id of ids) this.#listed.add(id);
    if (!page.has_more || (wanted !== undefined && ids.includes(wanted))) {
      if (wanted !== undefined) this.#listed.add(wanted);
      this.#listing = undefined;
    } else {
      listing.cursor = page.next_cursor;
    }
    const event: FeedEvent = { type: "conversations", conversations, first };
    return [wanted === undefined ? event : { ...event, found }, ...this.#proceed()];
  }

  /** Takes in a page of the range to pull. */
  pulled(page: Messages): FeedEvent[] {
    const gap = this.#gaps[0];
    if (!gap) return [];
    const isOther = (message: Message) => contradicts(gap.held, message) || this.#contradicts(message);
    if (this.#answer && page.messages.some(isOther)) {
      return this.#forget(this.#answer);
    }
    const events: FeedEvent[] = [];
    for (const message of page.messages) {
      this.#hold(message);
      if (message.seq <= this.#position(message.conversation_id)) continue;
      this.#advance(message.conversation_id, message.seq);
      events.push({ type: "message", message });
    }
    return !page.has_more || page.messages.length === 0 ? [...events, ...this.hidden()] : events;
  }

  /** Takes in that no more messages of the range to pull are visible. */
  hidden(): FeedEvent[] {
    const gap = this.#gaps[0];
    if (gap) this.#advance(gap.conversationId, Math.max(gap.end, this.#position(gap.conversationId)));
    return this.#proceed();
  }

  /** Whether a different message with this seq is known, which is then from another history. */
  #contradicts(message: Message): boolean {
    return contradicts(this.#newest.get(message.conversation_id), message);
  }

  #hold({ conversation_id, seq, server_msg_id }: Message): void {
    const held = this.#newest.get(conversation_id)?.seq ?? 0;
    if (seq > held) this.#newest.set(conversation_id, { seq, server_msg_id });
  }

  /** Starts afresh from the cursor of the current answer. */
  #forget(answer: Answer): FeedEvent[] {
    const { cursor } = answer;
    this.#answer = { cursor, frames: [] };
    this.#cursor = undefined;
    for (const held of [this.#positions, this.#listed, this.#newest, this.#moved]) held.clear();
    this.#gaps = [];
    this.#listing = undefined;
    this.#survey = { purpose: "start", items: [], cursor: undefined };
    return [{ type: "forgotten", since: cursor }];
  }

  #position(conversationId: string): number {
    return this.#positions.get(conversationId) ?? 0;
  }

  #advance(conversationId: string, seq: number): void {
    this.#positions.set(conversationId, seq);
    this.#moved.add(conversationId);
  }

  /** Returns the available events, until a request is needed. */
  #proceed(): FeedEvent[] {
    const events: FeedEvent[] = [];
    for (;;) {
      this.#gaps = this.#gaps.filter((gap) => this.#position(gap.conversationId) < gap.end);
      if (this.#survey ?? this.#listing ?? this.#gaps[0]) return events;
      if (!this.#answer) return events;
      const frame = this.#answer.frames[0];
      if (!frame) {
        this.#cursor = this.#answer.cursor;
        this.#answer = undefined;
        return events;
      }
      if (frame.req_id === 2001 && this.#contradicts(frame.data)) {
        return [...events, ...this.#forget(this.#answer)];
      }
      if (this.#lacks(frame)) continue;
      this.#answer.frames.shift();
      const event = this.#event(frame);
      if (event) events.push(event);
    }
  }

  /** Whether a frame needs a request before it can be delivered; prepares that request. */
  #lacks(frame: Frame): boolean {
    if (frame.req_id === 2001) {
      const { conversation_id, seq } = frame.data;
      const position = this.#positions.get(conversation_id);
      // No message can precede the first one.
      if (position === undefined && seq > 1) {
        this.#survey = { purpose: "unknown", items: [], cursor: undefined };
        return true;
      }
      if (seq > (position ?? 0) + 1) {
        this.#gaps.push({ conversationId: conversation_id, end: seq - 1 });
        return true;
      }
    }
    const wanted = this.#unlisted(frame);
    if (wanted === undefined || this.#listedFor === frame) return false;
    this.#listedFor = frame;
    this.#listing = { wanted, cursor: undefined };
    return true;
  }

  /** The conversation of the frame, if its list entry is unknown or outdated. */
  #unlisted(frame: Frame): string | undefined {
    if (frame.req_id !== 2001 && frame.req_id !== 2006) return undefined;
    const { conversation_id } = frame.data;
    const joined =
      frame.req_id === 2006 && frame.data.change === "joined" && frame.data.user_ids.includes(this.#userId);
    return joined || !this.#listed.has(conversation_id) ? conversation_id : undefined;
  }

  /** Takes in the positions of unknown conversations. */
  #know(items: readonly MaxSeq[]): void {
    for (const { conversation_id, min_seq } of items) {
      if (!this.#positions.has(conversation_id)) this.#advance(conversation_id, min_seq - 1);
    }
    // The current message was visible when it was sent, even if its conversation now begins after it because
    // the user rejoined, or is no longer listed.
    const frame = this.#answer?.frames[0];
    if (frame?.req_id !== 2001) return;
    const { conversation_id, seq } = frame.data;
    this.#advance(conversation_id, Math.min(this.#positions.get(conversation_id) ?? seq - 1, seq - 1));
  }

  #event(frame: Frame): FeedEvent | undefined {
    switch (frame.req_id) {
      case 2001: {
        const { event_id: _, ...message } = frame.data;
        if (message.seq <= this.#position(message.conversation_id)) return undefined;
        this.#advance(message.conversation_id, message.seq);
        this.#hold(message);
        return { type: "message", message };
      }
      case 2003: {
        const { event_id: _, ...read } = frame.data;
        return { type: "read", read };
      }
      case 2005:
        return { type: "presence", items: frame.data.items };
      case 2006: {
        const { event_id: _, ...group } = frame.data;
        return { type: "group", group };
      }
      case 2007: {
        const { event_id: _, ...options } = frame.data;
        return { type: "options", options };
      }
      case 2008: {
        const { event_id: _, ...profile } = frame.data;
        return { type: "profile", profile };
      }
      case 2009: {
        const { event_id: _, ...typing } = frame.data;
        return { type: "typing", typing };
      }
      case 2010:
        return { type: "changed", change: frame.data };
      case 2011: {
        const { event_id: _, ...receipt } = frame.data;
        return { type: "receipt", receipt };
      }
      default:
        return undefined;
    }
  }
}

function contradicts(held: Held | undefined, { seq, server_msg_id }: Message): boolean {
  return held?.seq === seq && held.server_msg_id !== server_msg_id;
}
