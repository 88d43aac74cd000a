-- The tables of the first release. Frozen: a later change is a migration of its own (README.md).

-- Users. A user of the platform gets a row with the first upsert, or with the first message sent; such a row has no
-- username and no password.
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

-- One account per username, even when two registrations race.
CREATE UNIQUE INDEX users_by_username ON users (username) WHERE username <> '';

-- max_seq is incremented by the statement that inserts the message, so a seq never exists without its message.
-- last_event is the id of the newest event of the conversation: lists are ordered by it, and a catch-up read skips
-- conversations without new events. type: 1 single, 2 group.
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

-- A conversation as its owner has it.
-- - Visible are the seqs from min_seq to max_seq; while max_seq is NULL, to the newest of the conversation.
-- - Events of the conversation are delivered to the owner from first_event to last_event; while last_event is NULL,
--   without an end.
-- - own_unread counts the owner's own messages after read_seq, which are not unread: unread counts need no look at
--   the messages.
-- - recv_msg_opt: 0 normal, 1 muted.
CREATE TABLE user_conversations (
  owner_id        TEXT NOT NULL,
  conversation_id TEXT NOT NULL REFERENCES conversations (id),
  peer_user_id    TEXT,
  min_seq         INTEGER NOT NULL DEFAULT 1,
  max_seq         INTEGER,
  read_seq        INTEGER NOT NULL DEFAULT 0,
  created_at      INTEGER NOT NULL,
  first_event     INTEGER NOT NULL DEFAULT 0,
  last_event      INTEGER,
  own_unread      INTEGER NOT NULL DEFAULT 0,
  recv_msg_opt    INTEGER NOT NULL DEFAULT 0,
  is_pinned       INTEGER NOT NULL DEFAULT 0,
  updated_at      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (owner_id, conversation_id),
  CONSTRAINT read_position_is_never_negative CHECK (read_seq >= 0),
  CONSTRAINT recv_msg_opt_is_normal_or_mute CHECK (recv_msg_opt IN (0, 1)),
  CONSTRAINT is_pinned_is_boolean CHECK (is_pinned IN (0, 1))
) STRICT, WITHOUT ROWID;

-- The present and former members of a group, with the events that each of them receives.
CREATE INDEX user_conversations_of_groups ON user_conversations (conversation_id, owner_id, first_event, last_event)
  WHERE peer_user_id IS NULL;

-- Clustered by conversation and seq, so that a pull reads consecutive pages.
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

-- Finds the message that a sender's retry repeats.
CREATE UNIQUE INDEX messages_by_client_msg_id ON messages (conversation_id, sender_id, client_msg_id);

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

-- The event log that polls and streams read. Ids only grow, and SQLite has one writer at a time, so the order of ids
-- is the order of commits.
-- - An event is for one user (user_id), or for everybody in a conversation (conversation_id), at position seq.
-- - kind is the number of the frame that clients receive. body is the frame's data, a JSON object. A message (2001)
--   has none: the frame is read from the message's row. Nor has a profile (2008), which is read from the user's row;
--   only events written before the first release have one.
-- - tag is random. A restored backup reuses event ids; the tag tells an event from the one with the same id in another
--   history. Cursors carry it.
-- - read_seq: the sender's own read position, if sending the message moved it.
CREATE TABLE events (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  tag             INTEGER NOT NULL DEFAULT (random()),
  kind            INTEGER NOT NULL,
  conversation_id TEXT,
  user_id         TEXT,
  seq             INTEGER,
  read_seq        INTEGER,
  body            TEXT,
  created_at      INTEGER NOT NULL,
  CONSTRAINT event_concerns_somebody CHECK (user_id IS NOT NULL OR (conversation_id IS NOT NULL AND seq IS NOT NULL)),
  CONSTRAINT event_has_data CHECK (iif(body IS NULL, kind IN (2001, 2008), kind <> 2001)),
  CONSTRAINT event_of_message_has_its_place CHECK (kind <> 2001 OR seq IS NOT NULL)
) STRICT;

