-- Registration (contract A.2). 10202 when the name is taken.
CREATE VIEW register_user (id, username, password_hash, nickname, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER register_user INSTEAD OF INSERT ON register_user
BEGIN
  SELECT RAISE(ABORT, 'longwave:10202') FROM users WHERE username = NEW.username AND username <> '';
  INSERT INTO users (id, username, password_hash, nickname, created_at, updated_at)
  VALUES (NEW.id, NEW.username, NEW.password_hash, NEW.nickname, NEW.now, NEW.now);
END;

-- A user changes the own profile; NULL keeps a field. 10201 when there is no such user. What
-- changes nothing is no change: no new updated_at, no event.
CREATE VIEW update_profile (user_id, nickname, avatar, extra, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER update_profile INSTEAD OF INSERT ON update_profile
BEGIN
  SELECT RAISE(ABORT, 'longwave:10201') WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id);
  UPDATE users
  SET nickname = coalesce(NEW.nickname, nickname),
      avatar = coalesce(NEW.avatar, avatar),
      extra = coalesce(NEW.extra, extra),
      updated_at = max(NEW.now, updated_at)
  WHERE id = NEW.user_id
    AND (nickname <> NEW.nickname OR avatar <> NEW.avatar OR extra <> NEW.extra);
  INSERT INTO events (kind, user_id, body, created_at)
  SELECT 2008, id,
         json_object('user_id', id, 'nickname', nickname, 'avatar', avatar, 'extra', extra,
                     'created_at', created_at, 'updated_at', updated_at),
         NEW.now
  FROM users WHERE id = NEW.user_id AND changes() > 0;
END;

-- A message to one other user (contract A.2, B.2): its conversation is made with the first one.
-- 10201 when there is no such recipient. The same client_msg_id again is a repeat when type and
-- content are the same (nothing happens), and 10402 otherwise (field F10).
CREATE VIEW send_single_message
  (conversation_id, sender_id, recv_id, client_msg_id, server_msg_id, content_type, content, sender_read, now) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER send_single_message INSTEAD OF INSERT ON send_single_message
BEGIN
  SELECT iif(content_type = NEW.content_type AND content = NEW.content,
             RAISE(IGNORE), RAISE(ABORT, 'longwave:10402'))
  FROM messages
  WHERE conversation_id = NEW.conversation_id
    AND sender_id = NEW.sender_id
    AND client_msg_id = NEW.client_msg_id;

  SELECT RAISE(ABORT, 'longwave:10201') WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.recv_id);

  -- The event comes first because its id is the conversation's last_event. Sending moves the
  -- sender's read position only when everything before was read (field F14).
  INSERT INTO events (kind, conversation_id, seq, read_seq, created_at)
  SELECT 2001, NEW.conversation_id, seq,
         iif(NEW.sender_read AND seq - 1 = coalesce(
               (SELECT read_seq FROM user_conversations
                WHERE owner_id = NEW.sender_id AND conversation_id = NEW.conversation_id), 0),
             seq, NULL),
         NEW.now
  FROM (SELECT 1 + coalesce((SELECT max_seq FROM conversations WHERE id = NEW.conversation_id), 0) AS seq);

  INSERT INTO conversations (id, type, max_seq, last_send_time, last_event, created_at)
  VALUES (NEW.conversation_id, 1, 1, NEW.now, last_insert_rowid(), NEW.now)
  ON CONFLICT (id) DO UPDATE
  SET max_seq = max_seq + 1,
      last_send_time = max(last_send_time, excluded.last_send_time),
      last_event = excluded.last_event;

  INSERT INTO user_conversations (owner_id, conversation_id, peer_user_id, created_at)
  VALUES (NEW.sender_id, NEW.conversation_id, NEW.recv_id, NEW.now),
         (NEW.recv_id, NEW.conversation_id, NEW.sender_id, NEW.now)
  ON CONFLICT DO NOTHING;

  INSERT INTO messages
    (conversation_id, seq, server_msg_id, client_msg_id, sender_id, recv_id, content_type, content, send_time)
  SELECT id, max_seq, NEW.server_msg_id, NEW.client_msg_id, NEW.sender_id, NEW.recv_id,
         NEW.content_type, NEW.content, last_send_time
  FROM conversations WHERE id = NEW.conversation_id;

  UPDATE user_conversations SET read_seq = event.read_seq
  FROM (SELECT events.read_seq
        FROM conversations JOIN events ON events.id = conversations.last_event
        WHERE conversations.id = NEW.conversation_id) AS event
  WHERE owner_id = NEW.sender_id AND conversation_id = NEW.conversation_id AND event.read_seq IS NOT NULL;
END;
