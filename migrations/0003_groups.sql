-- Groups, and what a member sets for a conversation.

-- Events of the conversation concern its owner from first_event to last_event, or to the newest
-- while last_event is NULL (open). own_unread counts the owner's messages behind read_seq: they
-- are not unread (field F14), and counting them here keeps lists from reading messages.
ALTER TABLE user_conversations ADD COLUMN first_event INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user_conversations ADD COLUMN last_event INTEGER;
ALTER TABLE user_conversations ADD COLUMN own_unread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user_conversations ADD COLUMN recv_msg_opt INTEGER NOT NULL DEFAULT 0
  CONSTRAINT recv_msg_opt_is_normal_or_mute CHECK (recv_msg_opt IN (0, 1));
ALTER TABLE user_conversations ADD COLUMN is_pinned INTEGER NOT NULL DEFAULT 0
  CONSTRAINT is_pinned_is_boolean CHECK (is_pinned IN (0, 1));
ALTER TABLE user_conversations ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;

-- Whom an event of a group concerns.
CREATE INDEX user_conversations_of_groups ON user_conversations (conversation_id, owner_id, first_event, last_event)
  WHERE peer_user_id IS NULL;

-- status: 0 normal, 1 dismissed.
CREATE TABLE groups (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  avatar       TEXT NOT NULL,
  introduction TEXT NOT NULL,
  extra        TEXT NOT NULL,
  owner_id     TEXT NOT NULL,
  status       INTEGER NOT NULL DEFAULT 0,
  member_count INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  CONSTRAINT group_status_is_normal_or_dismissed CHECK (status IN (0, 1)),
  CONSTRAINT group_members_are_not_negative CHECK (member_count >= 0)
) STRICT, WITHOUT ROWID;

-- role: 1 member, 2 admin, 3 owner.
CREATE TABLE group_members (
  group_id        TEXT NOT NULL REFERENCES groups (id),
  user_id         TEXT NOT NULL,
  role            INTEGER NOT NULL DEFAULT 1,
  nickname        TEXT NOT NULL DEFAULT '',
  inviter_user_id TEXT NOT NULL DEFAULT '',
  joined_at       INTEGER NOT NULL,
  PRIMARY KEY (group_id, user_id),
  CONSTRAINT group_role_is_known CHECK (role IN (1, 2, 3))
) STRICT, WITHOUT ROWID;

-- What a member may see of a conversation, and what is unread of it: the one definition that every
-- read of messages, lists and positions goes through (field F8). position orders a user's list.
CREATE VIEW visible_conversations AS
SELECT user_conversations.owner_id,
       user_conversations.conversation_id,
       conversations.type,
       user_conversations.peer_user_id,
       conversations.group_id,
       user_conversations.min_seq,
       coalesce(user_conversations.max_seq, conversations.max_seq) AS max_seq,
       user_conversations.read_seq,
       max(0, coalesce(user_conversations.max_seq, conversations.max_seq)
              - max(user_conversations.read_seq, user_conversations.min_seq - 1)
              - user_conversations.own_unread) AS unread,
       user_conversations.recv_msg_opt,
       user_conversations.is_pinned,
       iif(user_conversations.last_event IS NULL,
           max(conversations.last_send_time, user_conversations.updated_at),
           user_conversations.updated_at) AS updated_at,
       coalesce(user_conversations.last_event, conversations.last_event) AS position
FROM user_conversations
JOIN conversations ON conversations.id = user_conversations.conversation_id
-- Somebody who left before there was a message has nothing of it (contract B.2).
WHERE coalesce(user_conversations.max_seq, user_conversations.min_seq) >= user_conversations.min_seq;

