-- Groups and their members.

-- Appends the event (2006) of a change to a group, for all its members. change: created, joined, left, kicked,
-- dismissed or transferred. user_ids: a JSON array of the users whom it affects. For use by other commands only.
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

-- Creates a group of its owner and member_ids, a JSON array without duplicates and without the owner. group_full if
-- they are more than max_members; user_not_found if one of them does not exist.
CREATE VIEW create_group
  (group_id, owner_id, name, avatar, introduction, extra, member_ids, max_members, now) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER create_group INSTEAD OF INSERT ON create_group
BEGIN
  SELECT RAISE(ABORT, 'longwave:group_full') WHERE 1 + json_array_length(NEW.member_ids) > NEW.max_members;
  INSERT INTO require_user (user_id) VALUES (NEW.owner_id);
  INSERT INTO require_user (user_id) SELECT value FROM json_each(NEW.member_ids);

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
  UPDATE conversations SET position = last_event WHERE id = 'sg_' || NEW.group_id;
  INSERT INTO user_conversations (owner_id, conversation_id, created_at, updated_at)
  SELECT user_id, 'sg_' || NEW.group_id, NEW.now, NEW.now FROM group_members WHERE group_id = NEW.group_id;
END;

-- A user joins a group. Messages from before stay invisible, also to a former member who returns. group_not_found,
-- group_dismissed, user_not_found, already_group_member; group_full if it has max_members members.
CREATE VIEW join_group (group_id, user_id, max_members, now) AS
SELECT NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER join_group INSTEAD OF INSERT ON join_group
BEGIN
  INSERT INTO require_group (group_id) VALUES (NEW.group_id);
  INSERT INTO require_open_group (group_id) VALUES (NEW.group_id);
  INSERT INTO require_user (user_id) VALUES (NEW.user_id);
  SELECT RAISE(ABORT, 'longwave:already_group_member')
  FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.user_id;
  SELECT RAISE(ABORT, 'longwave:group_full')
  FROM groups WHERE id = NEW.group_id AND member_count >= NEW.max_members;

  INSERT INTO group_members (group_id, user_id, joined_at) VALUES (NEW.group_id, NEW.user_id, NEW.now);
  UPDATE groups SET member_count = member_count + 1 WHERE id = NEW.group_id;
  INSERT INTO append_group_event (group_id, change, operator_id, user_ids, now)
  VALUES (NEW.group_id, 'joined', NEW.user_id, json_array(NEW.user_id), NEW.now);
  INSERT INTO user_conversations
    (owner_id, conversation_id, min_seq, read_seq, read_counted, first_event, created_at, updated_at)
  SELECT NEW.user_id, id, max_seq + 1, max_seq, counted, last_event, NEW.now, NEW.now
  FROM conversations WHERE id = 'sg_' || NEW.group_id
  ON CONFLICT (owner_id, conversation_id) DO UPDATE
  SET min_seq = excluded.min_seq, max_seq = NULL, max_counted = NULL, read_seq = excluded.read_seq,
      read_counted = excluded.read_counted, own_unread = 0, first_event = excluded.first_event, last_event = NULL,
      last_position = NULL, updated_at = max(excluded.updated_at, updated_at);
END;

