-- Logins that were ended; sessions (0011) have taken their place.

CREATE TABLE ended_logins (
  jti        TEXT PRIMARY KEY,
  reason     TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ended_logins_by_expiry ON ended_logins (expires_at);