-- A change of a group, as an event for all its members (field F21): change is a word of the
-- design's frame 2006, user_ids a JSON array of those it happened to. Only other commands use this.
CREATE VIEW append_group_event (group_id, change, operator_id, user_ids, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER append_group_event INSTEAD OF INSERT ON append_group_event
BEGIN
  INSERT INTO events (kind, conversation_id, seq, body, created_at)
  SELECT 2006, id, max_seq,
         json_object('group_id', NEW.group_id, 'conversation_id', id, 'change', NEW.change,
                     'operator_id', NEW.operator_id, 'user_ids', json(NEW.user_ids)),
         NEW.now
  FROM conversations WHERE id = 'sg_' || NEW.group_id;
  UPDATE conversations SET last_event = last_insert_rowid() WHERE id = 'sg_' || NEW.group_id;
END;

-- A new group (contract A.2) of its owner and member_ids, a JSON array without the owner and
-- without repetitions. 10201 when one of them does not exist, 10309 when they are more than
-- max_members.
CREATE VIEW create_group
  (group_id, owner_id, name, avatar, introduction, extra, member_ids, max_members, now) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER create_group INSTEAD OF INSERT ON create_group
BEGIN
  SELECT RAISE(ABORT, 'longwave:10309') WHERE 1 + json_array_length(NEW.member_ids) > NEW.max_members;
  SELECT RAISE(ABORT, 'longwave:10201') WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.owner_id);
  SELECT RAISE(ABORT, 'longwave:10201') FROM json_each(NEW.member_ids) AS member
  WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = member.value);

  INSERT INTO groups (id, name, avatar, introduction, extra, owner_id, member_count, created_at, updated_at)
  VALUES (NEW.group_id, NEW.name, NEW.avatar, NEW.introduction, NEW.extra, NEW.owner_id,
          1 + json_array_length(NEW.member_ids), NEW.now, NEW.now);
  INSERT INTO group_members (group_id, user_id, role, inviter_user_id, joined_at)
  SELECT NEW.group_id, NEW.owner_id, 3, '', NEW.now
  UNION ALL
  SELECT NEW.group_id, value, 1, NEW.owner_id, NEW.now FROM json_each(NEW.member_ids);
  INSERT INTO conversations (id, type, group_id, last_event, created_at)
  VALUES ('sg_' || NEW.group_id, 2, NEW.group_id, 0, NEW.now);
  INSERT INTO append_group_event (group_id, change, operator_id, user_ids, now)
  VALUES (NEW.group_id, 'created', NEW.owner_id,
          (SELECT json_group_array(user_id) FROM group_members WHERE group_id = NEW.group_id), NEW.now);
  INSERT INTO user_conversations (owner_id, conversation_id, created_at, updated_at)
  SELECT user_id, 'sg_' || NEW.group_id, NEW.now, NEW.now FROM group_members WHERE group_id = NEW.group_id;
END;

-- Somebody joins (contract A.2, B.2): what was said before stays invisible, a second time too
-- (field F13). 10301, 10302 for the group, 10201 without a profile, 10305 for a member, 10309 when
-- there are max_members already.
CREATE VIEW join_group (group_id, user_id, max_members, now) AS
SELECT NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER join_group INSTEAD OF INSERT ON join_group
BEGIN
  SELECT RAISE(ABORT, 'longwave:10301') WHERE NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id);
  SELECT RAISE(ABORT, 'longwave:10302') FROM groups WHERE id = NEW.group_id AND status = 1;
  SELECT RAISE(ABORT, 'longwave:10201') WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id);
  SELECT RAISE(ABORT, 'longwave:10305') FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.user_id;
  SELECT RAISE(ABORT, 'longwave:10309') FROM groups WHERE id = NEW.group_id AND member_count >= NEW.max_members;

  INSERT INTO group_members (group_id, user_id, joined_at) VALUES (NEW.group_id, NEW.user_id, NEW.now);
  UPDATE groups SET member_count = member_count + 1 WHERE id = NEW.group_id;
  INSERT INTO append_group_event (group_id, change, operator_id, user_ids, now)
  VALUES (NEW.group_id, 'joined', NEW.user_id, json_array(NEW.user_id), NEW.now);
  INSERT INTO user_conversations
    (owner_id, conversation_id, min_seq, read_seq, first_event, created_at, updated_at)
  SELECT NEW.user_id, id, max_seq + 1, max_seq, last_event, NEW.now, NEW.now
  FROM conversations WHERE id = 'sg_' || NEW.group_id
  ON CONFLICT (owner_id, conversation_id) DO UPDATE
  SET min_seq = excluded.min_seq, max_seq = NULL, read_seq = excluded.read_seq, own_unread = 0,
      first_event = excluded.first_event, last_event = NULL, updated_at = max(excluded.updated_at, updated_at);
