-- Sessions: the latest login of a user on a platform.

-- The token slot tells it too, but the key-value store it is in may be lost or restored alone. A user without a row
-- has not logged in on that platform since this table exists. The table that it replaces had a row for each ended
-- login.
DROP TABLE ended_logins;

CREATE TABLE sessions (
  user_id     TEXT NOT NULL,
  platform_id INTEGER NOT NULL,
  jti         TEXT NOT NULL,
  logged_out  INTEGER NOT NULL CHECK (logged_out IN (0, 1)),
  PRIMARY KEY (user_id, platform_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE revocations RENAME COLUMN times TO number;

-- The login with this jti replaces the one before, and who holds polls of that looks at its login again.
CREATE VIEW begin_session (user_id, platform_id, jti, now) AS
SELECT NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER begin_session INSTEAD OF INSERT ON begin_session
BEGIN
  INSERT INTO sessions (user_id, platform_id, jti, logged_out)
  VALUES (NEW.user_id, NEW.platform_id, NEW.jti, 0)
  ON CONFLICT (user_id, platform_id) DO UPDATE SET jti = excluded.jti, logged_out = 0;
  INSERT INTO doubt_logins (user_id, platform_id, now) VALUES (NEW.user_id, NEW.platform_id, NEW.now);
END;

-- The login with this jti is logged out, unless a later one has replaced it.
CREATE VIEW end_session (user_id, platform_id, jti, now) AS
SELECT NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER end_session INSTEAD OF INSERT ON end_session
BEGIN
  INSERT INTO sessions (user_id, platform_id, jti, logged_out)
  VALUES (NEW.user_id, NEW.platform_id, NEW.jti, 1)
  ON CONFLICT (user_id, platform_id) DO UPDATE SET logged_out = 1 WHERE jti = excluded.jti;
  INSERT INTO doubt_logins (user_id, platform_id, now) VALUES (NEW.user_id, NEW.platform_id, NEW.now);
END;
