-- Revocations, and what is left of nonces that were forgotten.

-- What was revoked of a user on a platform (field F17): the number of the latest revocation (called number since
-- 0011), by which native tokens are told, and until when, by which external ones are.
CREATE TABLE revocations (
  user_id     TEXT NOT NULL,
  platform_id INTEGER NOT NULL,
  times       INTEGER NOT NULL,
  before      INTEGER NOT NULL,
  PRIMARY KEY (user_id, platform_id)
) STRICT, WITHOUT ROWID;

-- A service ends what was issued to a user until now on platform_ids, a JSON array; who holds polls of
-- the user there looks at its login again. Numbers are times, so that none comes twice after an older
-- database was put back.
CREATE VIEW revoke_logins (user_id, platform_ids, now) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER revoke_logins INSTEAD OF INSERT ON revoke_logins
BEGIN
  INSERT INTO revocations (user_id, platform_id, number, before)
  SELECT NEW.user_id, value, NEW.now, NEW.now FROM json_each(NEW.platform_ids) WHERE TRUE
  ON CONFLICT (user_id, platform_id) DO UPDATE
  SET number = max(number + 1, excluded.number), before = max(before, excluded.before);
  INSERT INTO doubt_logins (user_id, platform_id, now)
  SELECT NEW.user_id, value, NEW.now FROM json_each(NEW.platform_ids);
END;

-- A revocation that a clock stamped which ran more than a minute ahead counts as of now: of the second
-- that has begun, since external tokens have their time of issue in whole seconds.
CREATE VIEW correct_revocation (user_id, platform_id, now) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER correct_revocation INSTEAD OF INSERT ON correct_revocation
BEGIN
  UPDATE revocations SET before = NEW.now - NEW.now % 1000
  WHERE user_id = NEW.user_id AND platform_id = NEW.platform_id AND before > NEW.now + 60000;
END;

-- When calls would have been taken whose nonces are forgotten: from the first such moment to the last
-- one, in stretches without a gap of ten minutes. A clock that is set back makes those calls possible
-- again; a stretch of a clock that ran ahead does not touch the time before it.
CREATE TABLE forgotten_nonces (
  first INTEGER PRIMARY KEY,
  last  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER nonce_is_forgotten AFTER DELETE ON nonces
BEGIN
  INSERT INTO forgotten_nonces (first, last)
  SELECT coalesce((SELECT iif(last >= OLD.expires_at - 600000, first, NULL) FROM forgotten_nonces
                   WHERE first <= OLD.expires_at ORDER BY first DESC LIMIT 1),
                  OLD.expires_at),
         OLD.expires_at
  WHERE TRUE
  ON CONFLICT (first) DO UPDATE SET last = max(last, excluded.last);
END;