END;

-- A member goes: membership, the freeze of what is visible and the event, at once (field F11).
-- The last thing the member hears is that event. Only quit_group and kick_group_member use this.
CREATE VIEW remove_group_member (group_id, user_id, change, operator_id, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER remove_group_member INSTEAD OF INSERT ON remove_group_member
BEGIN
  DELETE FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.user_id;
  UPDATE groups SET member_count = member_count - 1 WHERE id = NEW.group_id;
  INSERT INTO append_group_event (group_id, change, operator_id, user_ids, now)
  VALUES (NEW.group_id, NEW.change, NEW.operator_id, json_array(NEW.user_id), NEW.now);
  UPDATE user_conversations
  SET max_seq = conversations.max_seq, last_event = conversations.last_event,
      updated_at = max(NEW.now, user_conversations.updated_at, conversations.last_send_time)
  FROM conversations
  WHERE conversations.id = user_conversations.conversation_id
    AND user_conversations.owner_id = NEW.user_id
    AND user_conversations.conversation_id = 'sg_' || NEW.group_id;
END;

-- A member leaves (contract A.2), a dismissed group too (field F20), which alone lets its owner go.
-- 10301, 10303, 10001.
CREATE VIEW quit_group (group_id, user_id, now) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER quit_group INSTEAD OF INSERT ON quit_group
BEGIN
  SELECT RAISE(ABORT, 'longwave:10301') WHERE NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id);
  SELECT RAISE(ABORT, 'longwave:10303')
  WHERE NOT EXISTS (SELECT 1 FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.user_id);
  SELECT RAISE(ABORT, 'longwave:10001:owner cannot quit the group')
  FROM groups WHERE id = NEW.group_id AND owner_id = NEW.user_id AND status = 0;
  INSERT INTO remove_group_member (group_id, user_id, change, operator_id, now)
  VALUES (NEW.group_id, NEW.user_id, 'left', NEW.user_id, NEW.now);
END;

-- The owner or an admin removes a member (contract A.2). 10301, 10302 for the group; 10303 when the
-- operator or the user is no member; 10307 for an operator without the role; 10001 for oneself;
-- 10308 for the owner; 10006 for an admin who removes another.
CREATE VIEW kick_group_member (group_id, operator_id, user_id, now) AS
SELECT NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER kick_group_member INSTEAD OF INSERT ON kick_group_member
BEGIN
  SELECT RAISE(ABORT, 'longwave:10301') WHERE NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id);
  SELECT RAISE(ABORT, 'longwave:10303')
  WHERE NOT EXISTS (SELECT 1 FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.operator_id);
  SELECT RAISE(ABORT, 'longwave:10302') FROM groups WHERE id = NEW.group_id AND status = 1;
  SELECT RAISE(ABORT, 'longwave:10307')
  FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.operator_id AND role = 1;
  SELECT RAISE(ABORT, 'longwave:10001:use quit to leave the group') WHERE NEW.user_id = NEW.operator_id;
  SELECT RAISE(ABORT, 'longwave:10303')
  WHERE NOT EXISTS (SELECT 1 FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.user_id);
  SELECT iif(target.role = 3, RAISE(ABORT, 'longwave:10308'), RAISE(ABORT, 'longwave:10006'))
  FROM group_members AS target
  JOIN group_members AS operator ON operator.group_id = target.group_id AND operator.user_id = NEW.operator_id
  WHERE target.group_id = NEW.group_id AND target.user_id = NEW.user_id AND target.role >= operator.role;
  INSERT INTO remove_group_member (group_id, user_id, change, operator_id, now)
  VALUES (NEW.group_id, NEW.user_id, 'kicked', NEW.operator_id, NEW.now);
END;