-- Removes a member: ends the membership, freezes what the former member sees, and appends the event, which is the last
-- one that the former member receives. For use by quit_group and kick_member only.
CREATE VIEW remove_member (group_id, user_id, change, operator_id, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER remove_member INSTEAD OF INSERT ON remove_member
BEGIN
  DELETE FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.user_id;
  UPDATE groups SET member_count = member_count - 1 WHERE id = NEW.group_id;
  INSERT INTO append_group_event (group_id, change, operator_id, user_ids, now)
  VALUES (NEW.group_id, NEW.change, NEW.operator_id, json_array(NEW.user_id), NEW.now);
  UPDATE user_conversations
  SET max_seq = conversations.max_seq, max_counted = conversations.counted,
      last_event = conversations.last_event, last_position = conversations.position,
      updated_at = max(NEW.now, user_conversations.updated_at, conversations.last_send_time)
  FROM conversations
  WHERE conversations.id = user_conversations.conversation_id
    AND user_conversations.owner_id = NEW.user_id
    AND user_conversations.conversation_id = 'sg_' || NEW.group_id;
END;

-- A member leaves a group, also a dismissed one. The owner can leave only a dismissed group; otherwise invalid_param.
-- group_not_found, not_group_member.
CREATE VIEW quit_group (group_id, user_id, now) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER quit_group INSTEAD OF INSERT ON quit_group
BEGIN
  INSERT INTO require_group (group_id) VALUES (NEW.group_id);
  INSERT INTO require_member (group_id, user_id) VALUES (NEW.group_id, NEW.user_id);
  SELECT RAISE(ABORT, 'longwave:invalid_param:owner cannot quit the group')
  FROM groups WHERE id = NEW.group_id AND owner_id = NEW.user_id AND status = 0;
  INSERT INTO remove_member (group_id, user_id, change, operator_id, now)
  VALUES (NEW.group_id, NEW.user_id, 'left', NEW.user_id, NEW.now);
END;

-- The owner or an admin removes a member. group_not_found, group_dismissed; not_group_member if the operator or the
-- user is not a member; not_group_admin if the operator is a plain member; invalid_param if the operator is the user;
-- cannot_kick_owner; no_permission if an admin removes another admin.
CREATE VIEW kick_member (group_id, operator_id, user_id, now) AS
SELECT NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER kick_member INSTEAD OF INSERT ON kick_member
BEGIN
  INSERT INTO require_group (group_id) VALUES (NEW.group_id);
  INSERT INTO require_member (group_id, user_id) VALUES (NEW.group_id, NEW.operator_id);
  INSERT INTO require_open_group (group_id) VALUES (NEW.group_id);
  SELECT RAISE(ABORT, 'longwave:not_group_admin')
  FROM group_members WHERE group_id = NEW.group_id AND user_id = NEW.operator_id AND role = 1;
  SELECT RAISE(ABORT, 'longwave:invalid_param:use quit to leave the group') WHERE NEW.user_id = NEW.operator_id;
  INSERT INTO require_member (group_id, user_id) VALUES (NEW.group_id, NEW.user_id);
  SELECT iif(target.role = 3, RAISE(ABORT, 'longwave:cannot_kick_owner'), RAISE(ABORT, 'longwave:no_permission'))
  FROM group_members AS target
  JOIN group_members AS operator ON operator.group_id = target.group_id AND operator.user_id = NEW.operator_id
  WHERE target.group_id = NEW.group_id AND target.user_id = NEW.user_id AND target.role >= operator.role;
  INSERT INTO remove_member (group_id, user_id, change, operator_id, now)
  VALUES (NEW.group_id, NEW.user_id, 'kicked', NEW.operator_id, NEW.now);
END;

-- The owner dismisses a group: nobody can join it or send to it any more; members can read it and leave.
-- group_not_found, not_group_member, not_group_owner; group_dismissed the second time.
CREATE VIEW dismiss_group (group_id, operator_id, now) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER dismiss_group INSTEAD OF INSERT ON dismiss_group
BEGIN
  INSERT INTO require_group (group_id) VALUES (NEW.group_id);
  INSERT INTO require_member (group_id, user_id) VALUES (NEW.group_id, NEW.operator_id);
  INSERT INTO require_owner (group_id, user_id) VALUES (NEW.group_id, NEW.operator_id);
  INSERT INTO require_open_group (group_id) VALUES (NEW.group_id);
  UPDATE groups SET status = 1, updated_at = max(NEW.now, updated_at) WHERE id = NEW.group_id;
  INSERT INTO append_group_event (group_id, change, operator_id, user_ids, now)
  VALUES (NEW.group_id, 'dismissed', NEW.operator_id, '[]', NEW.now);
END;

-- The owner makes another member the owner, and becomes a plain member. group_not_found, not_group_member,
-- group_dismissed, not_group_owner; invalid_param if the operator is the user.
CREATE VIEW transfer_group (group_id, operator_id, user_id, now) AS
SELECT NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER transfer_group INSTEAD OF INSERT ON transfer_group
BEGIN
  INSERT INTO require_group (group_id) VALUES (NEW.group_id);
  INSERT INTO require_member (group_id, user_id) VALUES (NEW.group_id, NEW.operator_id);
  INSERT INTO require_open_group (group_id) VALUES (NEW.group_id);
  INSERT INTO require_owner (group_id, user_id) VALUES (NEW.group_id, NEW.operator_id);
  SELECT RAISE(ABORT, 'longwave:invalid_param:you are the owner already') WHERE NEW.user_id = NEW.operator_id;
  INSERT INTO require_member (group_id, user_id) VALUES (NEW.group_id, NEW.user_id);
  UPDATE groups SET owner_id = NEW.user_id, updated_at = max(NEW.now, updated_at) WHERE id = NEW.group_id;
  UPDATE group_members SET role = iif(user_id = NEW.user_id, 3, 1)
  WHERE group_id = NEW.group_id AND user_id IN (NEW.user_id, NEW.operator_id);
  INSERT INTO append_group_event (group_id, change, operator_id, user_ids, now)
  VALUES (NEW.group_id, 'transferred', NEW.operator_id, json_array(NEW.user_id), NEW.now);
END;
