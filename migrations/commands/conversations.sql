-- Conversations: visibility, read positions, options and typing.

-- The part of each conversation that its owner may see, with the number of unread messages. Every read of messages,
-- lists and positions uses this view. counted is the number of counted messages up to max_seq. Edits after
-- until_event are not visible. position orders a user's
-- list; joining a group moves it for the one who joins.
CREATE VIEW visible_conversations AS
SELECT user_conversations.owner_id,
       user_conversations.conversation_id,
       conversations.type,
       user_conversations.peer_user_id,
       conversations.group_id,
       user_conversations.min_seq,
       coalesce(user_conversations.max_seq, conversations.max_seq) AS max_seq,
       coalesce(user_conversations.last_event, 9223372036854775807) AS until_event,
       user_conversations.read_seq,
       conversations.last_change,
       coalesce(user_conversations.max_counted, conversations.counted) AS counted,
       coalesce(user_conversations.max_counted, conversations.counted)
         - user_conversations.read_counted - user_conversations.own_unread AS unread,
       user_conversations.recv_msg_opt,
       user_conversations.is_pinned,
       iif(user_conversations.last_event IS NULL,
           max(conversations.last_send_time, user_conversations.updated_at),
           user_conversations.updated_at) AS updated_at,
       max(coalesce(user_conversations.last_position, conversations.position), user_conversations.first_event) AS position
FROM user_conversations
JOIN conversations ON conversations.id = user_conversations.conversation_id
-- A former member who left before any message was visible sees nothing of the conversation.
WHERE coalesce(user_conversations.max_seq, user_conversations.min_seq) >= user_conversations.min_seq;

-- Moves a user's read position to read_seq. It is limited to the visible messages and never moves back; if it moves,
-- the user's sessions receive it (2003), and the others in the conversation a receipt (2011): the other user, or the
-- members of a group with at most live_members_max. no_permission.
CREATE VIEW mark_read (owner_id, conversation_id, read_seq, live_members_max, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER mark_read INSTEAD OF INSERT ON mark_read
BEGIN
  INSERT INTO require_conversation (owner_id, conversation_id) VALUES (NEW.owner_id, NEW.conversation_id);
  SELECT RAISE(IGNORE) FROM visible_conversations
  WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id
    AND min(NEW.read_seq, max_seq) <= read_seq;
  UPDATE user_conversations
  SET read_seq = min(NEW.read_seq, visible.max_seq),
      read_counted = iif(NEW.read_seq >= visible.max_seq, visible.counted,
                         (SELECT coalesce(messages.counted, messages.seq) FROM messages
                          WHERE messages.conversation_id = NEW.conversation_id AND messages.seq = NEW.read_seq)),
      own_unread = iif(own_unread = 0 OR NEW.read_seq >= visible.max_seq, 0,
                       own_unread - (SELECT count(*) FROM messages
                                     WHERE messages.conversation_id = NEW.conversation_id
                                       AND messages.seq > user_conversations.read_seq
                                       AND messages.seq <= NEW.read_seq
                                       AND (messages.sender_id = NEW.owner_id OR messages.discounted)
                                       AND NOT messages.silent)),
      read_at = NEW.now
  FROM (SELECT max_seq, counted FROM visible_conversations
        WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id) AS visible
  WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id;
  INSERT INTO events (kind, user_id, body, created_at)
  SELECT 2003, owner_id,
         json_object('conversation_id', conversation_id, 'read_seq', read_seq, 'unread', unread), NEW.now
  FROM visible_conversations WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id;
  INSERT INTO events (kind, user_id, conversation_id, seq, body, created_at)
  SELECT 2011, peer_user_id, iif(peer_user_id IS NULL, conversation_id, NULL), iif(peer_user_id IS NULL, read_seq, NULL),
         json_object('conversation_id', conversation_id, 'user_id', owner_id, 'read_seq', read_seq, 'read_at', read_at),
         NEW.now
  FROM user_conversations
  WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id AND last_event IS NULL
    AND (peer_user_id <> owner_id
         OR EXISTS (SELECT 1 FROM conversations JOIN groups ON groups.id = conversations.group_id
                    WHERE conversations.id = NEW.conversation_id AND member_count <= NEW.live_members_max));
  UPDATE conversations SET last_event = last_insert_rowid()
  WHERE id = NEW.conversation_id AND type = 2 AND changes() > 0;
END;

-- Sets a user's options of a conversation; NULL keeps an option. If one changed, the user's sessions receive them
-- (2007). no_permission.
CREATE VIEW set_conversation_options (owner_id, conversation_id, recv_msg_opt, is_pinned, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER set_conversation_options INSTEAD OF INSERT ON set_conversation_options
BEGIN
  INSERT INTO require_conversation (owner_id, conversation_id) VALUES (NEW.owner_id, NEW.conversation_id);
  SELECT RAISE(IGNORE) FROM user_conversations
  WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id
    AND recv_msg_opt = coalesce(NEW.recv_msg_opt, recv_msg_opt)
    AND is_pinned = coalesce(NEW.is_pinned, is_pinned);
  UPDATE user_conversations
  SET recv_msg_opt = coalesce(NEW.recv_msg_opt, recv_msg_opt),
      is_pinned = coalesce(NEW.is_pinned, is_pinned),
      updated_at = max(NEW.now, updated_at)
  WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id;
  INSERT INTO events (kind, user_id, body, created_at)
  SELECT 2007, owner_id,
         json_object('conversation_id', conversation_id, 'recv_msg_opt', recv_msg_opt,
                     'is_pinned', json(iif(is_pinned, 'true', 'false'))), NEW.now
  FROM user_conversations WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id;
END;

-- Appends the event that a user is typing in a conversation (2009), for clients that poll within the next seconds.
-- no_permission; not_group_member for a former member; group_dismissed; too_many_requests if subject was
-- counted per_minute times in this minute already.
CREATE VIEW announce_typing (conversation_id, user_id, subject, per_minute, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER announce_typing INSTEAD OF INSERT ON announce_typing
BEGIN
  INSERT INTO require_conversation (owner_id, conversation_id) VALUES (NEW.user_id, NEW.conversation_id);
  INSERT INTO require_participant (owner_id, conversation_id) VALUES (NEW.user_id, NEW.conversation_id);
  INSERT INTO require_open_group (group_id)
  VALUES ((SELECT group_id FROM conversations WHERE id = NEW.conversation_id));
  INSERT INTO count_in_minute (subject, per_minute, now) VALUES (NEW.subject, NEW.per_minute, NEW.now);
  INSERT INTO events (kind, conversation_id, seq, body, created_at)
  SELECT 2009, id, max_seq, json_object('conversation_id', id, 'user_id', NEW.user_id), NEW.now
  FROM conversations WHERE id = NEW.conversation_id;
END;