-- The owner closes the group (design, "Settled details"): nobody joins or writes any more, everybody
-- may read and leave. 10301, 10303, 10306, and 10302 the second time.
CREATE VIEW dismiss_group (group_id, operator_id, now) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER dismiss_group INSTEAD OF INSERT ON dismiss_group
BEGIN
  SELECT RAISE(ABORT, 'longwave:10301') WHERE NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id);
  SELECT RAISE(ABORT, 'longwave:10303')
  WHERE NOT EXISTS (SELECT 1 FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.operator_id);
  SELECT RAISE(ABORT, 'longwave:10306') FROM groups WHERE id = NEW.group_id AND owner_id <> NEW.operator_id;
  SELECT RAISE(ABORT, 'longwave:10302') FROM groups WHERE id = NEW.group_id AND status = 1;
  UPDATE groups SET status = 1, updated_at = max(NEW.now, updated_at) WHERE id = NEW.group_id;
  INSERT INTO append_group_event (group_id, change, operator_id, user_ids, now)
  VALUES (NEW.group_id, 'dismissed', NEW.operator_id, '[]', NEW.now);
END;

-- The owner makes another member the owner and becomes a member. 10301, 10303, 10302, 10306, 10001.
CREATE VIEW transfer_group (group_id, operator_id, user_id, now) AS
SELECT NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER transfer_group INSTEAD OF INSERT ON transfer_group
BEGIN
  SELECT RAISE(ABORT, 'longwave:10301') WHERE NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id);
  SELECT RAISE(ABORT, 'longwave:10303')
  WHERE NOT EXISTS (SELECT 1 FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.operator_id);
  SELECT RAISE(ABORT, 'longwave:10302') FROM groups WHERE id = NEW.group_id AND status = 1;
  SELECT RAISE(ABORT, 'longwave:10306') FROM groups WHERE id = NEW.group_id AND owner_id <> NEW.operator_id;
  SELECT RAISE(ABORT, 'longwave:10001:you are the owner already') WHERE NEW.user_id = NEW.operator_id;
  SELECT RAISE(ABORT, 'longwave:10303')
  WHERE NOT EXISTS (SELECT 1 FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.user_id);
  UPDATE groups SET owner_id = NEW.user_id, updated_at = max(NEW.now, updated_at) WHERE id = NEW.group_id;
  UPDATE group_members SET role = iif(user_id = NEW.user_id, 3, 1)
  WHERE group_id = NEW.group_id AND user_id IN (NEW.user_id, NEW.operator_id);
  INSERT INTO append_group_event (group_id, change, operator_id, user_ids, now)
  VALUES (NEW.group_id, 'transferred', NEW.operator_id, json_array(NEW.user_id), NEW.now);
END;

-- A message to one other user, recv_id, or to a group, group_id (contract A.2, B.2); the other of
-- the two is NULL. A single conversation is made with its first message. 10201 when there is no
-- such recipient; 10301, 10302, 10303 for a group. The same client_msg_id again is a repeat when
-- type and content are the same (nothing happens), and 10402 otherwise (field F10). The first message of a user
-- of the platform makes the profile, so that it can be answered.
CREATE VIEW send_message
  (conversation_id, sender_id, recv_id, group_id, client_msg_id, server_msg_id, content_type, content, sender_read, now) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER send_message INSTEAD OF INSERT ON send_message
