// Made from openapi.yaml by `npm run generate`: do not edit.

export interface paths {
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
         * Returns a token for a username and a password.
         * @description The token replaces the one that the user had on this platform. Limited per address, and to 10 a minute per account.
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
         * Ends the token of the request.
         * @description Native tokens only (10001 otherwise); a newer token of the same platform stays valid.
         */
        post: operations["auth-logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
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
         * Creates an account.
         * @description Returns the profile, without a token. Limited per address.
         */
        post: operations["auth-register"];
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
         * Returns profiles by id.
         * @description Users who do not exist are left out.
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
    "/api/v1/user/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns the caller's profile. */
        get: operations["user-me"];
        /**
         * Changes the caller's profile.
         * @description The caller's sessions receive a frame 2008.
         */
        put: operations["user-me-put"];
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
        /** Returns which users are online. */
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
         * Subscribes the session to the presence of users.
         * @description Replaces the previous subscription of the session; a new login starts without one. Returns the current status of the users; when it changes, the session receives a frame 2005.
         */
        post: operations["user-online-subscribe"];
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
        /** Returns the profile of one user. */
        get: operations["user-profile"];
        put?: never;
        post?: never;
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
         * Creates a group.
         * @description All its members receive a frame 2006.
         */
        post: operations["group-create"];
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
         * Dismisses a group.
         * @description Nobody can join or write from now on; members can read and leave.
         */
        post: operations["group-dismiss"];
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
        /** Returns a group to its members. */
        get: operations["group-info"];
        put?: never;
        post?: never;
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
         * Joins a group.
         * @description Earlier messages stay invisible, also to a member who joins again.
         */
        post: operations["group-join"];
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
         * Removes a member.
         * @description The owner may remove all others, an admin only plain members (otherwise 10006). To leave, use group/quit (10001).
         */
        post: operations["group-kick"];
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
        /** Returns a group's members to its members. */
        get: operations["group-members"];
        put?: never;
        post?: never;
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
         * Leaves a group.
         * @description Visible messages stay visible. The owner must transfer or dismiss the group first (10001).
         */
        post: operations["group-quit"];
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
         * Makes another member the owner.
         * @description The caller becomes a member.
         */
        post: operations["group-transfer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/message/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Returns the messages of a conversation that changed.
         * @description The visible messages that changed since a version, as they are now, in the order of their latest changes: for a client whose cursor was reset.
         */
        get: operations["message-changes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/message/edit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Edits a message.
         * @description Replaces the content of an own message of type 1, 9 or 100, for a time after sending that the server sets; its type and its seq stay. The same content again changes nothing, so a repeat is safe.
         */
        post: operations["message-edit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/message/get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Returns single messages.
         * @description Messages of a conversation by `conversation_id` and `seqs`, without those that are not visible to the caller; or one message by `server_msg_id`.
         */
        get: operations["message-get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/message/latest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Returns the newest messages of conversations.
         * @description For each conversation that is visible to the caller, in the order of the request. A client that starts gets all that it shows at first.
         */
        get: operations["message-latest"];
        put?: never;
        post?: never;
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
         * Returns the caller's position in each conversation.
         * @description The list is complete even if conversations change meanwhile.
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
    "/api/v1/message/pull": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Returns messages of a conversation.
         * @description Of a range of seqs (`begin_seq`, `end_seq`, `order`), around a seq (`around`), or from a time on (`at`): exactly one of the three. Only messages that are visible to the caller.
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
    "/api/v1/message/readers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Returns who has read a message.
         * @description The users to whom the message is visible, without its sender, by their read positions. In a group of more than 100 members only for the sender, the owner and the admins.
         */
        get: operations["message-readers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/message/replies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Returns the messages that quote a message.
         * @description Only visible messages, ascending by seq. An erased message is no reply.
         */
        get: operations["message-replies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/message/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revokes messages.
         * @description Erases the content of messages for everybody; all of them, or none. Messages that were revoked before stay as they are, so a repeat is safe. Own messages for a time after sending that the server sets; in a group, the owner may revoke any message, and an admin those of plain and former members.
         */
        post: operations["message-revoke"];
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
         * Sends a message.
         * @description Safe to repeat with the same `client_msg_id`: the same message gets the same response. Limited per sender.
         */
        post: operations["message-send"];
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
         * Notifies the others in a conversation that the caller is typing.
         * @description The other members who poll or stream at that moment, or within 4 s, receive a frame 2009; it is not stored. At most 60 a minute.
         */
        post: operations["message-typing"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/message/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Returns the versions of a message.
         * @description The first version, the 19 before the current one, and the current one, where the server lets users read them.
         */
        get: operations["message-versions"];
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
         * Returns the caller's conversations.
         * @description A conversation that changes during paging is not listed again: the next poll returns the change.
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
    "/api/v1/conversation/opt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Sets the caller's options of a conversation.
         * @description The caller's sessions receive a frame 2007.
         */
        put: operations["conversation-opt"];
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
         * Moves the caller's read position.
         * @description It never moves back, nor beyond the visible messages. The caller's sessions receive a frame 2003, the other user a frame 2011; in groups, the other members, unless the server limits that to smaller groups.
         */
        post: operations["conversation-read"];
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
         * Returns the events after a cursor, or waits for the next one.
         * @description Without a cursor, returns one to start from, at once. With a cursor, returns the events after it at once, or as soon as there are any, or an empty list after `timeout`.
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
         * Streams the events after a cursor as server-sent events.
         * @description An event without a name is a frame; its id, if it has one, is the cursor to reconnect with. `sync` is the first event if there is no cursor, or the given one cannot be continued, with `{"cursor","reset"}` and, if `reset` is true, `reset_reason` as in the response of a poll; `end` is the last event when the login ends, with the envelope that a poll would have returned. A comment is sent at once, and with an id after each 15 s of silence. A second stream or poll of the same token ends the first.
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
    "/api/v1/internal/conversation/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a user's conversations. */
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
        /** Creates a group on behalf of a user. */
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
        /** Adds a user to a group. */
        post: operations["internal-group-join"];
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
        /** Removes a member on behalf of a user. */
        post: operations["internal-group-kick"];
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
        /** Ends a user's membership. */
        post: operations["internal-group-quit"];
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
        /** Confirms that the service may call. */
        get: operations["internal-health"];
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
         * Sends a message on behalf of a user.
         * @description Sending is not limited per sender.
         */
        post: operations["internal-message-send"];
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
        /** Returns profiles by id. */
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
        /** Returns which users are online. */
        get: operations["internal-user-online-status"];
        put?: never;
        post?: never;
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
         * Ends a user's tokens.
         * @description Tokens issued until now, native and external, are refused from now on (`data.reason` is `revoked`).
         */
        post: operations["internal-user-revoke"];
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
         * Creates or changes an external user.
         * @description Repeating the request changes nothing.
         */
        post: operations["internal-user-upsert"];
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
         * Returns whether the configuration is valid and the stores respond.
         * @description The only JSON response without the envelope. The log says what is wrong.
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
    "/openapi.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns the OpenAPI document. */
        get: operations["openapi"];
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
        /** @description The position of a sent message. A repeat of the same message gets the same answer. */
        Ack: {
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description When the server stored the message. */
            send_time: components["schemas"]["Millis"];
            /** @description The number of the message in the conversation. */
            seq: components["schemas"]["Seq"];
            /**
             * Format: uuid
             * @description The server's id of the message.
             */
            server_msg_id: string;
        };
        AlreadyGroupMember: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10305;
        };
        AuthUnavailable: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 20101;
        };
        BodyTooLarge: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10008;
        };
        CannotKickOwner: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10308;
        };
        /** @description Changed messages, as they are now, in the order of their latest changes. */
        ChangesResponse: {
            /** @description Whether `since` is of another database: the changes are all, from the first one on. */
            full: boolean;
            /** @description Whether there are more. */
            has_more: boolean;
            /** @description The messages that changed since the given version, at most `limit` and about 256 KiB. */
            messages: components["schemas"]["Message"][];
            /** @description The version up to which the changes are in this response: `since` of the next call. */
            version: string;
        };
        /**
         * @description 1 text, 2 image, 3 video, 4 audio, 5 file, 6 location, 7 card, 8 merged, 9 markdown, 10 sticker, 11 call, 100 custom.
         * @enum {integer}
         */
        ContentType: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 100;
        /** @description A conversation as one user sees it. */
        Conversation: {
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description Data of the application; may be empty. */
            extra: string;
            /** @description The group of a group's conversation. */
            group_id?: components["schemas"]["GroupId"];
            /** @description Whether the user pinned the conversation; pinning does not change the order. */
            is_pinned: boolean;
            /**
             * Format: int64
             * @description Higher after each change of a message; 0 if none changed. Where it is not as known, call `message/changes`.
             *     Absent if 0.
             */
            last_change?: number;
            /** @description The visible message with the highest seq; absent if not requested or if no message is visible. */
            last_message?: components["schemas"]["Message"];
            /** @description The last visible seq; less than `min_seq` if no message is visible. */
            max_seq: components["schemas"]["Seq"];
            /** @description The first visible seq. */
            min_seq: components["schemas"]["Seq"];
            /** @description When the other user read it; absent if that is not known. */
            peer_read_at?: components["schemas"]["Millis"];
            /** @description The seq up to which the other user has read; absent if 0, and in the conversation of a group. */
            peer_read_seq?: components["schemas"]["Seq"];
            /** @description The other user of a single conversation. */
            peer_user_id?: components["schemas"]["UserId"];
            /** @description The seq up to which the user has read. */
            read_seq: components["schemas"]["Seq"];
            /** @description Whether messages notify the user. */
            recv_msg_opt: components["schemas"]["NotifyLevel"];
            /** @description Whether the conversation is between two users or of a group. */
            type: components["schemas"]["SessionType"];
            /**
             * Format: int64
             * @description The number of messages by others after `read_seq`.
             */
            unread: number;
            /**
             * @description When the last message was sent, or the user's options or membership changed, whichever is
             *     later.
             */
            updated_at: components["schemas"]["Millis"];
        };
        /**
         * @description `si_<a>:<b>` between two users, their ids sorted, or `sg_<group id>`. A user's notes are `si_<a>:<a>`.
         * @example si_u___7:u___8
         */
        ConversationId: string;
        /** @description The user's options of a conversation. */
        ConversationOptions: {
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description Whether the conversation is pinned. */
            is_pinned: boolean;
            /** @description Whether messages notify the user. */
            recv_msg_opt: components["schemas"]["NotifyLevel"];
        };
        /** @description A page of a user's conversations. */
        Conversations: {
            /**
             * @description The conversations, latest message first. Creating a group counts as a message, and so does
             *     joining one, for the one who joins.
             */
            conversations: components["schemas"]["Conversation"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description The `cursor` of the next page; empty after the last one. */
            next_cursor: string;
        };
        /** @description A group to create. */
        CreateGroupRequest: {
            /** @description The URL of a picture, at most 1,024 bytes. */
            avatar?: string | null;
            /** @description Data of the application, at most 64,000 bytes. */
            extra?: string | null;
            /** @description A description of the group, at most 1,024 bytes. */
            introduction?: string | null;
            /** @description The members besides the caller, who becomes the owner. By default, a group has at most 500 members. */
            member_ids?: components["schemas"]["UserId"][] | null;
            /**
             * @description The name, 1 to 255 bytes.
             * @example Friends
             */
            name: string;
        };
        /** @description A new content of a message. */
        EditMessageRequest: {
            /**
             * Format: int64
             * @description The version that the user edited: refused if it is not the stored one, because another device was faster.
             *     Absent: any version is replaced.
             */
            base_version?: number | null;
            /**
             * @description The new content, as in a message to send.
             * @example {"text":"hi"}
             */
            content: string;
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description The number of the message.
             */
            seq: number;
        };
        /** @description The result of an edit. A repeat of the same edit gets the same answer. */
        Edited: {
            /**
             * Format: int64
             * @description The version that is stored now: `base_version` of the next edit.
             */
            version: number;
        };
        /** @description No data. */
        Empty: Record<string, never>;
        /** @description The data that every frame has. */
        Event: {
            /**
             * Format: int64
             * @description The position in the log.
             */
            event_id: number;
        };
        /** @description A change, by number. A client ignores numbers that it does not know. */
        Frame: components["schemas"]["MessageFrame"] | components["schemas"]["ReadFrame"] | components["schemas"]["OnlineFrame"] | components["schemas"]["GroupFrame"] | components["schemas"]["OptionsFrame"] | components["schemas"]["ProfileFrame"] | components["schemas"]["TypingFrame"] | components["schemas"]["MessageChangeFrame"] | components["schemas"]["ReceiptFrame"];
        /** @description A group, as its members see it. */
        Group: {
            /** @description The URL of a picture; may be empty. */
            avatar: string;
            /** @description When the group was created. */
            created_at: components["schemas"]["Millis"];
            /** @description Data of the application; may be empty. */
            extra: string;
            /** @description The id of the group. */
            group_id: components["schemas"]["GroupId"];
            /** @description A description of the group; may be empty. */
            introduction: string;
            /**
             * Format: int64
             * @description The number of members.
             */
            member_count: number;
            /** @description The name, 1 to 255 bytes. */
            name: string;
            /** @description The id of the owner. */
            owner_id: components["schemas"]["UserId"];
            /** @description Whether the group is dismissed. */
            status: components["schemas"]["GroupStatus"];
            /** @description When the group last changed, other than by members who join or leave. */
            updated_at: components["schemas"]["Millis"];
        };
        /** @description A change of a group. */
        GroupChange: {
            /** @description The kind of change. */
            change: components["schemas"]["GroupChangeKind"];
            /** @description The id of the group's conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description The id of the group. */
            group_id: components["schemas"]["GroupId"];
            /** @description The id of the user who made the change. */
            operator_id: components["schemas"]["UserId"];
            /** @description The ids of the affected members; empty if the whole group is affected. */
            user_ids: components["schemas"]["UserId"][];
        };
        /** @description The kind of change of a group. */
        GroupChangeKind: "created" | "joined" | "left" | "kicked" | "dismissed" | "transferred";
        GroupDismissed: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10302;
        };
        /** @description A group of the user changed; the last frame about it for a member who left or was removed. */
        GroupFrame: {
            data: components["schemas"]["Event"] & components["schemas"]["GroupChange"];
            /** @constant */
            req_id: 2006;
        };
        GroupFull: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10309;
        };
        /**
         * @description 16 characters of lower-case base32. Knowing it is enough to join.
         * @example abcdefghijklmno2
         */
        GroupId: string;
        /** @description A member of a group, by their ids. */
        GroupMemberRequest: {
            /** @description The id of the group. */
            group_id: components["schemas"]["GroupId"];
            /** @description The id of the member. */
            user_id: components["schemas"]["UserId"];
        };
        GroupNotFound: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10301;
        };
        /** @description A group, by its id. */
        GroupRequest: {
            /** @description The id of the group. */
            group_id: components["schemas"]["GroupId"];
        };
        /**
         * @description 0 normal, 1 dismissed.
         * @enum {integer}
         */
        GroupStatus: 0 | 1;
        Health: {
            /** @enum {string} */
            status: "ok" | "unavailable";
        };
        Internal: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 20001;
        };
        /** @description The result of a health check by a service. */
        InternalHealth: {
            /**
             * @description Always `ok`.
             * @enum {string}
             */
            status: "ok";
        };
        InvalidParam: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10001;
        };
        /** @description The newest messages of a conversation. */
        LatestMessages: {
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description Whether there are visible messages before these. */
            has_more: boolean;
            /**
             * @description The newest visible messages, ascending by seq. All conversations together have about 256 KiB at most: if they
             *     have more, the oldest of each are missing.
             */
            messages: components["schemas"]["Message"][];
        };
        /** @description The newest messages of conversations. */
        LatestResponse: {
            /** @description The conversations that are visible to the caller, in the order of the request. */
            conversations: components["schemas"]["LatestMessages"][];
        };
        /** @description A profile in a list. `extra` is present only if a service asks for a single user. */
        ListedProfile: {
            /** @description The URL of a picture; may be empty. */
            avatar: string;
            /** @description When the user was created. */
            created_at: components["schemas"]["Millis"];
            /** @description Data of the application; may be empty. */
            extra?: string;
            /** @description The name to show; may be empty. */
            nickname: string;
            /** @description When the profile last changed. */
            updated_at: components["schemas"]["Millis"];
            /** @description The id of the user. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description A token issued to a user. */
        LoggedIn: {
            /** @description When the token expires. */
            expires_at: components["schemas"]["Millis"];
            /** @description The token, to send as `Authorization: Bearer <token>`. */
            token: string;
            /** @description The id of the user. */
            user_id: components["schemas"]["UserId"];
        };
        LoginFailed: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10105;
        };
        /** @description The credentials of a login, and its platform. */
        LoginRequest: {
            /**
             * @description 1 to 72 bytes, as typed or in normal form C.
             * @example correct horse
             */
            password: string;
            /** @description The platform of the token. */
            platform_id: components["schemas"]["PlatformId"];
            /**
             * @description 1 to 64 bytes, in any Unicode normal form.
             * @example alice
             */
            username: string;
        };
        /** @description The position of a user in a conversation. The messages from `min_seq` to `max_seq` are visible to the user. */
        MaxSeq: {
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description Higher after each change of a message; 0 if none changed. Where it is not as known, call `message/changes`.
             *     Absent if 0.
             */
            last_change?: number;
            /** @description The last visible seq; less than `min_seq` if no message is visible. */
            max_seq: components["schemas"]["Seq"];
            /** @description The first visible seq. */
            min_seq: components["schemas"]["Seq"];
            /** @description The seq up to which the user has read. */
            read_seq: components["schemas"]["Seq"];
        };
        /** @description A page of a user's positions. */
        MaxSeqs: {
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description The positions, ordered by conversation id, so that a change during paging hides none. */
            items: components["schemas"]["MaxSeq"][];
            /** @description The `cursor` of the next page; empty after the last one. */
            next_cursor: string;
        };
        /** @description A member of a group. */
        Member: {
            /** @description The id of the user who added the member; empty for a member who joined or created the group. */
            inviter_user_id: string;
            /** @description When the member joined. */
            joined_at: components["schemas"]["Millis"];
            /** @description The member's name in this group; may be empty. */
            nickname: string;
            /** @description The member's rights. */
            role: components["schemas"]["Role"];
            /** @description The id of the member. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description A page of a group's members. */
        Members: {
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description The members, ordered by user id. */
            members: components["schemas"]["Member"][];
            /** @description The `cursor` of the next page; empty after the last one. */
            next_cursor: string;
        };
        /** @description A stored message, the same for all readers of its conversation. */
        Message: {
            /** @description When the content was erased; absent unless `status` is given. */
            changed_at?: components["schemas"]["Millis"];
            /** @description The id of the user who erased the content; absent unless `status` is given. */
            changed_by?: components["schemas"]["UserId"];
            /** @description The sender's id of the message, unique for this sender in this conversation. */
            client_msg_id: string;
            /** @description The content: a JSON value as text. */
            content: string;
            /** @description The kind of content. */
            content_type: components["schemas"]["ContentType"];
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description When the content was last edited; absent for a message that was not edited. */
            edited_at?: components["schemas"]["Millis"];
            /** @description The group of a group's conversation. */
            group_id?: components["schemas"]["GroupId"];
            /** @description The message that this one quotes; absent if it quotes none. */
            quote?: components["schemas"]["Quote"];
            /** @description The recipient, in a single conversation. */
            recv_id?: components["schemas"]["UserId"];
            /** @description When the server stored the message. Times never decrease within a conversation. */
            send_time: components["schemas"]["Millis"];
            /** @description The id of the sender. */
            sender_id: components["schemas"]["UserId"];
            /** @description The number of the message in the conversation: 1, 2, 3... without a gap. */
            seq: components["schemas"]["Seq"];
            /**
             * Format: uuid
             * @description The server's id of the message, a version 7 UUID.
             */
            server_msg_id: string;
            /** @description Whether the conversation is between two users or of a group. */
            session_type: components["schemas"]["SessionType"];
            /** @description Whether the content was erased, and how to show that; absent for a message that was not changed. */
            status?: components["schemas"]["MessageStatus"];
            /**
             * Format: int64
             * @description The version of the content, 2 or more; absent for a message that was not edited.
             */
            version?: number;
        };
        /** @description A change of a message after it was sent. */
        MessageChange: {
            /** @description The kind of change. */
            change: components["schemas"]["MessageChangeKind"];
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description The message as it is now, which a later change may have made. */
            message: components["schemas"]["Message"];
            /** @description The id of the user who made the change. */
            operator_id: components["schemas"]["UserId"];
            /** @description The number of the message. */
            seq: components["schemas"]["Seq"];
        };
        /** @description A message that the user may see changed. Replace it. */
        MessageChangeFrame: {
            data: components["schemas"]["Event"] & components["schemas"]["MessageChange"];
            /** @constant */
            req_id: 2010;
        };
        /** @description The kind of change of a message. */
        MessageChangeKind: "revoked" | "removed" | "edited";
        MessageContentTooLong: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10403;
        };
        MessageDuplicate: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10402;
        };
        /** @description A message in one of the user's conversations, including the user's own. Ignore a message that the client already has, by `(conversation_id, seq)`. */
        MessageFrame: {
            data: components["schemas"]["Event"] & components["schemas"]["Message"];
            /** @constant */
            req_id: 2001;
        };
        MessageGone: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10410;
        };
        MessageNotFound: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10401;
        };
        MessagePullFailed: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 20403;
        };
        MessageSendFailed: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 20402;
        };
        /**
         * @description 0 normal, 1 revoked, 2 removed, 4 hidden.
         * @enum {integer}
         */
        MessageStatus: 0 | 1 | 2 | 4;
        /** @description A version of a message. */
        MessageVersion: {
            /** @description The content: a JSON value as text. */
            content: string;
            /**
             * Format: int64
             * @description 1 for the content as it was sent, one more with each edit.
             */
            version: number;
            /** @description When this version was sent or edited. */
            written_at: components["schemas"]["Millis"];
        };
        /**
         * Format: int64
         * @description Unix time in milliseconds.
         */
        Millis: number;
        NoPermission: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10006;
        };
        NotEditable: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10405;
        };
        NotFound: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10004;
        };
        NotGroupAdmin: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10307;
        };
        NotGroupMember: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10303;
        };
        NotGroupOwner: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10306;
        };
        NotRevocable: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10404;
        };
        /**
         * @description 0 normal, 1 mute.
         * @enum {integer}
         */
        NotifyLevel: 0 | 1;
        /** @description A user that the session subscribed to came online or went offline. */
        OnlineFrame: {
            data: components["schemas"]["Event"] & components["schemas"]["OnlineStatuses"];
            /** @constant */
            req_id: 2005;
        };
        /** @description Whether a user is online. */
        OnlineStatus: {
            /** @description Whether the user is polling on any platform, or was in the last 60 to 70 s. */
            online: boolean;
            /** @description The platforms on which the user is online, ascending. */
            platform_ids: components["schemas"]["PlatformId"][];
            /** @description The id of the user. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description The presence of users. */
        OnlineStatuses: {
            /** @description One item per user, ordered by id. */
            items: components["schemas"]["OnlineStatus"][];
        };
        /** @description The user's options of a conversation changed. */
        OptionsFrame: {
            data: components["schemas"]["Event"] & components["schemas"]["ConversationOptions"];
            /** @constant */
            req_id: 2007;
        };
        /** @description Options of a conversation to set: an absent or null option is unchanged. */
        OptionsRequest: {
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description Whether the conversation is pinned. Null or absent: unchanged. */
            is_pinned?: boolean | null;
            /** @description Whether messages notify the user. Null or absent: unchanged. */
            recv_msg_opt?: components["schemas"]["NotifyLevel"] | null;
        };
        /** @description The order of messages. */
        Order: "asc" | "desc";
        /** @description 1 iOS, 2 Android, 3 Windows, 4 macOS, 5 Web, 6 MiniWeb, 7 Linux, 8 AndroidPad, 9 iPad, 10 Admin. */
        PlatformId: number;
        /** @description The answer to a poll. */
        PollResponse: {
            /** @description The cursor of the next poll, which acknowledges these frames. */
            cursor: string;
            /** @description The frames, in the order of the log. */
            frames: components["schemas"]["Frame"][];
            /** @description Whether the given cursor cannot be continued; if so, synchronise with `max_seqs` and pulls. */
            reset: boolean;
            /** @description Why the cursor was reset; absent unless `reset` is true. */
            reset_reason?: components["schemas"]["ResetReason"];
        };
        /** @description A user's profile, as all users see it. */
        Profile: {
            /** @description The URL of a picture; may be empty. */
            avatar: string;
            /** @description When the user was created. */
            created_at: components["schemas"]["Millis"];
            /** @description Data of the application; may be empty. */
            extra: string;
            /** @description The name to show; may be empty. */
            nickname: string;
            /** @description When the profile last changed. */
            updated_at: components["schemas"]["Millis"];
            /** @description The id of the user. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description The user's own profile changed. */
        ProfileFrame: {
            data: components["schemas"]["Event"] & components["schemas"]["Profile"];
            /** @constant */
            req_id: 2008;
        };
        /** @description A change of a profile: an absent or null field is unchanged, `""` clears it. */
        ProfileUpdate: {
            /** @description The URL of a picture, at most 1,024 bytes. Null or absent: unchanged; empty: cleared. */
            avatar?: string | null;
            /** @description Data of the application, at most 64,000 bytes. Null or absent: unchanged; empty: cleared. */
            extra?: string | null;
            /** @description The name to show, at most 255 bytes. Null or absent: unchanged; empty: cleared. */
            nickname?: string | null;
        };
        /** @description Profiles of several users. */
        Profiles: {
            /** @description The profiles of the users that exist, ordered by id. */
            users: components["schemas"]["ListedProfile"][];
        };
        ProviderDisabled: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10107;
        };
        /** @description Messages that the caller may see. */
        PullResponse: {
            /**
             * @description Whether visible messages of the range, from the time `at` on, or of the named seqs follow after these, in this
             *     order: ask again from there. With `around`: whether the conversation has visible messages before the first or
             *     after the last of these. Large messages can end a response before `limit`.
             */
            has_more: boolean;
            /** @description The messages, ascending by seq; descending with `order=desc`. */
            messages: components["schemas"]["Message"][];
        };
        /** @description A quoted message, as it is now for the reader. */
        Quote: {
            /** @description The kind of its content; absent if the reader may not see it. */
            content_type?: components["schemas"]["ContentType"];
            /** @description The first 200 bytes of its text; absent if it has no text, is erased, or the reader may not see it. */
            preview?: string;
            /** @description The id of its sender; absent if the reader may not see it. */
            sender_id?: components["schemas"]["UserId"];
            /** @description The number of the message in the conversation. */
            seq: components["schemas"]["Seq"];
            /** @description Whether it was erased, or the reader may not see it; absent if neither. */
            status?: components["schemas"]["MessageStatus"];
        };
        /** @description The user's read position moved, by this or another session. */
        ReadFrame: {
            data: components["schemas"]["Event"] & components["schemas"]["ReadPosition"];
            /** @constant */
            req_id: 2003;
        };
        /** @description A read position of the user. */
        ReadPosition: {
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description The seq up to which the user has read. */
            read_seq: components["schemas"]["Seq"];
            /**
             * Format: int64
             * @description The number of messages by others after `read_seq`.
             */
            unread: number;
        };
        /** @description A read position to set. */
        ReadRequest: {
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description The seq up to which the user has read; reduced to the last visible seq if it is higher.
             */
            read_seq: number;
        };
        /** @description The user's read position in a conversation. */
        ReadSeq: {
            /** @description The read position after the request. */
            read_seq: components["schemas"]["Seq"];
        };
        /** @description Whether a user has read a message. */
        ReadState: "read" | "unread";
        /** @description A user who has, or has not, read a message. */
        Reader: {
            /**
             * @description When the read position of the user last moved, which may be after reading this message; absent if that is not
             *     known.
             */
            read_at?: components["schemas"]["Millis"];
            /** @description The id of the user. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description The users who have, or have not, read a message: those to whom it is visible, without its sender. */
        Readers: {
            /** @description Whether there are more users. */
            has_more: boolean;
            /** @description `cursor` of the next page; empty if there is none. */
            next_cursor: string;
            /**
             * Format: int64
             * @description How many users have read it.
             */
            read_count: number;
            /**
             * Format: int64
             * @description How many users have not read it.
             */
            unread_count: number;
            /** @description A page of users, ascending by id. */
            users: components["schemas"]["Reader"][];
        };
        /** @description How far another user has read a conversation. */
        Receipt: {
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description When that user read it. */
            read_at: components["schemas"]["Millis"];
            /** @description The seq up to which that user has read. */
            read_seq: components["schemas"]["Seq"];
            /** @description The id of the user who has read. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description Another user in the conversation has read it up to a message. */
        ReceiptFrame: {
            data: components["schemas"]["Event"] & components["schemas"]["Receipt"];
            /** @constant */
            req_id: 2011;
        };
        /** @description The envelope of a refusal. */
        Refusal: {
            /** @description 1xxxx: the request is wrong, and a retry is refused again (except 10005). 2xxxx: the server failed; retry later. */
            code: number;
            data: {
                /**
                 * @description Why a token that was once valid no longer is. `logout` is given only to the login that logged out; `unknown` if the server does not know the login, because its store of logins was lost.
                 * @enum {string}
                 */
                reason?: "new_login" | "logout" | "token_expired" | "revoked" | "unknown";
            };
            /** @description What is wrong, for a developer. Do not compare it. */
            message: string;
        };
        /** @description An account to register. */
        RegisterRequest: {
            /** @description The name to show, at most 255 bytes. */
            nickname?: string | null;
            /**
             * @description 6 to 72 bytes in Unicode normal form C, in which it is hashed.
             * @example correct horse
             */
            password: string;
            /**
             * @description Unique. 1 to 64 bytes in Unicode normal form C, in which it is stored.
             * @example alice
             */
            username: string;
        };
        /** @description The messages that quote a message. */
        Replies: {
            /** @description Whether there are more. */
            has_more: boolean;
            /** @description A page of messages, ascending by seq; at most `limit` and about 256 KiB. */
            messages: components["schemas"]["Message"][];
            /** @description `cursor` of the next page; empty if there is none. */
            next_cursor: string;
        };
        /** @description Why a cursor was reset. */
        ResetReason: "too_old" | "other_history";
        /** @description Messages to revoke. */
        RevokeMessagesRequest: {
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description The numbers of the messages, 1 to 100 of them. */
            seqs: number[];
            /** @description Whether clients show that a message was revoked; otherwise it disappears. Default: true. */
            trace?: boolean | null;
        };
        /** @description Tokens to revoke. */
        RevokeRequest: {
            /** @description The platform; null or absent: all of them. */
            platform_id?: components["schemas"]["PlatformId"] | null;
            /** @description The id of the user. */
            user_id: components["schemas"]["UserId"];
        };
        /**
         * @description 1 member, 2 admin, 3 owner.
         * @enum {integer}
         */
        Role: 1 | 2 | 3;
        /** @description A message to send. */
        SendRequest: {
            /**
             * @description The sender's id of the message, new for each message; it makes a retry safe. 1 to 64 bytes, without whitespace
             *     at the end.
             * @example m-1
             */
            client_msg_id: string;
            /**
             * @description The content: a JSON value as text that every parser can read, at most 8,192 bytes. Surrogate
             *     pairs are complete, numbers are finite, names are unique within an object, and at most 64
             *     levels are nested.
             * @example {"text":"hi"}
             */
            content: string;
            /**
             * @description 1 text, 2 image, 3 video, 4 audio, 5 file, 6 location, 7 card, 8 merged messages, 9 markdown, 10 sticker, 11 call
             *     record, 100 defined by the application.
             */
            content_type: components["schemas"]["ContentType"];
            /**
             * @description The group, for session type 2; ignored otherwise.
             * @example abcdefghijklmno2
             */
            group_id?: string | null;
            /**
             * Format: int64
             * @description The number of the message in the same conversation that this one quotes; absent to quote none.
             */
            quote_seq?: number | null;
            /**
             * @description The recipient, for session type 1: the sender's own id for a note; ignored otherwise.
             * @example u___7
             */
            recv_id?: string | null;
            /**
             * @description Whether to move the sender's read position to this message if the sender has read all
             *     messages before it. Default: true for a user, false for a service.
             */
            sender_read?: boolean | null;
            /** @description 1 to a user, with `recv_id`; 2 to a group, with `group_id`. */
            session_type: components["schemas"]["SessionType"];
        };
        /**
         * Format: int64
         * @description The number of a message in its conversation: 1, 2, 3... without a gap. 0 is before the first.
         */
        Seq: number;
        /**
         * @description 1 single, 2 group.
         * @enum {integer}
         */
        SessionType: 1 | 2;
        StoreFailed: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 20002;
        };
        /** @description The users whose presence to subscribe to. */
        SubscribeRequest: {
            /** @description 0 to 100 ids, which replace those of the previous subscription. */
            user_ids: components["schemas"]["UserId"][];
        };
        /** @description The envelope of a successful response. */
        Success: {
            /** @constant */
            code: 0;
            data: Record<string, never>;
            /** @constant */
            message: "";
        };
        TokenExpired: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10102;
        };
        TokenInvalid: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10101;
        };
        TokenMissing: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10103;
        };
        TooManyRequests: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10005;
        };
        /** @description A user who is typing in a conversation. */
        Typing: {
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
            /** @description The id of the user who is typing. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description A user is typing now. */
        TypingFrame: {
            data: components["schemas"]["Event"] & components["schemas"]["Typing"];
            /** @constant */
            req_id: 2009;
        };
        /** @description A conversation in which the user is typing. */
        TypingRequest: {
            /** @description The id of the conversation. */
            conversation_id: components["schemas"]["ConversationId"];
        };
        Unauthorized: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10002;
        };
        UnsupportedEncoding: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10009;
        };
        /** @description A user of the platform to create or change. */
        UpsertRequest: {
            /** @description The URL of a picture, at most 1,024 bytes. Null or absent: unchanged. */
            avatar?: string | null;
            /** @description Data of the application, at most 64,000 bytes. Null or absent: unchanged. */
            extra?: string | null;
            /**
             * @description The id of a user or an agent of the platform.
             * @example u___7
             */
            id: string;
            /** @description The name to show, at most 255 bytes. Null or absent: unchanged. */
            nickname?: string | null;
        };
        UserExists: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10202;
        };
        /**
         * @description `nx__<uuidv7>` for a user who registered here, `u___<int64>` for a user of the platform, `ag__<int64>` for an agent of the platform.
         * @example u___7
         */
        UserId: string;
        UserNotFound: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10201;
        };
        VersionConflict: components["schemas"]["Refusal"] & {
            /** @constant */
            code?: 10406;
        };
        /** @description The versions of a message. */
        Versions: {
            /** @description The kept versions, ascending; the last one is the content of the message. */
            versions: components["schemas"]["MessageVersion"][];
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
        /** @description 20101: authentication temporarily unavailable */
        AuthUnavailable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AuthUnavailable"];
            };
        };
        /** @description 10008: request body too large */
        BodyTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["BodyTooLarge"];
            };
        };
        /** @description Done. */
        ChangesResponse: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["ChangesResponse"];
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
        Edited: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["Edited"];
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
        /** @description 10302: group has been dismissed */
        GroupDismissed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GroupDismissed"];
            };
        };
        /** @description 10309: group member limit reached */
        GroupFull: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GroupFull"];
            };
        };
        /** @description 10301: group not found */
        GroupNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GroupNotFound"];
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
        /** @description 10001: invalid parameter */
        InvalidParam: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["InvalidParam"];
            };
        };
        /** @description Done. */
        LatestResponse: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["LatestResponse"];
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
        /** @description 10105: login failed */
        LoginFailed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["LoginFailed"];
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
        /** @description 10410: message was revoked or removed */
        MessageGone: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["MessageGone"];
            };
        };
        /** @description 10401: message not found */
        MessageNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["MessageNotFound"];
            };
        };
        /** @description 10006: no permission to access this resource */
        NoPermission: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["NoPermission"];
            };
        };
        /** @description 10004: not found */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["NotFound"];
            };
        };
        /** @description 10303: not a group member */
        NotGroupMember: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["NotGroupMember"];
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
        PollResponse: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["PollResponse"];
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
        /** @description 10107: auth provider disabled */
        ProviderDisabled: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProviderDisabled"];
            };
        };
        /** @description Done. */
        PullResponse: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["PullResponse"];
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
        /** @description Done. */
        Readers: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["Readers"];
                };
            };
        };
        /** @description Done. */
        Replies: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["Replies"];
                };
            };
        };
        /** @description 10005: too many requests */
        TooManyRequests: {
            headers: {
                /** @description Seconds to wait. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["TooManyRequests"];
            };
        };
        /** @description 10002: unauthorized */
        Unauthorized: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Unauthorized"];
            };
        };
        /** @description 10009: unsupported content encoding */
        UnsupportedEncoding: {
            headers: {
                /** @description A body is sent without an encoding. */
                "Accept-Encoding"?: "identity";
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["UnsupportedEncoding"];
            };
        };
        /** @description 10202: user already exists */
        UserExists: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["UserExists"];
            };
        };
        /** @description 10201: user not found */
        UserNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["UserNotFound"];
            };
        };
        /** @description Done. */
        Versions: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Success"] & {
                    data?: components["schemas"]["Versions"];
                };
            };
        };
    };
    parameters: {
        /** @description The platform of an external token; 5 by default. A native token carries its own. */
        PlatformHeader: string;
        /** @description The name of the calling service. */
        ServiceName: string;
        /** @description Unix time in seconds, at most 300 s off. */
        Timestamp: string;
        /** @description 16 to 128 bytes, never used before. */
        Nonce: string;
        /** @description The user for whom the service calls: `u___<int64>` or `ag__<int64>`. */
        OnBehalf: string;
        /** @description The id of the user. */
        UserIdInPath: components["schemas"]["UserId"];
        /** @description The id of the last event. It takes precedence over `cursor`. */
        LastEventId: string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
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
            400: components["responses"]["InvalidParam"];
            401: components["responses"]["LoginFailed"];
            403: components["responses"]["ProviderDisabled"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            429: components["responses"]["TooManyRequests"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "auth-logout": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Empty"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
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
            400: components["responses"]["InvalidParam"];
            403: components["responses"]["ProviderDisabled"];
            409: components["responses"]["UserExists"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            429: components["responses"]["TooManyRequests"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "user-info": {
        parameters: {
            query: {
                /** @description 1 to 100 ids, separated by commas. */
                user_ids: string;
            };
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Profiles"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "user-me": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Profile"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            404: components["responses"]["UserNotFound"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "user-me-put": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
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
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            404: components["responses"]["UserNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            429: components["responses"]["TooManyRequests"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "user-online-status": {
        parameters: {
            query: {
                /** @description 1 to 100 ids, separated by commas. */
                user_ids: string;
            };
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["OnlineStatuses"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "user-online-subscribe": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
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
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "user-profile": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path: {
                /** @description The id of the user. */
                user_id: components["parameters"]["UserIdInPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Profile"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            404: components["responses"]["UserNotFound"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "group-create": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
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
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            404: components["responses"]["UserNotFound"];
            409: components["responses"]["GroupFull"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            429: components["responses"]["TooManyRequests"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "group-dismiss": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
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
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 10303: not a group member; 10306: not group owner */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotGroupMember"] | components["schemas"]["NotGroupOwner"];
                };
            };
            404: components["responses"]["GroupNotFound"];
            409: components["responses"]["GroupDismissed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            429: components["responses"]["TooManyRequests"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "group-info": {
        parameters: {
            query: {
                /** @description The id of the group. */
                group_id: components["schemas"]["GroupId"];
            };
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Group"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            403: components["responses"]["NotGroupMember"];
            404: components["responses"]["GroupNotFound"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "group-join": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
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
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 10201: user not found; 10301: group not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserNotFound"] | components["schemas"]["GroupNotFound"];
                };
            };
            /** @description 10302: group has been dismissed; 10305: already a group member; 10309: group member limit reached */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupDismissed"] | components["schemas"]["AlreadyGroupMember"] | components["schemas"]["GroupFull"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            429: components["responses"]["TooManyRequests"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "group-kick": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
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
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 10006: no permission to access this resource; 10303: not a group member; 10307: not group admin; 10308: cannot kick group owner */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoPermission"] | components["schemas"]["NotGroupMember"] | components["schemas"]["NotGroupAdmin"] | components["schemas"]["CannotKickOwner"];
                };
            };
            404: components["responses"]["GroupNotFound"];
            409: components["responses"]["GroupDismissed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            429: components["responses"]["TooManyRequests"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "group-members": {
        parameters: {
            query: {
                /** @description `next_cursor` of the previous page; absent for the first page. */
                cursor?: string;
                /** @description The id of the group. */
                group_id: components["schemas"]["GroupId"];
                /** @description Maximum number of items; 500 if 0 or absent. */
                limit?: number;
            };
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Members"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            403: components["responses"]["NotGroupMember"];
            404: components["responses"]["GroupNotFound"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "group-quit": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
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
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            403: components["responses"]["NotGroupMember"];
            404: components["responses"]["GroupNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            429: components["responses"]["TooManyRequests"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "group-transfer": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
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
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 10303: not a group member; 10306: not group owner */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotGroupMember"] | components["schemas"]["NotGroupOwner"];
                };
            };
            404: components["responses"]["GroupNotFound"];
            409: components["responses"]["GroupDismissed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            429: components["responses"]["TooManyRequests"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "message-changes": {
        parameters: {
            query: {
                /** @description The id of the conversation. */
                conversation_id: components["schemas"]["ConversationId"];
                /** @description Maximum number of items; 100 if 0 or absent. */
                limit?: number;
                /** @description `version` of the previous response; absent for all changes. */
                since?: string;
            };
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["ChangesResponse"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            403: components["responses"]["NoPermission"];
            /** @description 20001: internal server error; 20002: storage unavailable; 20403: message pull failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"] | components["schemas"]["MessagePullFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "message-edit": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditMessageRequest"];
            };
        };
        responses: {
            200: components["responses"]["Edited"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 10006: no permission to access this resource; 10303: not a group member */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoPermission"] | components["schemas"]["NotGroupMember"];
                };
            };
            404: components["responses"]["MessageNotFound"];
            /** @description 10302: group has been dismissed; 10405: message cannot be edited; 10406: another version of the message is stored; 10410: message was revoked or removed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupDismissed"] | components["schemas"]["NotEditable"] | components["schemas"]["VersionConflict"] | components["schemas"]["MessageGone"];
                };
            };
            /** @description 10008: request body too large; 10403: message content too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BodyTooLarge"] | components["schemas"]["MessageContentTooLong"];
                };
            };
            415: components["responses"]["UnsupportedEncoding"];
            429: components["responses"]["TooManyRequests"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "message-get": {
        parameters: {
            query?: {
                /** @description The id of the conversation; with `seqs`. */
                conversation_id?: components["schemas"]["ConversationId"];
                /** @description The numbers of the messages, 1 to 100 of them, separated by commas. */
                seqs?: string;
                /** @description Instead of these: the server's id of a message. */
                server_msg_id?: string;
            };
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["PullResponse"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            403: components["responses"]["NoPermission"];
            404: components["responses"]["MessageNotFound"];
            /** @description 20001: internal server error; 20002: storage unavailable; 20403: message pull failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"] | components["schemas"]["MessagePullFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "message-latest": {
        parameters: {
            query: {
                /** @description The ids of 1 to 20 conversations, separated by commas. */
                conversation_ids: string;
                /** @description Maximum number of messages of each conversation; 20 if 0 or absent. */
                limit?: number;
            };
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["LatestResponse"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 20001: internal server error; 20002: storage unavailable; 20403: message pull failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"] | components["schemas"]["MessagePullFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "message-max-seqs": {
        parameters: {
            query?: {
                /** @description `next_cursor` of the previous page; absent for the first page. */
                cursor?: string;
                /** @description Maximum number of items; 200 if 0 or absent. */
                limit?: number;
            };
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["MaxSeqs"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "message-pull": {
        parameters: {
            query: {
                /**
                 * @description Instead of a range: a seq. Its message is returned, with `limit / 2` before it and the rest of `limit` after it,
                 *     as far as there are. A seq that is not visible counts as the nearest visible one.
                 */
                around?: number;
                /** @description Instead of a range: a time. The first messages that were sent then or later are returned. */
                at?: components["schemas"]["Millis"];
                /** @description The first seq of a range; with `end_seq`. */
                begin_seq?: number;
                /** @description The id of the conversation. */
                conversation_id: components["schemas"]["ConversationId"];
                /** @description The last seq of a range, `begin_seq` or more. */
                end_seq?: number;
                /** @description Maximum number of items; 100 if 0 or absent. */
                limit?: number;
                /** @description The order of a range; `asc` if absent. With `desc`, `limit` keeps the newest messages instead of the oldest. */
                order?: components["schemas"]["Order"];
            };
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["PullResponse"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            403: components["responses"]["NoPermission"];
            /** @description 20001: internal server error; 20002: storage unavailable; 20403: message pull failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"] | components["schemas"]["MessagePullFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "message-readers": {
        parameters: {
            query: {
                /** @description The id of the conversation. */
                conversation_id: components["schemas"]["ConversationId"];
                /** @description `next_cursor` of the previous page; absent for the first. */
                cursor?: string;
                /** @description Maximum number of items; 100 if 0 or absent. */
                limit?: number;
                /** @description The number of the message. */
                seq: number;
                /** @description `read` for those who have read the message, the default; `unread` for the others. */
                state?: components["schemas"]["ReadState"];
            };
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Readers"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 10006: no permission to access this resource; 10303: not a group member */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoPermission"] | components["schemas"]["NotGroupMember"];
                };
            };
            404: components["responses"]["MessageNotFound"];
            /** @description 20001: internal server error; 20002: storage unavailable; 20403: message pull failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"] | components["schemas"]["MessagePullFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "message-replies": {
        parameters: {
            query: {
                /** @description The id of the conversation. */
                conversation_id: components["schemas"]["ConversationId"];
                /** @description `next_cursor` of the previous page; absent for the first. */
                cursor?: string;
                /** @description Maximum number of items; 100 if 0 or absent. */
                limit?: number;
                /** @description The number of the message. */
                seq: number;
            };
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Replies"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            403: components["responses"]["NoPermission"];
            404: components["responses"]["MessageNotFound"];
            /** @description 20001: internal server error; 20002: storage unavailable; 20403: message pull failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"] | components["schemas"]["MessagePullFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "message-revoke": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevokeMessagesRequest"];
            };
        };
        responses: {
            200: components["responses"]["Empty"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 10006: no permission to access this resource; 10303: not a group member */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoPermission"] | components["schemas"]["NotGroupMember"];
                };
            };
            404: components["responses"]["MessageNotFound"];
            /** @description 10302: group has been dismissed; 10404: message cannot be revoked */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupDismissed"] | components["schemas"]["NotRevocable"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            429: components["responses"]["TooManyRequests"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "message-send": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
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
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            403: components["responses"]["NotGroupMember"];
            /** @description 10201: user not found; 10301: group not found; 10401: message not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserNotFound"] | components["schemas"]["GroupNotFound"] | components["schemas"]["MessageNotFound"];
                };
            };
            /** @description 10302: group has been dismissed; 10402: duplicate message; 10410: message was revoked or removed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupDismissed"] | components["schemas"]["MessageDuplicate"] | components["schemas"]["MessageGone"];
                };
            };
            /** @description 10008: request body too large; 10403: message content too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BodyTooLarge"] | components["schemas"]["MessageContentTooLong"];
                };
            };
            415: components["responses"]["UnsupportedEncoding"];
            429: components["responses"]["TooManyRequests"];
            /** @description 20001: internal server error; 20002: storage unavailable; 20402: message send failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"] | components["schemas"]["MessageSendFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "message-typing": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
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
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 10006: no permission to access this resource; 10303: not a group member */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoPermission"] | components["schemas"]["NotGroupMember"];
                };
            };
            409: components["responses"]["GroupDismissed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            429: components["responses"]["TooManyRequests"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "message-versions": {
        parameters: {
            query: {
                /** @description The id of the conversation. */
                conversation_id: components["schemas"]["ConversationId"];
                /** @description The number of the message. */
                seq: number;
            };
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Versions"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            403: components["responses"]["NoPermission"];
            404: components["responses"]["MessageNotFound"];
            409: components["responses"]["MessageGone"];
            /** @description 20001: internal server error; 20002: storage unavailable; 20403: message pull failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"] | components["schemas"]["MessagePullFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "conversation-list": {
        parameters: {
            query?: {
                /** @description `next_cursor` of the previous page; absent for the first page. */
                cursor?: string;
                /** @description Maximum number of items; 100 if 0 or absent. */
                limit?: number;
                /** @description Whether to include the last visible message of each conversation. */
                with_last_message?: boolean;
            };
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Conversations"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "conversation-opt": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
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
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            403: components["responses"]["NoPermission"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            429: components["responses"]["TooManyRequests"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "conversation-read": {
        parameters: {
            query?: never;
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
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
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            403: components["responses"]["NoPermission"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "realtime-poll": {
        parameters: {
            query?: {
                /** @description `cursor` of the previous response; absent to get a cursor to start from. */
                cursor?: string;
                /** @description Seconds to wait, clamped to 0 to 50; 25 by default. */
                timeout?: number;
            };
            header?: {
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["PollResponse"];
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "realtime-stream": {
        parameters: {
            query?: {
                /** @description `cursor` of a poll or of `sync`; absent to get a cursor to start from. */
                cursor?: string;
                /** @description Seconds until the stream ends by itself, clamped to 0 to 300; 300 by default. */
                timeout?: number;
            };
            header?: {
                /** @description The id of the last event. It takes precedence over `cursor`. */
                "Last-Event-ID"?: components["parameters"]["LastEventId"];
                /** @description The platform of an external token; 5 by default. A native token carries its own. */
                "X-Platform-Id"?: components["parameters"]["PlatformHeader"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["InvalidParam"];
            /** @description 10101: token invalid; 10102: token expired; 10103: token missing */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenInvalid"] | components["schemas"]["TokenExpired"] | components["schemas"]["TokenMissing"];
                };
            };
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "internal-conversation-list": {
        parameters: {
            query?: {
                /** @description `next_cursor` of the previous page; absent for the first page. */
                cursor?: string;
                /** @description Maximum number of items; 100 if 0 or absent. */
                limit?: number;
                /** @description Whether to include the last visible message of each conversation. */
                with_last_message?: boolean;
            };
            header: {
                /** @description The user for whom the service calls: `u___<int64>` or `ag__<int64>`. */
                "X-User-Id": components["parameters"]["OnBehalf"];
                /** @description The name of the calling service. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 s off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Conversations"];
            400: components["responses"]["InvalidParam"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "internal-group-create": {
        parameters: {
            query?: never;
            header: {
                /** @description The user for whom the service calls: `u___<int64>` or `ag__<int64>`. */
                "X-User-Id": components["parameters"]["OnBehalf"];
                /** @description The name of the calling service. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 s off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
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
            400: components["responses"]["InvalidParam"];
            401: components["responses"]["Unauthorized"];
            /** @description 10004: not found; 10201: user not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotFound"] | components["schemas"]["UserNotFound"];
                };
            };
            409: components["responses"]["GroupFull"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "internal-group-join": {
        parameters: {
            query?: never;
            header: {
                /** @description The user for whom the service calls: `u___<int64>` or `ag__<int64>`. */
                "X-User-Id": components["parameters"]["OnBehalf"];
                /** @description The name of the calling service. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 s off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
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
            400: components["responses"]["InvalidParam"];
            401: components["responses"]["Unauthorized"];
            /** @description 10004: not found; 10201: user not found; 10301: group not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotFound"] | components["schemas"]["UserNotFound"] | components["schemas"]["GroupNotFound"];
                };
            };
            /** @description 10302: group has been dismissed; 10305: already a group member; 10309: group member limit reached */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupDismissed"] | components["schemas"]["AlreadyGroupMember"] | components["schemas"]["GroupFull"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "internal-group-kick": {
        parameters: {
            query?: never;
            header: {
                /** @description The user for whom the service calls: `u___<int64>` or `ag__<int64>`. */
                "X-User-Id": components["parameters"]["OnBehalf"];
                /** @description The name of the calling service. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 s off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
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
            400: components["responses"]["InvalidParam"];
            401: components["responses"]["Unauthorized"];
            /** @description 10006: no permission to access this resource; 10303: not a group member; 10307: not group admin; 10308: cannot kick group owner */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoPermission"] | components["schemas"]["NotGroupMember"] | components["schemas"]["NotGroupAdmin"] | components["schemas"]["CannotKickOwner"];
                };
            };
            /** @description 10004: not found; 10301: group not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotFound"] | components["schemas"]["GroupNotFound"];
                };
            };
            409: components["responses"]["GroupDismissed"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "internal-group-quit": {
        parameters: {
            query?: never;
            header: {
                /** @description The user for whom the service calls: `u___<int64>` or `ag__<int64>`. */
                "X-User-Id": components["parameters"]["OnBehalf"];
                /** @description The name of the calling service. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 s off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
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
            400: components["responses"]["InvalidParam"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["NotGroupMember"];
            /** @description 10004: not found; 10301: group not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotFound"] | components["schemas"]["GroupNotFound"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "internal-health": {
        parameters: {
            query?: never;
            header: {
                /** @description The name of the calling service. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 s off. */
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
            400: components["responses"]["InvalidParam"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "internal-message-send": {
        parameters: {
            query?: never;
            header: {
                /** @description The user for whom the service calls: `u___<int64>` or `ag__<int64>`. */
                "X-User-Id": components["parameters"]["OnBehalf"];
                /** @description The name of the calling service. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 s off. */
                "X-Timestamp": components["parameters"]["Timestamp"];
                /** @description 16 to 128 bytes, never used before. */
                "X-Nonce": components["parameters"]["Nonce"];
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
            400: components["responses"]["InvalidParam"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["NotGroupMember"];
            /** @description 10004: not found; 10201: user not found; 10301: group not found; 10401: message not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotFound"] | components["schemas"]["UserNotFound"] | components["schemas"]["GroupNotFound"] | components["schemas"]["MessageNotFound"];
                };
            };
            /** @description 10302: group has been dismissed; 10402: duplicate message; 10410: message was revoked or removed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupDismissed"] | components["schemas"]["MessageDuplicate"] | components["schemas"]["MessageGone"];
                };
            };
            /** @description 10008: request body too large; 10403: message content too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BodyTooLarge"] | components["schemas"]["MessageContentTooLong"];
                };
            };
            415: components["responses"]["UnsupportedEncoding"];
            /** @description 20001: internal server error; 20002: storage unavailable; 20402: message send failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"] | components["schemas"]["MessageSendFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "internal-user-info": {
        parameters: {
            query: {
                /** @description 1 to 100 ids, separated by commas. */
                user_ids: string;
            };
            header: {
                /** @description The name of the calling service. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 s off. */
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
            400: components["responses"]["InvalidParam"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "internal-user-online-status": {
        parameters: {
            query: {
                /** @description 1 to 100 ids, separated by commas. */
                user_ids: string;
            };
            header: {
                /** @description The name of the calling service. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 s off. */
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
            400: components["responses"]["InvalidParam"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "internal-user-revoke": {
        parameters: {
            query?: never;
            header: {
                /** @description The name of the calling service. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 s off. */
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
            400: components["responses"]["InvalidParam"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
        };
    };
    "internal-user-upsert": {
        parameters: {
            query?: never;
            header: {
                /** @description The name of the calling service. */
                "X-Service-Name": components["parameters"]["ServiceName"];
                /** @description Unix time in seconds, at most 300 s off. */
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
            400: components["responses"]["InvalidParam"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedEncoding"];
            /** @description 20001: internal server error; 20002: storage unavailable */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Internal"] | components["schemas"]["StoreFailed"];
                };
            };
            503: components["responses"]["AuthUnavailable"];
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
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Not healthy. */
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
    openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
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
}
