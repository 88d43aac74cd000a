// What goes over the wire, by the names of openapi.yaml. Field names stay as the server writes them.
import type { components, paths } from "./generated.js";

type Schemas = components["schemas"];

/** A route of the server. */
export type Path = keyof paths;

/** A stored message. */
export type Message = Schemas["Message"];
/** A conversation as the user sees it. */
export type Conversation = Schemas["Conversation"];
/** A page of conversations, the one with the latest event first. */
export type Conversations = Schemas["Conversations"];
/** What everybody sees of a user. */
export type Profile = Schemas["Profile"];
/** A profile as lists have it, without the own data of the application (`extra`). */
export type ListedProfile = Schemas["ListedProfile"];
/** Profiles, by user id. */
export type Profiles = Schemas["Profiles"];
/** What to change of the own profile: absent or null leaves a field as it is. */
export type ProfileUpdate = Schemas["ProfileUpdate"];
/** A group. */
export type Group = Schemas["Group"];
/** What a group is made of. */
export type NewGroup = Schemas["CreateGroupRequest"];
/** A member of a group. */
export type Member = Schemas["Member"];
/** A page of members. */
export type Members = Schemas["Members"];
/** Where somebody is online. */
export type OnlineStatus = Schemas["OnlineStatus"];
/** Where several users are online. */
export type OnlineStatuses = Schemas["OnlineStatuses"];
/** Where a message stands. */
export type Ack = Schemas["Ack"];
/** Messages of a range, ascending by seq. */
export type Messages = Schemas["PullResponse"];
/** Where the user stands in a conversation. */
export type MaxSeq = Schemas["MaxSeq"];
/** A page of where the user stands. */
export type MaxSeqs = Schemas["MaxSeqs"];
/** The own read position as it is stored. */
export type ReadSeq = Schemas["ReadSeq"];
/** What a poll answers. */
export type Polled = Schemas["PollResponse"];
/** What happened, by number. */
export type Frame = Schemas["Frame"];
/** The body of a send. */
export type SendRequest = Schemas["SendRequest"];
/** A name and a password to register. */
export type Registration = Schemas["RegisterRequest"];
/** A token, and whose it is. */
export type LoggedIn = Schemas["LoggedIn"];
/** 1 iOS, 2 Android, 3 Windows, 4 macOS, 5 Web, 6 MiniWeb, 7 Linux, 8 AndroidPad, 9 iPad, 10 Admin. */
export type PlatformId = Schemas["PlatformId"];
/** Why a token that was once good no longer is. */
export type Reason = NonNullable<Schemas["Refusal"]["data"]["reason"]>;

/** The own read position moved. */
export type ReadPosition = Omit<Schemas["ReadFrame"]["data"], "event_id">;
/** A group changed. */
export type GroupChange = Omit<Schemas["GroupFrame"]["data"], "event_id">;
/** The own options of a conversation changed. */
export type Options = Omit<Schemas["OptionsFrame"]["data"], "event_id">;
/** Somebody types. */
export type Typing = Omit<Schemas["TypingFrame"]["data"], "event_id">;
