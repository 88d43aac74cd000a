-- Accounts and profiles.

-- Registers an account. user_exists if the username is taken.
CREATE VIEW register_user (id, username, password_hash, nickname, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER register_user INSTEAD OF INSERT ON register_user
BEGIN
  SELECT RAISE(ABORT, 'longwave:user_exists') FROM users WHERE username = NEW.username AND username <> '';
  INSERT INTO users (id, username, password_hash, nickname, created_at, updated_at)
  VALUES (NEW.id, NEW.username, NEW.password_hash, NEW.nickname, NEW.now, NEW.now);
END;

-- A user changes their own profile; NULL keeps a field. If no field differs, neither updated_at nor an event is
-- written. user_not_found.
CREATE VIEW update_profile (user_id, nickname, avatar, extra, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER update_profile INSTEAD OF INSERT ON update_profile
BEGIN
  INSERT INTO require_user (user_id) VALUES (NEW.user_id);
  UPDATE users
  SET nickname = coalesce(NEW.nickname, nickname),
      avatar = coalesce(NEW.avatar, avatar),
      extra = coalesce(NEW.extra, extra),
      updated_at = max(NEW.now, updated_at)
  WHERE id = NEW.user_id
    AND (nickname <> NEW.nickname OR avatar <> NEW.avatar OR extra <> NEW.extra);
  INSERT INTO events (kind, user_id, created_at) SELECT 2008, NEW.user_id, NEW.now WHERE changes() > 0;
END;

-- A service creates an external user, or updates the profile as update_profile does; NULL keeps a field.
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
