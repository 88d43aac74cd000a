/**
 * The client of Longwave: {@link Longwave} is a server, {@link Client} a user who is logged in there.
 *
 * @packageDocumentation
 */
export { Longwave, type LongwaveOptions } from "./longwave.js";
export { Client, type History, type Session } from "./client.js";
export { Api, type Page } from "./api.js";
export { LongwaveError, recoveryOf, type Failure, type Recovery } from "./errors.js";
export type { Events, State } from "./events.js";
export type { Timeline, TimelineSnapshot, Entry } from "./timeline.js";
export type { View } from "./view.js";
export type { Network } from "./network.js";
export type { TabTools } from "./tabs.js";
export type { Store, Saved, Change as StoreChange } from "./store/store.js";
export { MemoryStore } from "./store/memory.js";
export { IndexedDbStore } from "./store/indexeddb.js";
export { custom, excessOf, text, textOf, type Content } from "./content.js";
export { conversationBetween, conversationOfGroup, isUserId } from "./ids.js";
export type * from "./types.js";
