-- Positions of a conversation apart from its events, counted messages, and digests of messages.

-- position: the event of the newest counted message, or of the group's creation; lists are ordered by it.
-- counted: how many counted messages there are. A message that nobody needs to read, such as a notice, is not counted.
ALTER TABLE conversations ADD COLUMN position INTEGER NOT NULL DEFAULT 0;

ALTER TABLE conversations ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;

UPDATE conversations SET position = last_event, counted = max_seq;

-- read_counted: how many of the messages up to read_seq are counted. own_unread counts only counted messages.
-- last_position and max_counted: for a former member, position and counted of the conversation on leaving.
ALTER TABLE user_conversations ADD COLUMN read_counted INTEGER NOT NULL DEFAULT 0;

ALTER TABLE user_conversations ADD COLUMN last_position INTEGER;

ALTER TABLE user_conversations ADD COLUMN max_counted INTEGER;

UPDATE user_conversations
SET read_seq = max(read_seq, min_seq - 1),
    read_counted = max(read_seq, min_seq - 1),
    last_position = last_event,
    max_counted = max_seq;

-- silent: 1 if the message is not counted. counted: how many of the messages up to this one are counted; NULL if all
-- are, as in messages from before this migration. digest: what a repeat must have in common with the message; NULL in
-- messages from before this migration, whose repeats are compared by type and content.
ALTER TABLE messages ADD COLUMN silent INTEGER NOT NULL DEFAULT 0
  CONSTRAINT silent_is_boolean CHECK (silent IN (0, 1));

ALTER TABLE messages ADD COLUMN counted INTEGER;

ALTER TABLE messages ADD COLUMN digest INTEGER;
