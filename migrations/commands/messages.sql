-- Sending, revoking and editing.

-- Stores a message to one user (recv_id), who may be the sender, or to a group (group_id); the other of the two is NULL.
-- The first message between two users creates their conversation, and the first message of an external user creates the
-- user, so that others can answer. A silent message is not counted as unread. A repeated client_msg_id with the same digest is ignored.
-- message_duplicate for a repeated one with another digest; user_not_found; group_not_found, not_group_member,
-- group_dismissed; message_not_found if quote_seq is not visible to the sender, message_gone if it is erased;
-- too_many_requests if subject has sent per_minute messages in this minute. Repeats do not count.
CREATE VIEW send_message
  (conversation_id, sender_id, recv_id, group_id, client_msg_id, server_msg_id, content_type, content, quote_seq, digest,
   silent, sender_read, subject, per_minute, now) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER send_message INSTEAD OF INSERT ON send_message
BEGIN
  SELECT iif(iif(digest IS NULL,
                 status <> 0 OR version > 1 OR (content_type = NEW.content_type AND content = NEW.content),
                 digest = NEW.digest),
             RAISE(IGNORE), RAISE(ABORT, 'longwave:message_duplicate'))
  FROM messages
  WHERE conversation_id = NEW.conversation_id
    AND sender_id = NEW.sender_id
    AND client_msg_id = NEW.client_msg_id;

  INSERT INTO require_user (user_id) VALUES (nullif(NEW.recv_id, NEW.sender_id));
  INSERT INTO require_group (group_id) VALUES (NEW.group_id);
  INSERT INTO require_member (group_id, user_id) VALUES (NEW.group_id, NEW.sender_id);
  INSERT INTO require_open_group (group_id) VALUES (NEW.group_id);
  INSERT INTO require_content (owner_id, conversation_id, seq)
  VALUES (NEW.sender_id, NEW.conversation_id, NEW.quote_seq);
  INSERT INTO count_in_minute (subject, per_minute, now) VALUES (NEW.subject, NEW.per_minute, NEW.now);

  INSERT INTO users (id, created_at, updated_at)
  SELECT NEW.sender_id, NEW.now, NEW.now WHERE NEW.sender_id NOT GLOB 'nx__*'
  ON CONFLICT DO NOTHING;

  -- The event comes first because its id becomes the conversation's last_event. Sending moves the sender's read
  -- position only if the sender had read everything before.
  INSERT INTO events (kind, conversation_id, seq, read_seq, created_at)
  SELECT 2001, NEW.conversation_id, seq,
         iif(NEW.sender_read AND seq - 1 = coalesce(
               (SELECT read_seq FROM user_conversations
                WHERE owner_id = NEW.sender_id AND conversation_id = NEW.conversation_id), 0),
             seq, NULL),
         NEW.now
  FROM (SELECT 1 + coalesce((SELECT max_seq FROM conversations WHERE id = NEW.conversation_id), 0) AS seq);

  INSERT INTO conversations
    (id, type, group_id, max_seq, counted, last_send_time, last_event, position, created_at)
  VALUES (NEW.conversation_id, iif(NEW.group_id IS NULL, 1, 2), NEW.group_id, 1, NOT NEW.silent, NEW.now,
          last_insert_rowid(), last_insert_rowid(), NEW.now)
  ON CONFLICT (id) DO UPDATE
  SET max_seq = max_seq + 1,
      counted = counted + excluded.counted,
      last_send_time = max(last_send_time, excluded.last_send_time),
      last_event = excluded.last_event,
      position = iif(NEW.silent, position, excluded.position);

  INSERT INTO user_conversations (owner_id, conversation_id, peer_user_id, created_at, updated_at)
  SELECT owner_id, NEW.conversation_id, peer_user_id, NEW.now, NEW.now
  FROM (SELECT NEW.sender_id AS owner_id, NEW.recv_id AS peer_user_id
        UNION ALL SELECT NEW.recv_id, NEW.sender_id)
  WHERE NEW.recv_id IS NOT NULL
  ON CONFLICT DO NOTHING;

  INSERT INTO messages
    (conversation_id, seq, server_msg_id, client_msg_id, sender_id, recv_id, content_type, content, quote_seq, digest,
     silent, counted, send_time)
  SELECT id, max_seq, NEW.server_msg_id, NEW.client_msg_id, NEW.sender_id, NEW.recv_id,
         NEW.content_type, NEW.content, NEW.quote_seq, NEW.digest, NEW.silent, counted, last_send_time
  FROM conversations WHERE id = NEW.conversation_id;

  UPDATE user_conversations
  SET read_seq = coalesce(event.read_seq, user_conversations.read_seq),
      read_counted = iif(event.read_seq IS NULL, read_counted, event.counted),
      read_at = iif(event.read_seq IS NULL, read_at, NEW.now),
      own_unread = own_unread + (event.read_seq IS NULL AND NOT NEW.silent)
  FROM (SELECT events.read_seq, conversations.counted
        FROM conversations JOIN events ON events.id = conversations.last_event
        WHERE conversations.id = NEW.conversation_id) AS event
  WHERE owner_id = NEW.sender_id AND conversation_id = NEW.conversation_id;
