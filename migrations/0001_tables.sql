-- People. An external user has a row once its profile was upserted, and then no username.
CREATE TABLE users (
  id            TEXT PRIMARY KEY,
  username      TEXT NOT NULL DEFAULT '',
  password_hash TEXT NOT NULL DEFAULT '',
  nickname      TEXT NOT NULL DEFAULT '',
  avatar        TEXT NOT NULL DEFAULT '',
  extra         TEXT NOT NULL DEFAULT '',
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  CONSTRAINT user_with_username_has_password CHECK (username = '' OR password_hash <> '')
) STRICT, WITHOUT ROWID;

-- One account per name, also when two registrations race.
CREATE UNIQUE INDEX users_by_username ON users (username) WHERE username <> '';

-- The counter of a conversation is a column of its row, moved by the statement that inserts the
-- message: a seq is never handed out without its message. last_event is the id of its newest
-- event: lists are ordered by it, and a poll skips conversations that have nothing new.
CREATE TABLE conversations (
  id             TEXT PRIMARY KEY,
  type           INTEGER NOT NULL,
  group_id       TEXT,
  max_seq        INTEGER NOT NULL DEFAULT 0,
  last_send_time INTEGER NOT NULL DEFAULT 0,
  last_event     INTEGER NOT NULL,
  created_at     INTEGER NOT NULL,
  CONSTRAINT conversation_type_is_single_or_group CHECK (type IN (1, 2)),
  CONSTRAINT conversation_of_group_has_group CHECK ((type = 2) = (group_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- What one member has of a conversation. Visible to its owner are the seqs from min_seq to
-- max_seq, or to the conversation's newest while max_seq is NULL (open).
CREATE TABLE user_conversations (
  owner_id        TEXT NOT NULL,
  conversation_id TEXT NOT NULL REFERENCES conversations (id),
  peer_user_id    TEXT,
  min_seq         INTEGER NOT NULL DEFAULT 1,
  max_seq         INTEGER,
  read_seq        INTEGER NOT NULL DEFAULT 0,
  created_at      INTEGER NOT NULL,
  PRIMARY KEY (owner_id, conversation_id),
  CONSTRAINT read_position_is_never_negative CHECK (read_seq >= 0)
) STRICT, WITHOUT ROWID;

-- Clustered by place, so that a pull reads one run of pages.
CREATE TABLE messages (
  conversation_id TEXT NOT NULL REFERENCES conversations (id),
  seq             INTEGER NOT NULL,
  server_msg_id   TEXT NOT NULL,
  client_msg_id   TEXT NOT NULL,
  sender_id       TEXT NOT NULL,
  recv_id         TEXT,
  content_type    INTEGER NOT NULL,
  content         TEXT NOT NULL,
  send_time       INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, seq),
  CONSTRAINT message_has_a_place CHECK (seq >= 1)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX messages_by_server_msg_id ON messages (server_msg_id);

-- A sender's retry finds the message it repeats.
CREATE UNIQUE INDEX messages_by_client_msg_id ON messages (conversation_id, sender_id, client_msg_id);

-- The log that polls read. The id only grows and, SQLite having one writer, is commit order.
-- An event concerns one user (user_id set) or everybody who may see what stands at seq in a
-- conversation. kind is the number of the frame it becomes. body is that frame's data, a JSON
-- object; a message (2001) has none, its row is its data. read_seq: the sender's own read position,
-- where sending the message moved it.
CREATE TABLE events (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  kind            INTEGER NOT NULL,
  conversation_id TEXT,
  user_id         TEXT,
  seq             INTEGER,
  read_seq        INTEGER,
  body            TEXT,
  created_at      INTEGER NOT NULL,
  CONSTRAINT event_concerns_somebody CHECK (user_id IS NOT NULL OR (conversation_id IS NOT NULL AND seq IS NOT NULL)),
  CONSTRAINT event_has_data CHECK ((kind = 2001) = (body IS NULL)),
  CONSTRAINT event_of_message_has_its_place CHECK (kind <> 2001 OR seq IS NOT NULL)
) STRICT;

CREATE INDEX events_by_conversation ON events (conversation_id, id) WHERE user_id IS NULL;

CREATE INDEX events_by_user ON events (user_id, id) WHERE user_id IS NOT NULL;

-- One row: which database this is (cursors carry it), and the oldest event that is still kept.
CREATE TABLE log (
  only_row     INTEGER PRIMARY KEY CHECK (only_row = 1),
  database_id  TEXT NOT NULL,
  oldest_event INTEGER NOT NULL
) STRICT;

INSERT INTO log (only_row, database_id, oldest_event) VALUES (1, lower(hex(randomblob(8))), 1);
