// The data on the wire, named as in openapi.yaml. Field names stay as the server writes them.
import type { components, paths } from "./generated.js";

type Schemas = components["schemas"];

/** A route of the server. */
export type Path = keyof paths;

/** A stored message. */
export type Message = Schemas["Message"];
/** A conversation, with the positions and options of the user. */
export type Conversation = Schemas["Conversation"];
/** A page of conversations, the one with the latest message first. */
export type Conversations = Schemas["Conversations"];
/** The profile of a user. */
export type Profile = Schemas["Profile"];
/** A profile in a list: without `extra`, the data of the application. */
export type ListedProfile = Schemas["ListedProfile"];
/** Profiles, by user id. */
export type Profiles = Schemas["Profiles"];
/** A change of the user's own profile: a field that is absent or null stays as it is. */
export type ProfileUpdate = Schemas["ProfileUpdate"];
/** A group. */
export type Group = Schemas["Group"];
/** The body of a request that creates a group. */
export type NewGroup = Schemas["CreateGroupRequest"];
/** A member of a group. */
export type Member = Schemas["Member"];
/** A page of members. */
export type Members = Schemas["Members"];
/** Whether a user is online, and on which platforms. */
export type OnlineStatus = Schemas["OnlineStatus"];
/** The online status of several users. */
export type OnlineStatuses = Schemas["OnlineStatuses"];
/** The acknowledgement of a send: the id, the seq and the time of the stored message. */
export type Ack = Schemas["Ack"];
/** Messages of a conversation, and whether there are more of those that were asked for. */
export type Messages = Schemas["PullResponse"];
/** The newest messages of a conversation, ascending by seq, and whether there are older ones. */
export type LatestMessages = Schemas["LatestMessages"];
/** The newest messages of conversations, in the order of the request. */
export type Latest = Schemas["LatestResponse"];
/** Messages that changed since a version, as they are now, in the order of their latest changes. */
export type ChangedMessages = Schemas["ChangesResponse"];
/** The version of a message that is stored after an edit. */
export type Edited = Schemas["Edited"];
/** A version of a message. */
export type MessageVersion = Schemas["MessageVersion"];
/** The versions of a message, ascending. */
export type Versions = Schemas["Versions"];
/** A quoted message, as it is now for the user. */
export type Quote = Schemas["Quote"];
/** A page of the messages that quote a message, ascending by seq. */
export type Replies = Schemas["Replies"];
/** A page of the users who have, or have not, read a message, with the counts of both. */
export type Readers = Schemas["Readers"];
/** The first and last visible seq of a conversation, and the seq up to which the user has read. */
export type MaxSeq = Schemas["MaxSeq"];
/** A page of {@link MaxSeq}, ordered by conversation id. */
export type MaxSeqs = Schemas["MaxSeqs"];
/** The stored read position of the user. */
export type ReadSeq = Schemas["ReadSeq"];
/** The answer to a poll. */
export type Polled = Schemas["PollResponse"];
/** An event; `req_id` is its kind. */
export type Frame = Schemas["Frame"];
/** The body of a send. */
export type SendRequest = Schemas["SendRequest"];
/** The body of a registration. */
export type Registration = Schemas["RegisterRequest"];
/** A new token, and the id of its user. */
export type LoggedIn = Schemas["LoggedIn"];
/** 1 iOS, 2 Android, 3 Windows, 4 macOS, 5 Web, 6 MiniWeb, 7 Linux, 8 AndroidPad, 9 iPad, 10 Admin. */
export type PlatformId = Schemas["PlatformId"];
/** The reason why a formerly valid token is invalid. */
export type Reason = NonNullable<Schemas["Refusal"]["data"]["reason"]>;

/** A move of the user's own read position. */
export type ReadPosition = Omit<Schemas["ReadFrame"]["data"], "event_id">;
/** A change of a message, with the message as it is now, and the id of the event. */
export type MessageChange = Schemas["MessageChangeFrame"]["data"];
/** How far another user in a conversation has read, and when. */
export type Receipt = Omit<Schemas["ReceiptFrame"]["data"], "event_id">;
/** A change of a group. */
export type GroupChange = Omit<Schemas["GroupFrame"]["data"], "event_id">;
/** The user's new options of a conversation. */
export type Options = Omit<Schemas["OptionsFrame"]["data"], "event_id">;
/** A user who is typing, and the conversation. */
export type Typing = Omit<Schemas["TypingFrame"]["data"], "event_id">;