END;

-- Appends the event (2010) of a change of a message, for everybody who may see the message. change: revoked,
-- removed or edited. For use by other commands only.
CREATE VIEW append_message_change (conversation_id, seq, change, operator_id, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER append_message_change INSTEAD OF INSERT ON append_message_change
BEGIN
  INSERT INTO events (kind, conversation_id, seq, body, created_at)
  VALUES (2010, NEW.conversation_id, NEW.seq,
          json_object('conversation_id', NEW.conversation_id, 'seq', NEW.seq, 'change', NEW.change,
                      'operator_id', NEW.operator_id),
          NEW.now);
  UPDATE conversations SET last_event = last_insert_rowid(), last_change = last_insert_rowid()
  WHERE id = NEW.conversation_id;
  UPDATE messages SET change_event = conversations.last_change
  FROM conversations
  WHERE conversations.id = NEW.conversation_id
    AND messages.conversation_id = NEW.conversation_id AND messages.seq = NEW.seq;
END;

-- Revokes messages of a conversation: seqs, a JSON array; all of them, or none if one is refused. status becomes 1, or 2
-- if clients are to show nothing in their place. no_permission; not_group_member for a former member; those of
-- require_revocable.
CREATE VIEW revoke_messages (conversation_id, operator_id, seqs, status, own_from, unread_members_max, now) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER revoke_messages INSTEAD OF INSERT ON revoke_messages
BEGIN
  INSERT INTO require_conversation (owner_id, conversation_id) VALUES (NEW.operator_id, NEW.conversation_id);
  INSERT INTO require_participant (owner_id, conversation_id) VALUES (NEW.operator_id, NEW.conversation_id);
  INSERT INTO require_revocable (conversation_id, operator_id, seq, own_from)
  SELECT NEW.conversation_id, NEW.operator_id, value, NEW.own_from FROM json_each(NEW.seqs);
  INSERT INTO erase_message (conversation_id, operator_id, seq, status, unread_members_max, now)
  SELECT NEW.conversation_id, NEW.operator_id, value, NEW.status, NEW.unread_members_max, NEW.now
  FROM json_each(NEW.seqs);
END;

-- A message may be revoked by its sender if it was sent at own_from or later; by the owner of its group in any case; by
-- an admin if its sender is neither the owner nor an admin. message_not_found outside the visible messages;
-- group_dismissed for somebody else's message; not_revocable for an own one from before own_from; no_permission. One
-- that was revoked before is not checked. For use by revoke_messages only.
CREATE VIEW require_revocable (conversation_id, operator_id, seq, own_from) AS
SELECT NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER require_revocable INSTEAD OF INSERT ON require_revocable
BEGIN
  INSERT INTO require_message (owner_id, conversation_id, seq) VALUES (NEW.operator_id, NEW.conversation_id, NEW.seq);
  SELECT RAISE(IGNORE) FROM messages
  WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq AND status <> 0;
  INSERT INTO require_open_group (group_id)
  SELECT conversations.group_id
  FROM messages JOIN conversations ON conversations.id = messages.conversation_id
  WHERE messages.conversation_id = NEW.conversation_id AND seq = NEW.seq AND sender_id <> NEW.operator_id;
  SELECT iif(messages.sender_id = NEW.operator_id,
             RAISE(ABORT, 'longwave:not_revocable'), RAISE(ABORT, 'longwave:no_permission'))
  FROM messages
  JOIN conversations ON conversations.id = messages.conversation_id
  LEFT JOIN group_members AS operator
    ON operator.group_id = conversations.group_id AND operator.user_id = NEW.operator_id
  LEFT JOIN group_members AS sender
    ON sender.group_id = conversations.group_id AND sender.user_id = messages.sender_id
  WHERE messages.conversation_id = NEW.conversation_id AND messages.seq = NEW.seq
    AND NOT (messages.sender_id = NEW.operator_id AND messages.send_time >= NEW.own_from)
    AND NOT coalesce(operator.role = 3 OR (operator.role = 2 AND coalesce(sender.role, 1) = 1), FALSE);
END;

-- Erases the content of a message, unless that was done before. Nobody can read it any more, so it is unread for nobody:
-- it counts for each of its readers as an own one does. In groups with more than unread_members_max members it stays
-- unread until it is read. For use by other commands only.
CREATE VIEW erase_message (conversation_id, operator_id, seq, status, unread_members_max, now) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER erase_message INSTEAD OF INSERT ON erase_message
BEGIN
  SELECT RAISE(IGNORE) FROM messages
  WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq AND status <> 0;
  UPDATE messages
  SET content = '{}', quote_seq = NULL, status = NEW.status, changed_by = NEW.operator_id, changed_at = NEW.now,
      version = 1, edited_at = NULL, edit_event = 0,
      discounted = NOT silent AND NOT EXISTS (
        SELECT 1 FROM conversations JOIN groups ON groups.id = conversations.group_id
        WHERE conversations.id = NEW.conversation_id AND member_count > NEW.unread_members_max)
  WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq;
  DELETE FROM message_versions WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq;
  INSERT INTO append_message_change (conversation_id, seq, change, operator_id, now)
  VALUES (NEW.conversation_id, NEW.seq, iif(NEW.status = 1, 'revoked', 'removed'), NEW.operator_id, NEW.now);
  UPDATE user_conversations SET own_unread = own_unread + 1
  FROM (SELECT sender_id FROM messages
        WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq AND discounted) AS message
  WHERE conversation_id = NEW.conversation_id AND peer_user_id IS NULL AND owner_id <> message.sender_id
    AND read_seq < NEW.seq AND NEW.seq BETWEEN min_seq AND coalesce(max_seq, NEW.seq);
  UPDATE user_conversations SET own_unread = own_unread + 1
  FROM (SELECT recv_id FROM messages
        WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq AND discounted
          AND recv_id <> sender_id) AS message
  WHERE conversation_id = NEW.conversation_id AND owner_id = message.recv_id AND read_seq < NEW.seq;
END;

-- A sender replaces the content of a message. The same content again is ignored. no_permission; not_group_member for a
-- former member; message_not_found outside the visible messages; message_gone if it is erased; group_dismissed;
-- not_editable if it is somebody else's, of a type other than 1, 9 and 100, or sent before sent_from; version_conflict
-- unless base_version is NULL or the stored version; too_many_requests if subject has edited per_minute messages in
-- this minute. If keeps_versions, the first version stays readable, and the 19 before the new one.
CREATE VIEW edit_message
  (conversation_id, editor_id, seq, content, base_version, sent_from, keeps_versions, subject, per_minute, now) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER edit_message INSTEAD OF INSERT ON edit_message
BEGIN
  INSERT INTO require_conversation (owner_id, conversation_id) VALUES (NEW.editor_id, NEW.conversation_id);
  INSERT INTO require_participant (owner_id, conversation_id) VALUES (NEW.editor_id, NEW.conversation_id);
  INSERT INTO require_content (owner_id, conversation_id, seq) VALUES (NEW.editor_id, NEW.conversation_id, NEW.seq);
  SELECT RAISE(IGNORE) FROM messages
  WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq AND sender_id = NEW.editor_id AND content = NEW.content;
  INSERT INTO require_open_group (group_id)
  VALUES ((SELECT group_id FROM conversations WHERE id = NEW.conversation_id));
  SELECT RAISE(ABORT, 'longwave:not_editable') FROM messages
  WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq
    AND (sender_id <> NEW.editor_id OR content_type NOT IN (1, 9, 100) OR send_time < NEW.sent_from);
  SELECT RAISE(ABORT, 'longwave:version_conflict') FROM messages
  WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq AND version <> NEW.base_version;
  INSERT INTO count_in_minute (subject, per_minute, now) VALUES (NEW.subject, NEW.per_minute, NEW.now);

  INSERT INTO append_message_change (conversation_id, seq, change, operator_id, now)
  VALUES (NEW.conversation_id, NEW.seq, 'edited', NEW.editor_id, NEW.now);
  INSERT INTO message_versions (conversation_id, seq, version, content, edited_at, since_event, until_event)
  SELECT conversation_id, seq, version, content, edited_at, edit_event, change_event
  FROM messages WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq AND NEW.keeps_versions;
  UPDATE messages
  SET content = NEW.content, version = version + 1, edited_at = NEW.now, edit_event = change_event
  WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq;
  DELETE FROM message_versions
  WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq
    AND version BETWEEN 2 AND (SELECT version - 20 FROM messages
                               WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq);
END;