CREATE INDEX events_by_conversation ON events (conversation_id, id) WHERE user_id IS NULL;

CREATE INDEX events_by_user ON events (user_id, id) WHERE user_id IS NOT NULL;

-- The tags of the last million pruned events: they tell a cursor that is too old from one of another history, whose
-- client holds data that is no longer true. Event 0 stands for the place before the first event.
CREATE TABLE forgotten_events (
  id  INTEGER PRIMARY KEY,
  tag INTEGER NOT NULL
) STRICT;

INSERT INTO forgotten_events (id, tag) VALUES (0, 0);

-- One row: the id of this database, which cursors carry; the oldest event that is still kept; and the total size of
-- all event bodies in bytes.
CREATE TABLE log (
  only_row     INTEGER PRIMARY KEY CHECK (only_row = 1),
  database_id  TEXT NOT NULL,
  oldest_event INTEGER NOT NULL,
  body_bytes   INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO log (only_row, database_id, oldest_event) VALUES (1, lower(hex(randomblob(8))), 1);

-- How often a subject acted in the minute that began with its first action. Subjects: crates/core/src/throttle.rs.
CREATE TABLE throttles (
  subject      TEXT PRIMARY KEY,
  minute_start INTEGER NOT NULL,
  count        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX throttles_by_minute ON throttles (minute_start);

-- Nonces of signed service calls, kept for as long as the call's timestamp would be accepted.
CREATE TABLE nonces (
  service    TEXT NOT NULL,
  nonce      TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (service, nonce)
) STRICT, WITHOUT ROWID;

CREATE INDEX nonces_by_expiry ON nonces (expires_at);

-- Intervals of expires_at whose nonces were deleted, merged where they are less than ten minutes apart. If the clock
-- is set back, a call from such an interval is refused: its nonce may have been used. Intervals written while the
-- clock ran ahead stay apart from the time before them.
CREATE TABLE forgotten_nonces (
  first INTEGER PRIMARY KEY,
  last  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who is online: one lease per user and platform. login_id, instance_id and polled_at describe the newest poll: its
-- login, the instance that holds it, and when it arrived.
CREATE TABLE presence (
  user_id     TEXT NOT NULL,
  platform_id INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  login_id    TEXT NOT NULL DEFAULT '',
  instance_id TEXT NOT NULL DEFAULT '',
  polled_at   INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, platform_id),
  CONSTRAINT presence_is_on_a_platform CHECK (platform_id BETWEEN 1 AND 10)
) STRICT, WITHOUT ROWID;

CREATE INDEX presence_by_end ON presence (lease_until);

-- The instances that hold polls or streams, one lease each: every instance reads how many poll the log.
CREATE TABLE instances (
  id          TEXT PRIMARY KEY,
  lease_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whose presence a session receives: the users of its latest subscription.
CREATE TABLE online_subscriptions (
  subscriber_id TEXT NOT NULL,
  platform_id   INTEGER NOT NULL,
  user_id       TEXT NOT NULL,
  PRIMARY KEY (subscriber_id, platform_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX online_subscriptions_by_user ON online_subscriptions (user_id, subscriber_id, platform_id);

-- Revoked logins of a user on a platform. Native tokens carry the number of the latest revocation at their issue;
-- external tokens issued before the time `before` are refused.
CREATE TABLE revocations (
  user_id     TEXT NOT NULL,
  platform_id INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  before      INTEGER NOT NULL,
  PRIMARY KEY (user_id, platform_id)
) STRICT, WITHOUT ROWID;

-- The latest login of a user on a platform. The key-value store has it too, but may be lost or restored alone.
CREATE TABLE sessions (
  user_id     TEXT NOT NULL,
  platform_id INTEGER NOT NULL,
  jti         TEXT NOT NULL,
  logged_out  INTEGER NOT NULL CHECK (logged_out IN (0, 1)),
  PRIMARY KEY (user_id, platform_id)
) STRICT, WITHOUT ROWID;
