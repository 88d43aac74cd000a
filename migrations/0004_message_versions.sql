-- Edited messages and their earlier versions.

-- version: 1 as it was sent, one more with each edit. edited_at and edit_event: the time and the event of the latest
-- edit; NULL and 0 if the message was never edited, or is erased.
ALTER TABLE messages ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

ALTER TABLE messages ADD COLUMN edited_at INTEGER;

ALTER TABLE messages ADD COLUMN edit_event INTEGER NOT NULL DEFAULT 0;

-- The earlier versions of edited messages. since_event: the event of the edit that made this version; 0 for the first
-- one. until_event: the event of the edit that replaced it.
CREATE TABLE message_versions (
  conversation_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  content TEXT NOT NULL,
  edited_at INTEGER,
  since_event INTEGER NOT NULL,
  until_event INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, seq, version)
) STRICT, WITHOUT ROWID;
