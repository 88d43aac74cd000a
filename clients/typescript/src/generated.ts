// Made from openapi.yaml by `npm run generate`: do not edit.

export interface paths {
    "/api/v1/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make an account
         * @description Answers the profile, not a token. Limited per address.
         */
        post: operations["auth-register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A token for a name and a password
         * @description The token replaces the one that this user had on this platform. Limited per address, and to 10 a minute per account.
         */
        post: operations["auth-login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End the token it is called with
         * @description Native tokens only (10001 otherwise); a newer one of the same platform lives on.
         */
        post: operations["auth-logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/user/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's profile */
        get: operations["user-me"];
        /**
         * Change the caller's profile
         * @description Told to the own sessions by a frame 2008.
         */
        put: operations["user-me-update"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/user/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Profiles by id
         * @description Those that do not exist are left out.
         */
        get: operations["user-info"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/user/profile/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The profile of one user */
        get: operations["user-profile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/user/online_status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is online */
        get: operations["user-online-status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/user/online_subscribe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hear of the coming and going of users
         * @description Replaces what the session asked for before; a new login begins with nobody. Answers where they are online now; when that changes, the session gets a frame 2005.
         */
        post: operations["user-online-subscribe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/group/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a group
         * @description All its members get a frame 2006.
         */
        post: operations["group-create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/group/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Join a group
         * @description What was said before stays invisible, a second time too.
         */
        post: operations["group-join"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/group/quit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Leave a group
         * @description What was visible stays so. The owner transfers or dismisses the group first (10001).
         */
        post: operations["group-quit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/group/kick": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove a member
         * @description The owner may remove everybody else, an admin may remove members (10006). To leave, quit (10001).
         */
        post: operations["group-kick"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/group/dismiss": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close a group
         * @description Nobody joins or writes any more; everybody may read and leave.
         */
        post: operations["group-dismiss"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/group/transfer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make another member the owner
         * @description The caller becomes a member.
         */
        post: operations["group-transfer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/group/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A group, for its members */
        get: operations["group-info"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/group/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A group's members, for its members */
        get: operations["group-members"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/message/send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a message
         * @description Safe to repeat with the same `client_msg_id`: the same message gets the same answer. Limited per sender.
         */
        post: operations["message-send"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/message/pull": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A range of a conversation
         * @description Clipped to what is visible.
         */
        get: operations["message-pull"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/message/typing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell who waits in a conversation that the caller types there
         * @description The other members who poll or stream at that moment, or within 4 s, get a frame 2009; it is not kept. At most 60 a minute.
         */
        post: operations["message-typing"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/message/max_seqs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where the caller stands in each conversation
         * @description Complete, whatever moves meanwhile.
         */
        get: operations["message-max-seqs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversation/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The caller's conversations
         * @description A conversation that is touched while paging is not shown again: the poll tells of it.
         */
        get: operations["conversation-list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversation/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move the caller's read position
         * @description It never goes back, and never beyond what is visible. Told to the own sessions by a frame 2003.
         */
        post: operations["conversation-read"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversation/opt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set the caller's options of a conversation
         * @description Told to the own sessions by a frame 2007.
         */
        put: operations["conversation-opt"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/realtime/poll": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened behind a cursor
         * @description Without a cursor: answers at once with the one to start from. With one: at once with what the log holds behind it, else as soon as something happens, else empty after `timeout`.
         */
        get: operations["realtime-poll"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/realtime/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a poll answers, as server-sent events
         * @description An event without a name is a frame; its id, where it has one, is the cursor to come again with. `sync` comes first where there is no cursor, or the one given is of no use here, with `{"cursor","reset"}` and, where `reset` is true, `reset_reason` as in the answer of a poll; `end` comes last when the login ends, with the envelope that a poll would have answered. A comment comes at once, and with an id after each 15 s of silence. A second stream or poll of the same token ends the first.
         */
        get: operations["realtime-stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/internal/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether a service may call */
        get: operations["internal-health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/internal/user/upsert": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make or change a user of the platform
         * @description The same again changes nothing.
         */
        post: operations["internal-user-upsert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/internal/user/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End the tokens that a user has
         * @description What was issued until now, native or external, is refused from now on (`data.reason` is `revoked`).
         */
        post: operations["internal-user-revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/internal/user/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Profiles by id */
        get: operations["internal-user-info"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/internal/user/online_status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is online */
        get: operations["internal-user-online-status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/internal/message/send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a message of a user
         * @description Without a quota.
         */
        post: operations["internal-message-send"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/internal/conversation/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A user's conversations */
        get: operations["internal-conversation-list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/internal/group/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a group of a user */
        post: operations["internal-group-create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/internal/group/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a user a member */
        post: operations["internal-group-join"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/internal/group/quit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a user's membership */
        post: operations["internal-group-quit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/internal/group/kick": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remove a member, by a user */
        post: operations["internal-group-kick"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the settings make sense, and the database and the key-value store answer
         * @description The one answer in JSON without the envelope. What is wrong is in the log.
         */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description `nx__<uuidv7>` for somebody who registered here, `u___<int64>` for a user of the platform, `ag__<int64>` for an agent of the platform.
         * @example u___7
         */
        UserId: string;
        /**
         * @description `si_<a>:<b>` between two users, their ids sorted, or `sg_<group id>`.
         * @example si_u___7:u___8
         */
        ConversationId: string;
        /**
         * @description 16 characters of lower-case base32. Knowing it is enough to join.
         * @example abcdefghijklmno2
         */
        GroupId: string;
        /** @description 1 iOS, 2 Android, 3 Windows, 4 macOS, 5 Web, 6 MiniWeb, 7 Linux, 8 AndroidPad, 9 iPad, 10 Admin. */
        PlatformId: number;
        /**
         * Format: int64
         * @description Unix time in milliseconds.
         */
        Millis: number;
        /**
         * Format: int64
         * @description The number of a message in its conversation: 1, 2, 3... without a gap. 0 stands before the first.
         */
        Seq: number;
        /** @description Nothing to tell. */
        Empty: Record<string, never>;
        /** @description What everybody sees of a user. */
        Profile: {
            user_id: components["schemas"]["UserId"];
            /** @description The name to show; may be empty. */
            nickname: string;
            /** @description The address of a picture; may be empty. */
            avatar: string;
            /** @description The application's own data; may be empty. */
            extra: string;
            created_at: components["schemas"]["Millis"];
            updated_at: components["schemas"]["Millis"];
        };
        /** @description What a list of profiles has of each. */
        ListedProfile: {
            user_id: components["schemas"]["UserId"];
            /** @description The name to show; may be empty. */
            nickname: string;
            /** @description The address of a picture; may be empty. */
            avatar: string;
            /** @description The application's own data, only where a service asks for one user. */
            extra?: string;
            created_at: components["schemas"]["Millis"];
            updated_at: components["schemas"]["Millis"];
        };
        Profiles: {
            /** @description Those that exist, by id. */
            users: components["schemas"]["ListedProfile"][];
        };
        LoggedIn: {
            user_id: components["schemas"]["UserId"];
            /** @description What goes behind `Authorization: Bearer `. */
            token: string;
            expires_at: components["schemas"]["Millis"];
        };
        OnlineStatus: {
            user_id: components["schemas"]["UserId"];
            /** @description While polling and 60 to 70 s after. */
            online: boolean;
            /** @description Where, ascending. */
            platform_ids: components["schemas"]["PlatformId"][];
        };
        OnlineStatuses: {
            /** @description One for each id, by id. */
            items: components["schemas"]["OnlineStatus"][];
        };
        Group: {
            group_id: components["schemas"]["GroupId"];
            /** @description The name. */
            name: string;
            /** @description The address of a picture; may be empty. */
            avatar: string;
            /** @description What it is about; may be empty. */
            introduction: string;
            owner_id: components["schemas"]["UserId"];
            /**
             * @description 0 normal, 1 dismissed.
             * @enum {integer}
             */
            status: 0 | 1;
            /** @description The application's own data; may be empty. */
            extra: string;
            /** @description How many members it has. */
            member_count: number;
            created_at: components["schemas"]["Millis"];
            updated_at: components["schemas"]["Millis"];
        };
        Member: {
            user_id: components["schemas"]["UserId"];
            /**
             * @description 1 member, 2 admin, 3 owner.
             * @enum {integer}
             */
            role: 1 | 2 | 3;
            /** @description The name in this group; may be empty. */
            nickname: string;
            /** @description Who brought the user in; empty for somebody who joined alone. */
            inviter_user_id: string;
            joined_at: components["schemas"]["Millis"];
        };
        Members: {
            /** @description By user id. */
            members: components["schemas"]["Member"][];
            /** @description The `cursor` of the next page; empty after the last one. */
            next_cursor: string;
            /** @description Whether there is a next page. */
            has_more: boolean;
        };
        /** @description A stored message. `recv_id` is there in a single conversation, `group_id` in a group; `send_time` never decreases inside a conversation. */
        Message: {
            /**
             * Format: uuid
             * @description The server's id.
             */
            server_msg_id: string;
            /** @description The sender's id. */
            client_msg_id: string;
            conversation_id: components["schemas"]["ConversationId"];
            seq: components["schemas"]["Seq"];
            /**
             * @description 1 single, 2 group.
             * @enum {integer}
             */
            session_type: 1 | 2;
            sender_id: components["schemas"]["UserId"];
            recv_id?: components["schemas"]["UserId"];
            group_id?: components["schemas"]["GroupId"];
            /**
             * @description 1 text, 2 image, 3 video, 4 audio, 5 file, 100 the application's own.
             * @enum {integer}
             */
            content_type: 1 | 2 | 3 | 4 | 5 | 100;
            /** @description A JSON value as text. */
            content: string;
            send_time: components["schemas"]["Millis"];
        };
        /** @description Where a message stands. The same message again gets the same. */
        Ack: {
            /** Format: uuid */
            server_msg_id: string;
            conversation_id: components["schemas"]["ConversationId"];
            seq: components["schemas"]["Seq"];
            send_time: components["schemas"]["Millis"];
        };
        Messages: {
            /** @description Ascending by seq. */
            messages: components["schemas"]["Message"][];
            /** @description Whether the range goes on: pull again from the last seq + 1. An answer of large messages ends before `limit`. */
            has_more: boolean;
        };
        /** @description Where the caller stands in a conversation: visible are the seqs from min_seq to max_seq. */
        MaxSeq: {
            conversation_id: components["schemas"]["ConversationId"];
            max_seq: components["schemas"]["Seq"];
            min_seq: components["schemas"]["Seq"];
            read_seq: components["schemas"]["Seq"];
        };
        MaxSeqs: {
            /** @description By conversation id. */
            items: components["schemas"]["MaxSeq"][];
            /** @description The `cursor` of the next page; empty after the last one. */
            next_cursor: string;
            /** @description Whether there is a next page. */
            has_more: boolean;
        };
        /** @description A conversation as the caller sees it. */
        Conversation: {
            conversation_id: components["schemas"]["ConversationId"];
            /**
             * @description 1 single, 2 group.
             * @enum {integer}
             */
            type: 1 | 2;
            peer_user_id?: components["schemas"]["UserId"];
            group_id?: components["schemas"]["GroupId"];
            min_seq: components["schemas"]["Seq"];
            max_seq: components["schemas"]["Seq"];
            read_seq: components["schemas"]["Seq"];
            /**
             * Format: int64
             * @description How many messages of others are behind read_seq.
             */
            unread: number;
            /**
             * @description 0 normal, 1 mute.
             * @enum {integer}
             */
            recv_msg_opt: 0 | 1;
            /** @description It does not change the order. */
            is_pinned: boolean;
            /** @description The application's own data; may be empty. */
            extra: string;
            updated_at: components["schemas"]["Millis"];
            last_message?: components["schemas"]["Message"];
        };
        Conversations: {
            /** @description The one with the latest event first. */
            conversations: components["schemas"]["Conversation"][];
            /** @description The `cursor` of the next page; empty after the last one. */
            next_cursor: string;
            /** @description Whether there is a next page. */
            has_more: boolean;
        };
        ReadSeq: {
            /** @description The read position as it is stored now. */
            read_seq: components["schemas"]["Seq"];
        };
        Health: {
            /** @enum {string} */
            status: "ok" | "unavailable";
        };
        InternalHealth: {
            /** @enum {string} */
            status: "ok";
        };
        /** @description What the data of every frame has. */
        Event: {
            /**
             * Format: int64
             * @description Its place in the log.
             */
            event_id: number;
        };
        /** @description A message in one of the caller's conversations, own ones included. Drop what you have, by `(conversation_id, seq)`. */
        MessageFrame: {
            /** @constant */
            req_id: 2001;
            data: components["schemas"]["Event"] & components["schemas"]["Message"];
        };
        /** @description The caller's own read position moved, by this or another session. */
        ReadFrame: {
            /** @constant */
            req_id: 2003;
            data: components["schemas"]["Event"] & {
                conversation_id: components["schemas"]["ConversationId"];
                read_seq: components["schemas"]["Seq"];
                /** Format: int64 */
                unread: number;
            };
        };
        /** @description A group of the caller changed; the last frame about it for somebody who left or was removed. */
        GroupFrame: {
            /** @constant */
            req_id: 2006;
            data: components["schemas"]["Event"] & {
                group_id: components["schemas"]["GroupId"];
                conversation_id: components["schemas"]["ConversationId"];
                /** @enum {string} */
                change: "created" | "joined" | "left" | "kicked" | "dismissed" | "transferred";
                operator_id: components["schemas"]["UserId"];
                /** @description Whom it happened to. */
                user_ids: components["schemas"]["UserId"][];
            };
        };
        /** @description The caller's own options of a conversation changed. */
        OptionsFrame: {
            /** @constant */
            req_id: 2007;
            data: components["schemas"]["Event"] & {
                conversation_id: components["schemas"]["ConversationId"];
                /** @enum {integer} */
                recv_msg_opt: 0 | 1;
                is_pinned: boolean;
            };
        };
        /** @description The caller's own profile changed. */
        ProfileFrame: {
            /** @constant */
            req_id: 2008;
            data: components["schemas"]["Event"] & components["schemas"]["Profile"];
        };
        /** @description Somebody came or went whom the caller's session asked to hear of. */
        OnlineFrame: {
            /** @constant */
            req_id: 2005;
            data: components["schemas"]["Event"] & components["schemas"]["OnlineStatuses"];
        };
        /** @description Somebody types, at this moment. */
        TypingFrame: {
            /** @constant */
            req_id: 2009;
            data: components["schemas"]["Event"] & {
                conversation_id: components["schemas"]["ConversationId"];
                user_id: components["schemas"]["UserId"];
            };
        };
        /** @description What happened, by number. A client ignores numbers that it does not know. */
        Frame: components["schemas"]["MessageFrame"] | components["schemas"]["ReadFrame"] | components["schemas"]["OnlineFrame"] | components["schemas"]["GroupFrame"] | components["schemas"]["OptionsFrame"] | components["schemas"]["ProfileFrame"] | components["schemas"]["TypingFrame"];
        Polled: {
            /** @description The `cursor` of the next poll, which acknowledges these frames. */
            cursor: string;
            /** @description In the order of the log; about 100 frames and 256 KB at most. */
            frames: components["schemas"]["Frame"][];
            /** @description The cursor given was of no use here: synchronise by max_seqs and pulls, then poll with the new one. */
            reset: boolean;
            /**
             * @description Only where `reset` is true. `too_old`: the log forgot what lies behind the cursor, and what the client holds is still true. `other_history`: the cursor is of another database, or of a history that a restored backup replaced; drop everything that came from the server, and read anew.
             * @enum {string}
             */
            reset_reason?: "too_old" | "other_history";
        };
        /** @description The envelope of a refusal. */
        Refusal: {
            /** @description 1xxxx: the request is at fault, a retry is of no use (10005 apart). 2xxxx: the server is, retry later. */
            code: number;
            /** @description What is wrong, for a developer. Not for comparing. */
            message: string;
            data: {
                /**
                 * @description Why a token that was once good no longer is. `logout` is said only to the login that logged out; `unknown` where the server does not know the login, because its store of logins was lost.
                 * @enum {string}
                 */
                reason?: "new_login" | "logout" | "token_expired" | "revoked" | "unknown";
            };
        };
        RegisterRequest: {
            /**
             * @description Unique. 1 to 64 bytes in Unicode's normal form C, in which it is kept.
             * @example alice
             */
            username: string;
            /**
             * @description 6 to 72 bytes in Unicode's normal form C, in which it is hashed.
             * @example correct horse
             */
            password: string;
            /** @description The name to show. At most 255 bytes. */
            nickname?: string | null;
        };
        LoginRequest: {
            /**
             * @description 1 to 64 bytes. Any of Unicode's forms will do.
             * @example alice
             */
            username: string;
            /**
             * @description 1 to 72 bytes in its normal form (Unicode NFC), or as typed.
             * @example correct horse
             */
            password: string;
            platform_id: components["schemas"]["PlatformId"];
        };
        ProfileUpdate: {
            /** @description Null or absent: unchanged; empty: cleared. At most 255 bytes. */
            nickname?: string | null;
            /** @description Null or absent: unchanged; empty: cleared. At most 1,024 bytes. */
            avatar?: string | null;
            /** @description Null or absent: unchanged; empty: cleared. At most 64,000 bytes. */
            extra?: string | null;
        };
        UpsertRequest: {
            /**
             * @description A user or an agent of the platform.
             * @example u___7
             */
            id: string;
            /** @description Null or absent: unchanged. At most 255 bytes. */
            nickname?: string | null;
            /** @description Null or absent: unchanged. At most 1,024 bytes. */
            avatar?: string | null;
            /** @description Null or absent: unchanged. At most 64,000 bytes. */
            extra?: string | null;
        };
        RevokeRequest: {
            user_id: components["schemas"]["UserId"];
            /** @description Where; null or absent: everywhere. */
            platform_id?: components["schemas"]["PlatformId"] | null;
        };
        CreateGroupRequest: {
            /**
             * @description 1 to 255 bytes.
             * @example Friends
             */
            name: string;
            /** @description The address of a picture. At most 1,024 bytes. */
            avatar?: string | null;
            /** @description What it is about. At most 1,024 bytes. */
            introduction?: string | null;
            /** @description The application's own data. At most 64,000 bytes. */
            extra?: string | null;
            /** @description Who is in it besides the caller, who is the owner. 500 members in all, unless configured otherwise. */
            member_ids?: components["schemas"]["UserId"][] | null;
        };
        GroupRequest: {
            group_id: components["schemas"]["GroupId"];
        };
        GroupMemberRequest: {
            group_id: components["schemas"]["GroupId"];
            user_id: components["schemas"]["UserId"];
        };
        SendRequest: {
            /**
             * @description The sender's id of the message, new for each: what makes a retry safe. 1 to 64 bytes, no white space at the end.
             * @example m-1
             */
            client_msg_id: string;
            /**
             * @description 1 to a user, with `recv_id`; 2 to a group, with `group_id`.
             * @enum {integer}
             */
            session_type: 1 | 2;
            /**
             * @description The user, for 1; ignored otherwise.
             * @example u___7
             */
            recv_id?: string | null;
            /**
             * @description The group, for 2; ignored otherwise.
             * @example abcdefghijklmno2
             */
            group_id?: string | null;
            /**
             * @description 1 text, 2 image, 3 video, 4 audio, 5 file, 100 the application's own.
             * @enum {integer}
             */
            content_type: 1 | 2 | 3 | 4 | 5 | 100;
            /**
             * @description A JSON value as text that every parser reads, 8,192 bytes at most, such as `{"text":"hi"}`: whole surrogate pairs, finite numbers, each name once in an object, at most 64 levels.
             * @example {"text":"hi"}
             */
            content: string;
            /** @description Whether the sender has read the conversation up to here, if everything before was read. True unless said otherwise. */
            sender_read?: boolean | null;
        };
        ServiceSendRequest: {
            /**
             * @description The sender's id of the message, new for each: what makes a retry safe. 1 to 64 bytes, no white space at the end.
             * @example m-1
             */
            client_msg_id: string;
            /**
             * @description 1 to a user, with `recv_id`; 2 to a group, with `group_id`.
             * @enum {integer}
             */
            session_type: 1 | 2;
            /**
             * @description The user, for 1; ignored otherwise.
             * @example u___7
             */
            recv_id?: string | null;
            /**
             * @description The group, for 2; ignored otherwise.
             * @example abcdefghijklmno2
             */
            group_id?: string | null;
            /**
             * @description 1 text, 2 image, 3 video, 4 audio, 5 file, 100 the application's own.
             * @enum {integer}
             */
            content_type: 1 | 2 | 3 | 4 | 5 | 100;
            /**
             * @description A JSON value as text that every parser reads, 8,192 bytes at most, such as `{"text":"hi"}`: whole surrogate pairs, finite numbers, each name once in an object, at most 64 levels.
             * @example {"text":"hi"}
             */
            content: string;
            /** @description Whether the sender has read the conversation up to here, if everything before was read. False unless said otherwise. */
            sender_read?: boolean | null;
        };
        ReadRequest: {
            conversation_id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description Up to where; clamped to what is visible.
             */
            read_seq: number;
        };
        TypingRequest: {
            conversation_id: components["schemas"]["ConversationId"];
        };
        SubscribeRequest: {
            user_ids: components["schemas"]["UserId"][];
        };
        OptionsRequest: {
            conversation_id: components["schemas"]["ConversationId"];
            /**
             * @description 0 normal, 1 mute; null or absent: unchanged.
             * @enum {integer|null}
             */
            recv_msg_opt?: 0 | 1 | null;
            /** @description Null or absent: unchanged. */
            is_pinned?: boolean | null;
        };
        /** @description The envelope of an answer. */
        Success: {
            /** @constant */
            code: 0;
            /** @constant */
            message: "";
            data: Record<string, never>;
        };
    };
    responses: {
        /** @description Done. */
        Ack: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["Ack"];
                };
            };
        };
        /** @description Done. */
        Conversations: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["Conversations"];
                };
            };
        };
        /** @description Done. */
        Empty: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["Empty"];
                };
            };
        };
        /** @description Done. */
        Group: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["Group"];
                };
            };
        };
        /** @description Done. */
        InternalHealth: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["InternalHealth"];
                };
            };
        };
        /** @description Done. */
        LoggedIn: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["LoggedIn"];
                };
            };
        };
        /** @description Done. */
        MaxSeqs: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["MaxSeqs"];
                };
            };
        };
        /** @description Done. */
        Members: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["Members"];
                };
            };
        };
        /** @description Done. */
        Messages: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["Messages"];
                };
            };
        };
        /** @description Done. */
        OnlineStatuses: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["OnlineStatuses"];
                };
            };
        };
        /** @description Done. */
        Polled: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["Polled"];
                };
            };
        };
        /** @description Done. */
        Profile: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["Profile"];
                };
            };
        };
        /** @description Done. */
        Profiles: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["Profiles"];
                };
            };
        };
        /** @description Done. */
        ReadSeq: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["ReadSeq"];
                };
            };
        };
        /** @description 10001: a field or parameter is missing, of a wrong type or out of its limits */
        Refused10001: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10001;
                };
            };
        };
        /** @description 10002: the signature does not fit */
        Refused10002: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10002;
                };
            };
        };
        /** @description 10004: the internal channel is off */
        Refused10004: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10004;
                };
            };
        };
        /** @description 10004: the internal channel is off; 10201: no such user */
        Refused10004_10201: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10004 | 10201;
                };
            };
        };
        /** @description 10004: the internal channel is off; 10201: no such user; 10301: no such group */
        Refused10004_10201_10301: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10004 | 10201 | 10301;
                };
            };
        };
        /** @description 10004: the internal channel is off; 10301: no such group */
        Refused10004_10301: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10004 | 10301;
                };
            };
        };
        /** @description 10005: too many requests: wait for `Retry-After` seconds */
        Refused10005: {
            headers: {
                /** @description Seconds. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10005;
                };
            };
        };
        /** @description 10006: not allowed */
        Refused10006: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10006;
                };
            };
        };
        /** @description 10006: not allowed; 10303: not a member */
        Refused10006_10303: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10006 | 10303;
                };
            };
        };
        /** @description 10006: not allowed; 10303: not a member; 10307: neither owner nor admin; 10308: the owner cannot be removed */
        Refused10006_10303_10307_10308: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10006 | 10303 | 10307 | 10308;
                };
            };
        };
        /** @description 10008: a body of more than 64 KiB */
        Refused10008: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10008;
                };
            };
        };
        /** @description 10008: a body of more than 64 KiB; 10403: the content is too long */
        Refused10008_10403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10008 | 10403;
                };
            };
        };
        /** @description 10009: a body with a `Content-Encoding`; `Accept-Encoding` says what is taken */
        Refused10009: {
            headers: {
                /** @description Bodies are sent as they are. */
                "Accept-Encoding"?: "identity";
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10009;
                };
            };
        };
        /** @description 10101: no token of ours, or no longer live (`data.reason`); 10102: expired; 10103: no token */
        Refused10101_10102_10103: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10101 | 10102 | 10103;
                };
            };
        };
        /** @description 10105: wrong name or password */
        Refused10105: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10105;
                };
            };
        };
        /** @description 10107: native accounts are switched off */
        Refused10107: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10107;
                };
            };
        };
        /** @description 10201: no such user */
        Refused10201: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10201;
                };
            };
        };
        /** @description 10201: no such user; 10301: no such group */
        Refused10201_10301: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10201 | 10301;
                };
            };
        };
        /** @description 10202: the name is taken */
        Refused10202: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10202;
                };
            };
        };
        /** @description 10301: no such group */
        Refused10301: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10301;
                };
            };
        };
        /** @description 10302: the group is dismissed */
        Refused10302: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10302;
                };
            };
        };
        /** @description 10302: the group is dismissed; 10305: a member already; 10309: too many members */
        Refused10302_10305_10309: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10302 | 10305 | 10309;
                };
            };
        };
        /** @description 10302: the group is dismissed; 10402: `client_msg_id` was used for another content */
        Refused10302_10402: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10302 | 10402;
                };
            };
        };
        /** @description 10303: not a member */
        Refused10303: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10303;
                };
            };
        };
        /** @description 10303: not a member; 10306: not the owner */
        Refused10303_10306: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10303 | 10306;
                };
            };
        };
        /** @description 10309: too many members */
        Refused10309: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 10309;
                };
            };
        };
        /** @description 20001: internal error */
        Refused20001: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 20001;
                };
            };
        };
        /** @description 20001: internal error; 20002: the database failed */
        Refused20001_20002: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 20001 | 20002;
                };
            };
        };
        /** @description 20001: internal error; 20002: the database failed; 20402: the message was not stored */
        Refused20001_20002_20402: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 20001 | 20002 | 20402;
                };
            };
        };
        /** @description 20001: internal error; 20002: the database failed; 20403: the messages could not be read */
        Refused20001_20002_20403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 20001 | 20002 | 20403;
                };
            };
        };
        /** @description 20101: tokens cannot be checked */
        Refused20101: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Refusal"] & {
                    /** @enum {unknown} */
                    code?: 20101;
                };
            };
        };
    };
    parameters: {
        /** @description The platform of an external token; 5 unless said. A native token has its own. */
        PlatformHeader: string;
        /** @description Which service calls. */
        ServiceName: string;
        /** @description Unix time in seconds, at most 300 off. */
        Timestamp: string;
        /** @description 16 to 128 bytes, never used before. */
        Nonce: string;
        /** @description Who it is for: `u___<int64>` or `ag__<int64>`. */
        OnBehalf: string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "auth-register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterRequest"];
            };
        };
        responses: {
            200: components["responses"]["Profile"];
            400: components["responses"]["Refused10001"];
            403: components["responses"]["Refused10107"];
            409: components["responses"]["Refused10202"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            429: components["responses"]["Refused10005"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "auth-login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            200: components["responses"]["LoggedIn"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10105"];
            403: components["responses"]["Refused10107"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            429: components["responses"]["Refused10005"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "auth-logout": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Empty"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            500: components["responses"]["Refused20001"];
            503: components["responses"]["Refused20101"];
        };
    };
    "user-me": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Profile"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            404: components["responses"]["Refused10201"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "user-me-update": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProfileUpdate"];
            };
        };
        responses: {
            200: components["responses"]["Profile"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            404: components["responses"]["Refused10201"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            429: components["responses"]["Refused10005"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "user-info": {
        parameters: {
            query: {
                /** @description 1 to 100 ids, separated by commas. */
                user_ids: string;
            };
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Profiles"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "user-profile": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path: {
                user_id: components["schemas"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Profile"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            404: components["responses"]["Refused10201"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "user-online-status": {
        parameters: {
            query: {
                /** @description 1 to 100 ids, separated by commas. */
                user_ids: string;
            };
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["OnlineStatuses"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "user-online-subscribe": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscribeRequest"];
            };
        };
        responses: {
            200: components["responses"]["OnlineStatuses"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "group-create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateGroupRequest"];
            };
        };
        responses: {
            200: components["responses"]["Group"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            404: components["responses"]["Refused10201"];
            409: components["responses"]["Refused10309"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            429: components["responses"]["Refused10005"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "group-join": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupRequest"];
            };
        };
        responses: {
            200: components["responses"]["Empty"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            404: components["responses"]["Refused10201_10301"];
            409: components["responses"]["Refused10302_10305_10309"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            429: components["responses"]["Refused10005"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "group-quit": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupRequest"];
            };
        };
        responses: {
            200: components["responses"]["Empty"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            403: components["responses"]["Refused10303"];
            404: components["responses"]["Refused10301"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            429: components["responses"]["Refused10005"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "group-kick": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupMemberRequest"];
            };
        };
        responses: {
            200: components["responses"]["Empty"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            403: components["responses"]["Refused10006_10303_10307_10308"];
            404: components["responses"]["Refused10301"];
            409: components["responses"]["Refused10302"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            429: components["responses"]["Refused10005"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "group-dismiss": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupRequest"];
            };
        };
        responses: {
            200: components["responses"]["Empty"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            403: components["responses"]["Refused10303_10306"];
            404: components["responses"]["Refused10301"];
            409: components["responses"]["Refused10302"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            429: components["responses"]["Refused10005"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "group-transfer": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupMemberRequest"];
            };
        };
        responses: {
            200: components["responses"]["Empty"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            403: components["responses"]["Refused10303_10306"];
            404: components["responses"]["Refused10301"];
            409: components["responses"]["Refused10302"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            429: components["responses"]["Refused10005"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "group-info": {
        parameters: {
            query: {
                /** @description Which group. */
                group_id: components["schemas"]["GroupId"];
            };
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Group"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            403: components["responses"]["Refused10303"];
            404: components["responses"]["Refused10301"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "group-members": {
        parameters: {
            query: {
                /** @description Which group. */
                group_id: components["schemas"]["GroupId"];
                /** @description `next_cursor` of the page before; none for the first. */
                cursor?: string;
                /** @description Most items; 0 or none means 500. */
                limit?: number;
            };
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Members"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            403: components["responses"]["Refused10303"];
            404: components["responses"]["Refused10301"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "message-send": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendRequest"];
            };
        };
        responses: {
            200: components["responses"]["Ack"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            403: components["responses"]["Refused10303"];
            404: components["responses"]["Refused10201_10301"];
            409: components["responses"]["Refused10302_10402"];
            413: components["responses"]["Refused10008_10403"];
            415: components["responses"]["Refused10009"];
            429: components["responses"]["Refused10005"];
            500: components["responses"]["Refused20001_20002_20402"];
            503: components["responses"]["Refused20101"];
        };
    };
    "message-pull": {
        parameters: {
            query: {
                /** @description Which conversation. */
                conversation_id: components["schemas"]["ConversationId"];
                /** @description The first seq. */
                begin_seq: number;
                /** @description The last seq, `begin_seq` or more. */
                end_seq: number;
                /** @description Most items; 0 or none means 100. */
                limit?: number;
            };
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Messages"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            403: components["responses"]["Refused10006"];
            500: components["responses"]["Refused20001_20002_20403"];
            503: components["responses"]["Refused20101"];
        };
    };
    "message-typing": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TypingRequest"];
            };
        };
        responses: {
            200: components["responses"]["Empty"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            403: components["responses"]["Refused10006_10303"];
            409: components["responses"]["Refused10302"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            429: components["responses"]["Refused10005"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "message-max-seqs": {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before; none for the first. */
                cursor?: string;
                /** @description Most items; 0 or none means 200. */
                limit?: number;
            };
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["MaxSeqs"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "conversation-list": {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before; none for the first. */
                cursor?: string;
                /** @description Most items; 0 or none means 100. */
                limit?: number;
                /** @description `true`: each conversation comes with its last visible message. */
                with_last_message?: boolean;
            };
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Conversations"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "conversation-read": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReadRequest"];
            };
        };
        responses: {
            200: components["responses"]["ReadSeq"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            403: components["responses"]["Refused10006"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "conversation-opt": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OptionsRequest"];
            };
        };
        responses: {
            200: components["responses"]["Empty"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            403: components["responses"]["Refused10006"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            429: components["responses"]["Refused10005"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "realtime-poll": {
        parameters: {
            query?: {
                /** @description `cursor` of the last answer. */
                cursor?: string;
                /** @description Seconds to wait, 25 unless said otherwise; cut to 0..50. */
                timeout?: number;
            };
            header?: {
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Polled"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "realtime-stream": {
        parameters: {
            query?: {
                /** @description `cursor` of a poll or of `sync`. */
                cursor?: string;
                /** @description Seconds until the stream ends by itself, 300 unless said otherwise; cut to 0..300. */
                timeout?: number;
            };
            header?: {
                /** @description The id of the last event. Comes before `cursor`. */
                "Last-Event-ID"?: string;
                /** @description The platform of an external token; 5 unless said. A native token has its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Frames, as they come. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10101_10102_10103"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "internal-health": {
        parameters: {
            query?: never;
            header: {
                /** @description Which service calls. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["InternalHealth"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10002"];
            404: components["responses"]["Refused10004"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "internal-user-upsert": {
        parameters: {
            query?: never;
            header: {
                /** @description Which service calls. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpsertRequest"];
            };
        };
        responses: {
            200: components["responses"]["Profile"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10002"];
            404: components["responses"]["Refused10004"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "internal-user-revoke": {
        parameters: {
            query?: never;
            header: {
                /** @description Which service calls. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevokeRequest"];
            };
        };
        responses: {
            200: components["responses"]["Empty"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10002"];
            404: components["responses"]["Refused10004"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "internal-user-info": {
        parameters: {
            query: {
                /** @description 1 to 100 ids, separated by commas. */
                user_ids: string;
            };
            header: {
                /** @description Which service calls. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Profiles"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10002"];
            404: components["responses"]["Refused10004"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "internal-user-online-status": {
        parameters: {
            query: {
                /** @description 1 to 100 ids, separated by commas. */
                user_ids: string;
            };
            header: {
                /** @description Which service calls. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["OnlineStatuses"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10002"];
            404: components["responses"]["Refused10004"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "internal-message-send": {
        parameters: {
            query?: never;
            header: {
                /** @description Which service calls. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
                /** @description Who it is for: `u___<int64>` or `ag__<int64>`. */
                "X-User-Id": components["parameters"]["OnBehalf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ServiceSendRequest"];
            };
        };
        responses: {
            200: components["responses"]["Ack"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10002"];
            403: components["responses"]["Refused10303"];
            404: components["responses"]["Refused10004_10201_10301"];
            409: components["responses"]["Refused10302_10402"];
            413: components["responses"]["Refused10008_10403"];
            415: components["responses"]["Refused10009"];
            500: components["responses"]["Refused20001_20002_20402"];
            503: components["responses"]["Refused20101"];
        };
    };
    "internal-conversation-list": {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before; none for the first. */
                cursor?: string;
                /** @description Most items; 0 or none means 100. */
                limit?: number;
                /** @description `true`: each conversation comes with its last visible message. */
                with_last_message?: boolean;
            };
            header: {
                /** @description Which service calls. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
                /** @description Who it is for: `u___<int64>` or `ag__<int64>`. */
                "X-User-Id": components["parameters"]["OnBehalf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Conversations"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10002"];
            404: components["responses"]["Refused10004"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "internal-group-create": {
        parameters: {
            query?: never;
            header: {
                /** @description Which service calls. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
                /** @description Who it is for: `u___<int64>` or `ag__<int64>`. */
                "X-User-Id": components["parameters"]["OnBehalf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateGroupRequest"];
            };
        };
        responses: {
            200: components["responses"]["Group"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10002"];
            404: components["responses"]["Refused10004_10201"];
            409: components["responses"]["Refused10309"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "internal-group-join": {
        parameters: {
            query?: never;
            header: {
                /** @description Which service calls. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
                /** @description Who it is for: `u___<int64>` or `ag__<int64>`. */
                "X-User-Id": components["parameters"]["OnBehalf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupRequest"];
            };
        };
        responses: {
            200: components["responses"]["Empty"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10002"];
            404: components["responses"]["Refused10004_10201_10301"];
            409: components["responses"]["Refused10302_10305_10309"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "internal-group-quit": {
        parameters: {
            query?: never;
            header: {
                /** @description Which service calls. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
                /** @description Who it is for: `u___<int64>` or `ag__<int64>`. */
                "X-User-Id": components["parameters"]["OnBehalf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupRequest"];
            };
        };
        responses: {
            200: components["responses"]["Empty"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10002"];
            403: components["responses"]["Refused10303"];
            404: components["responses"]["Refused10004_10301"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    "internal-group-kick": {
        parameters: {
            query?: never;
            header: {
                /** @description Which service calls. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
                /** @description Who it is for: `u___<int64>` or `ag__<int64>`. */
                "X-User-Id": components["parameters"]["OnBehalf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupMemberRequest"];
            };
        };
        responses: {
            200: components["responses"]["Empty"];
            400: components["responses"]["Refused10001"];
            401: components["responses"]["Refused10002"];
            403: components["responses"]["Refused10006_10303_10307_10308"];
            404: components["responses"]["Refused10004_10301"];
            409: components["responses"]["Refused10302"];
            413: components["responses"]["Refused10008"];
            415: components["responses"]["Refused10009"];
            500: components["responses"]["Refused20001_20002"];
            503: components["responses"]["Refused20101"];
        };
    };
    openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": unknown;
                };
            };
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They do. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description They do not. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
}
