-- Logins that were ended.

-- The token slot says so too, but the key-value store it is in may be lost or restored alone. A row is kept until
-- the login's token would have ended.
CREATE TABLE ended_logins (
  jti        TEXT PRIMARY KEY,
  reason     TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ended_logins_by_expiry ON ended_logins (expires_at);

-- The login with this jti is over, for a reason as a 401 tells it; who holds polls of it looks at it again. The
-- first reason stays. A few rows that are over go with each new one.
CREATE VIEW end_login (jti, reason, expires_at, user_id, platform_id, now) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER end_login INSTEAD OF INSERT ON end_login
BEGIN
  DELETE FROM ended_logins WHERE jti IN
    (SELECT jti FROM ended_logins WHERE expires_at < NEW.now ORDER BY expires_at LIMIT 4);
  INSERT INTO ended_logins (jti, reason, expires_at) VALUES (NEW.jti, NEW.reason, NEW.expires_at)
  ON CONFLICT (jti) DO NOTHING;
  INSERT INTO doubt_logins (user_id, platform_id, now) VALUES (NEW.user_id, NEW.platform_id, NEW.now);
END;