BEGIN
  SELECT iif(content_type = NEW.content_type AND content = NEW.content,
             RAISE(IGNORE), RAISE(ABORT, 'longwave:10402'))
  FROM messages
  WHERE conversation_id = NEW.conversation_id
    AND sender_id = NEW.sender_id
    AND client_msg_id = NEW.client_msg_id;

  SELECT RAISE(ABORT, 'longwave:10201')
  WHERE NEW.recv_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.recv_id);
  SELECT RAISE(ABORT, 'longwave:10301')
  WHERE NEW.group_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id);
  SELECT RAISE(ABORT, 'longwave:10303')
  WHERE NEW.group_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.sender_id);
  SELECT RAISE(ABORT, 'longwave:10302') FROM groups WHERE id = NEW.group_id AND status = 1;

  INSERT INTO users (id, created_at, updated_at)
  SELECT NEW.sender_id, NEW.now, NEW.now WHERE NEW.sender_id NOT GLOB 'nx__*'
  ON CONFLICT DO NOTHING;

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

  INSERT INTO conversations (id, type, group_id, max_seq, last_send_time, last_event, created_at)
  VALUES (NEW.conversation_id, iif(NEW.group_id IS NULL, 1, 2), NEW.group_id, 1, NEW.now, last_insert_rowid(), NEW.now)
  ON CONFLICT (id) DO UPDATE
  SET max_seq = max_seq + 1,
      last_send_time = max(last_send_time, excluded.last_send_time),
      last_event = excluded.last_event;

  INSERT INTO user_conversations (owner_id, conversation_id, peer_user_id, created_at, updated_at)
  SELECT owner_id, NEW.conversation_id, peer_user_id, NEW.now, NEW.now
  FROM (SELECT NEW.sender_id AS owner_id, NEW.recv_id AS peer_user_id
        UNION ALL SELECT NEW.recv_id, NEW.sender_id)
  WHERE NEW.recv_id IS NOT NULL
  ON CONFLICT DO NOTHING;

  INSERT INTO messages
    (conversation_id, seq, server_msg_id, client_msg_id, sender_id, recv_id, content_type, content, send_time)
  SELECT id, max_seq, NEW.server_msg_id, NEW.client_msg_id, NEW.sender_id, NEW.recv_id,
         NEW.content_type, NEW.content, last_send_time
  FROM conversations WHERE id = NEW.conversation_id;

  UPDATE user_conversations
  SET read_seq = coalesce(event.read_seq, user_conversations.read_seq),
      own_unread = own_unread + (event.read_seq IS NULL)
  FROM (SELECT events.read_seq
        FROM conversations JOIN events ON events.id = conversations.last_event
        WHERE conversations.id = NEW.conversation_id) AS event
  WHERE owner_id = NEW.sender_id AND conversation_id = NEW.conversation_id;
END;

-- A user has read up to read_seq (contract A.2, B.2): clamped to what is visible, never going back
-- (field F5), and told to the user's sessions when it moves, as stored (field F15). 10006 without a
-- part in the conversation.
CREATE VIEW mark_read (owner_id, conversation_id, read_seq, now) AS
SELECT NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER mark_read INSTEAD OF INSERT ON mark_read
BEGIN
  SELECT RAISE(ABORT, 'longwave:10006')
  WHERE NOT EXISTS (SELECT 1 FROM visible_conversations
                    WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id);
  SELECT RAISE(IGNORE) FROM visible_conversations
  WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id
    AND min(NEW.read_seq, max_seq) <= read_seq;
  UPDATE user_conversations
  SET read_seq = min(NEW.read_seq, visible.max_seq),
      own_unread = iif(own_unread = 0 OR NEW.read_seq >= visible.max_seq, 0,
                       own_unread - (SELECT count(*) FROM messages
                                     WHERE messages.conversation_id = NEW.conversation_id
                                       AND messages.seq > user_conversations.read_seq
                                       AND messages.seq <= NEW.read_seq
                                       AND messages.sender_id = NEW.owner_id))
  FROM (SELECT max_seq FROM visible_conversations
        WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id) AS visible
  WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id;
  INSERT INTO events (kind, user_id, body, created_at)
  SELECT 2003, owner_id,
         json_object('conversation_id', conversation_id, 'read_seq', read_seq, 'unread', unread), NEW.now
  FROM visible_conversations WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id;
END;

-- A user's own options of a conversation; NULL keeps one. Told to the user's sessions when something
-- changed (field F21). 10006 without a part in the conversation.
CREATE VIEW set_conversation_options (owner_id, conversation_id, recv_msg_opt, is_pinned, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER set_conversation_options INSTEAD OF INSERT ON set_conversation_options
BEGIN
  SELECT RAISE(ABORT, 'longwave:10006')
  WHERE NOT EXISTS (SELECT 1 FROM visible_conversations
                    WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id);
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
