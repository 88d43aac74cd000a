-- What ends logins for good, where it cannot be lost without the accounts.

-- Tokens of a user on a platform that were issued before this moment are refused, native and external.
CREATE TABLE revocations (
  user_id     TEXT NOT NULL,
  platform_id INTEGER NOT NULL,
  before      INTEGER NOT NULL,
  PRIMARY KEY (user_id, platform_id),
  CONSTRAINT revocation_is_on_a_platform CHECK (platform_id BETWEEN 1 AND 10)
) STRICT, WITHOUT ROWID;

-- Ends the tokens of a user on a platform that were issued until now; whoever polls with one is told. A later
-- revocation stays, unless a clock that was more than a minute ahead made it.
CREATE VIEW revoke_logins (user_id, platform_id, now) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER revoke_logins INSTEAD OF INSERT ON revoke_logins
BEGIN
  INSERT INTO revocations (user_id, platform_id, before) VALUES (NEW.user_id, NEW.platform_id, NEW.now)
  ON CONFLICT (user_id, platform_id) DO UPDATE
  SET before = iif(before > excluded.before + 60000, excluded.before, max(before, excluded.before));
  INSERT INTO doubt_logins (user_id, platform_id, now) VALUES (NEW.user_id, NEW.platform_id, NEW.now);
END;

-- One row: the latest expiry of a nonce that was forgotten. A call that expires no later may be one whose nonce
-- was forgotten while a clock was ahead.
CREATE TABLE forgotten_nonces (
  only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
  expires_at INTEGER NOT NULL
) STRICT;

INSERT INTO forgotten_nonces (only_row, expires_at) VALUES (1, 0);
