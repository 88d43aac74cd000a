-- What may be done so often in a minute, and what may be done once.

-- How often subject did it in the minute that began with the first time. Which subjects there are is
-- in crates/core/src/throttle.rs.
CREATE TABLE throttles (
  subject      TEXT PRIMARY KEY,
  minute_start INTEGER NOT NULL,
  count        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX throttles_by_minute ON throttles (minute_start);

-- Counts subject once more (field F19): 10005 when it was per_minute times already. A per_minute of
-- 0 is no limit. The clocks of two instances may differ a little, and a clock may be set back: a
-- minute that begins in the future is this one when that is near, and over when it is not.
CREATE VIEW count_in_minute (subject, per_minute, now) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER count_in_minute INSTEAD OF INSERT ON count_in_minute
WHEN NEW.per_minute > 0
BEGIN
  SELECT RAISE(ABORT, 'longwave:10005') FROM throttles
  WHERE subject = NEW.subject AND count >= NEW.per_minute AND abs(NEW.now - minute_start) < 60000;

  -- A few of those that are over: more than one call can add, so that the table stays small.
  DELETE FROM throttles WHERE subject IN
    (SELECT subject FROM throttles WHERE minute_start <= NEW.now - 60000 ORDER BY minute_start LIMIT 4);

  INSERT INTO throttles (subject, minute_start, count) VALUES (NEW.subject, NEW.now, 1)
  ON CONFLICT (subject) DO UPDATE
  SET count = iif(abs(excluded.minute_start - minute_start) < 60000, count + 1, 1),
      minute_start = iif(abs(excluded.minute_start - minute_start) < 60000, minute_start, excluded.minute_start);
END;

-- A message within the quota of its sender (contract A.2): as send_message, and 10005 instead of
-- storing more than per_minute. What was not stored is not counted, a repeat included.
CREATE VIEW send_message_within_quota
  (conversation_id, sender_id, recv_id, group_id, client_msg_id, server_msg_id, content_type, content, sender_read,
   subject, per_minute, now) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER send_message_within_quota INSTEAD OF INSERT ON send_message_within_quota
BEGIN
  INSERT INTO send_message
    (conversation_id, sender_id, recv_id, group_id, client_msg_id, server_msg_id, content_type, content, sender_read, now)
  VALUES (NEW.conversation_id, NEW.sender_id, NEW.recv_id, NEW.group_id, NEW.client_msg_id, NEW.server_msg_id,
          NEW.content_type, NEW.content, NEW.sender_read, NEW.now);
  INSERT INTO count_in_minute (subject, per_minute, now)
  SELECT NEW.subject, NEW.per_minute, NEW.now FROM messages WHERE server_msg_id = NEW.server_msg_id;
END;

-- Nonces of signed calls (contract A.3), kept while the call could be made again.
CREATE TABLE nonces (
  service    TEXT NOT NULL,
  nonce      TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (service, nonce)
) STRICT, WITHOUT ROWID;

CREATE INDEX nonces_by_expiry ON nonces (expires_at);

-- A service uses a nonce, until expires_at, the last moment at which its call would be taken: 10002 the
-- second time, and when it may have been used and forgotten because the clock ran ahead.
CREATE VIEW use_nonce (service, nonce, expires_at, now) AS
SELECT NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER use_nonce INSTEAD OF INSERT ON use_nonce
BEGIN
  DELETE FROM nonces WHERE (service, nonce) IN
    (SELECT service, nonce FROM nonces WHERE expires_at < NEW.now ORDER BY expires_at LIMIT 4);
  SELECT RAISE(ABORT, 'longwave:10002:X-Timestamp is of a time whose nonces are forgotten')
  WHERE NEW.expires_at <= (SELECT last FROM forgotten_nonces
                           WHERE first <= NEW.expires_at ORDER BY first DESC LIMIT 1);
  SELECT RAISE(ABORT, 'longwave:10002:the nonce was used before')
  FROM nonces WHERE service = NEW.service AND nonce = NEW.nonce;
  INSERT INTO nonces (service, nonce, expires_at) VALUES (NEW.service, NEW.nonce, NEW.expires_at);
END;

-- A user of the platform, who signs in with its tokens (contract A.3): made, or changed when
-- something differs, which the user's sessions are told.
CREATE VIEW upsert_user (id, nickname, avatar, extra, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER upsert_user INSTEAD OF INSERT ON upsert_user
BEGIN
  INSERT INTO users (id, nickname, avatar, extra, created_at, updated_at)
  VALUES (NEW.id, coalesce(NEW.nickname, ''), coalesce(NEW.avatar, ''), coalesce(NEW.extra, ''), NEW.now, NEW.now)
  ON CONFLICT (id) DO NOTHING;
  INSERT INTO update_profile (user_id, nickname, avatar, extra, now)
  VALUES (NEW.id, NEW.nickname, NEW.avatar, NEW.extra, NEW.now);
END;
