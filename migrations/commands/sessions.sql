-- Logins, logouts and revocations.

-- The login of a user on a platform changed: instances that hold polls of that login check it again, and the next
-- session starts without online subscriptions. No client receives the event (2002).
CREATE VIEW recheck_login (user_id, platform_id, now) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER recheck_login INSTEAD OF INSERT ON recheck_login
BEGIN
  DELETE FROM online_subscriptions WHERE subscriber_id = NEW.user_id AND platform_id = NEW.platform_id;
  INSERT INTO events (kind, user_id, body, created_at)
  VALUES (2002, NEW.user_id, json_object('platform_id', NEW.platform_id), NEW.now);
END;

-- The login with this jti replaces the previous one on the platform.
CREATE VIEW begin_session (user_id, platform_id, jti, now) AS
SELECT NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER begin_session INSTEAD OF INSERT ON begin_session
BEGIN
  INSERT INTO sessions (user_id, platform_id, jti, logged_out)
  VALUES (NEW.user_id, NEW.platform_id, NEW.jti, 0)
  ON CONFLICT (user_id, platform_id) DO UPDATE SET jti = excluded.jti, logged_out = 0;
  INSERT INTO recheck_login (user_id, platform_id, now) VALUES (NEW.user_id, NEW.platform_id, NEW.now);
END;

-- Logs the login with this jti out, unless a later login has replaced it.
CREATE VIEW end_session (user_id, platform_id, jti, now) AS
SELECT NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER end_session INSTEAD OF INSERT ON end_session
BEGIN
  SELECT RAISE(IGNORE) FROM sessions
  WHERE user_id = NEW.user_id AND platform_id = NEW.platform_id AND jti <> NEW.jti;
  INSERT INTO sessions (user_id, platform_id, jti, logged_out)
  VALUES (NEW.user_id, NEW.platform_id, NEW.jti, 1)
  ON CONFLICT (user_id, platform_id) DO UPDATE SET logged_out = 1;
  INSERT INTO recheck_login (user_id, platform_id, now) VALUES (NEW.user_id, NEW.platform_id, NEW.now);
END;

-- A service revokes all tokens issued to a user so far on platform_ids, a JSON array. The number of a revocation is
-- its time in milliseconds, or one more than the previous number if that is higher, so that no number is reused after
-- an older database is restored.
CREATE VIEW revoke_logins (user_id, platform_ids, now) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER revoke_logins INSTEAD OF INSERT ON revoke_logins
BEGIN
  INSERT INTO revocations (user_id, platform_id, number, before)
  SELECT NEW.user_id, value, NEW.now, NEW.now FROM json_each(NEW.platform_ids) WHERE TRUE
  ON CONFLICT (user_id, platform_id) DO UPDATE
  SET number = max(number + 1, excluded.number), before = max(before, excluded.before);
  INSERT INTO recheck_login (user_id, platform_id, now)
  SELECT NEW.user_id, value, NEW.now FROM json_each(NEW.platform_ids);
END;

-- A revocation stamped more than a minute in the future, by a clock that ran ahead, takes effect now: at the start of
-- the current second, because external tokens have their time of issue in whole seconds.
CREATE VIEW correct_revocation (user_id, platform_id, now) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER correct_revocation INSTEAD OF INSERT ON correct_revocation
BEGIN
  UPDATE revocations SET before = NEW.now - NEW.now % 1000
  WHERE user_id = NEW.user_id AND platform_id = NEW.platform_id AND before > NEW.now + 60000;
END;
