-- Who has read which message.

-- read_at: when read_seq last moved; NULL if it has not moved since this migration.
ALTER TABLE user_conversations ADD COLUMN read_at INTEGER;
