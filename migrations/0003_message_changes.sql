-- Messages that change after they were sent.

-- status: 0 normal, 1 revoked, 2 removed; the content of one that is not normal is {}. change_event: the event of the
-- latest change; 0 if it never changed. changed_by and changed_at: who erased it, and when. discounted: 1 if it is
-- unread for nobody because it was erased.
ALTER TABLE messages ADD COLUMN status INTEGER NOT NULL DEFAULT 0
  CONSTRAINT message_status_is_known CHECK (status IN (0, 1, 2));

ALTER TABLE messages ADD COLUMN changed_by TEXT;

ALTER TABLE messages ADD COLUMN changed_at INTEGER;

ALTER TABLE messages ADD COLUMN change_event INTEGER NOT NULL DEFAULT 0;

ALTER TABLE messages ADD COLUMN discounted INTEGER NOT NULL DEFAULT 0
  CONSTRAINT discounted_is_boolean CHECK (discounted IN (0, 1));

-- Finds the messages that changed after an event.
CREATE INDEX messages_by_change ON messages (conversation_id, change_event) WHERE change_event > 0;

-- The present and former members of a group, with the events that each of them receives, and the messages that these
-- may be about.
DROP INDEX user_conversations_of_groups;

CREATE INDEX user_conversations_of_groups
  ON user_conversations (conversation_id, owner_id, first_event, last_event, min_seq) WHERE peer_user_id IS NULL;

-- last_change: the event of the latest change of a message; 0 if none changed.
ALTER TABLE conversations ADD COLUMN last_change INTEGER NOT NULL DEFAULT 0;
