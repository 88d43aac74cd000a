-- Guards: each refuses the statement of the command that inserts into it, or does nothing. An id that is NULL is not
-- checked.

-- user_not_found unless the user exists.
CREATE VIEW require_user (user_id) AS
SELECT NULL WHERE FALSE;

CREATE TRIGGER require_user INSTEAD OF INSERT ON require_user
WHEN NEW.user_id IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'longwave:user_not_found') WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id);
END;

-- group_not_found unless the group exists.
CREATE VIEW require_group (group_id) AS
SELECT NULL WHERE FALSE;

CREATE TRIGGER require_group INSTEAD OF INSERT ON require_group
WHEN NEW.group_id IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'longwave:group_not_found') WHERE NOT EXISTS (SELECT 1 FROM groups WHERE id = NEW.group_id);
END;

-- group_dismissed if the group was dismissed.
CREATE VIEW require_open_group (group_id) AS
SELECT NULL WHERE FALSE;

CREATE TRIGGER require_open_group INSTEAD OF INSERT ON require_open_group
WHEN NEW.group_id IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'longwave:group_dismissed') FROM groups WHERE id = NEW.group_id AND status = 1;
END;

-- not_group_member unless the user is a member of the group.
CREATE VIEW require_member (group_id, user_id) AS
SELECT NULL, NULL WHERE FALSE;

CREATE TRIGGER require_member INSTEAD OF INSERT ON require_member
WHEN NEW.group_id IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'longwave:not_group_member')
  WHERE NOT EXISTS (SELECT 1 FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.user_id);
END;

-- not_group_owner unless the user owns the group, which exists.
CREATE VIEW require_owner (group_id, user_id) AS
SELECT NULL, NULL WHERE FALSE;

CREATE TRIGGER require_owner INSTEAD OF INSERT ON require_owner
BEGIN
  SELECT RAISE(ABORT, 'longwave:not_group_owner') FROM groups WHERE id = NEW.group_id AND owner_id <> NEW.user_id;
END;

-- no_permission unless the conversation is visible to the user.
CREATE VIEW require_conversation (owner_id, conversation_id) AS
SELECT NULL, NULL WHERE FALSE;

CREATE TRIGGER require_conversation INSTEAD OF INSERT ON require_conversation
BEGIN
  SELECT RAISE(ABORT, 'longwave:no_permission')
  WHERE NOT EXISTS (SELECT 1 FROM visible_conversations
                    WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id);
END;

-- not_group_member if the user is a former member of the conversation's group.
CREATE VIEW require_participant (owner_id, conversation_id) AS
SELECT NULL, NULL WHERE FALSE;

CREATE TRIGGER require_participant INSTEAD OF INSERT ON require_participant
BEGIN
  SELECT RAISE(ABORT, 'longwave:not_group_member') FROM user_conversations
  WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id AND last_event IS NOT NULL;
END;

-- message_not_found unless the message is visible to the user.
CREATE VIEW require_message (owner_id, conversation_id, seq) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER require_message INSTEAD OF INSERT ON require_message
BEGIN
  SELECT RAISE(ABORT, 'longwave:message_not_found')
  WHERE NOT EXISTS (SELECT 1 FROM visible_conversations
                    WHERE owner_id = NEW.owner_id AND conversation_id = NEW.conversation_id
                      AND NEW.seq BETWEEN min_seq AND max_seq);
END;

-- message_not_found unless the message is visible to the user; message_gone if it is erased.
CREATE VIEW require_content (owner_id, conversation_id, seq) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER require_content INSTEAD OF INSERT ON require_content
WHEN NEW.seq IS NOT NULL
BEGIN
  INSERT INTO require_message (owner_id, conversation_id, seq) VALUES (NEW.owner_id, NEW.conversation_id, NEW.seq);
  SELECT RAISE(ABORT, 'longwave:message_gone')
  FROM messages WHERE conversation_id = NEW.conversation_id AND seq = NEW.seq AND status <> 0;
END;
