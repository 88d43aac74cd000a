-- Sending.

-- Stores a message to one user (recv_id) or to a group (group_id); the other of the two is NULL. The first message
-- between two users creates their conversation, and the first message of an external user creates the user, so that
-- others can answer. A silent message is not counted as unread. A repeated client_msg_id with the same digest is ignored.
-- message_duplicate for a repeated one with another digest; user_not_found; group_not_found, not_group_member,
-- group_dismissed; too_many_requests if subject has sent per_minute messages in this minute. Repeats do not count.
CREATE VIEW send_message
  (conversation_id, sender_id, recv_id, group_id, client_msg_id, server_msg_id, content_type, content, digest, silent,
   sender_read, subject, per_minute, now) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER send_message INSTEAD OF INSERT ON send_message
BEGIN
  SELECT iif(iif(digest IS NULL, content_type = NEW.content_type AND content = NEW.content, digest = NEW.digest),
             RAISE(IGNORE), RAISE(ABORT, 'longwave:message_duplicate'))
  FROM messages
  WHERE conversation_id = NEW.conversation_id
    AND sender_id = NEW.sender_id
    AND client_msg_id = NEW.client_msg_id;

  INSERT INTO require_user (user_id) VALUES (NEW.recv_id);
  INSERT INTO require_group (group_id) VALUES (NEW.group_id);
  INSERT INTO require_member (group_id, user_id) VALUES (NEW.group_id, NEW.sender_id);
  INSERT INTO require_open_group (group_id) VALUES (NEW.group_id);
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
    (conversation_id, seq, server_msg_id, client_msg_id, sender_id, recv_id, content_type, content, digest, silent,
     counted, send_time)
  SELECT id, max_seq, NEW.server_msg_id, NEW.client_msg_id, NEW.sender_id, NEW.recv_id,
         NEW.content_type, NEW.content, NEW.digest, NEW.silent, counted, last_send_time
  FROM conversations WHERE id = NEW.conversation_id;

  UPDATE user_conversations
  SET read_seq = coalesce(event.read_seq, user_conversations.read_seq),
      read_counted = iif(event.read_seq IS NULL, read_counted, event.counted),
      own_unread = own_unread + (event.read_seq IS NULL AND NOT NEW.silent)
  FROM (SELECT events.read_seq, conversations.counted
        FROM conversations JOIN events ON events.id = conversations.last_event
        WHERE conversations.id = NEW.conversation_id) AS event
  WHERE owner_id = NEW.sender_id AND conversation_id = NEW.conversation_id;
END;
