-- Registration (contract A.2). 10202 when the name is taken.
CREATE VIEW register_user (id, username, password_hash, nickname, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER register_user INSTEAD OF INSERT ON register_user
BEGIN
  SELECT RAISE(ABORT, 'longwave:10202') FROM users WHERE username = NEW.username AND username <> '';
  INSERT INTO users (id, username, password_hash, nickname, created_at, updated_at)
  VALUES (NEW.id, NEW.username, NEW.password_hash, NEW.nickname, NEW.now, NEW.now);
END;

-- A user changes the own profile; NULL keeps a field. 10201 when there is no such user. What
-- changes nothing is no change: no new updated_at, no event.
CREATE VIEW update_profile (user_id, nickname, avatar, extra, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER update_profile INSTEAD OF INSERT ON update_profile
BEGIN
  SELECT RAISE(ABORT, 'longwave:10201') WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id);
  UPDATE users
  SET nickname = coalesce(NEW.nickname, nickname),
      avatar = coalesce(NEW.avatar, avatar),
      extra = coalesce(NEW.extra, extra),
      updated_at = max(NEW.now, updated_at)
  WHERE id = NEW.user_id
    AND (nickname <> NEW.nickname OR avatar <> NEW.avatar OR extra <> NEW.extra);
  INSERT INTO events (kind, user_id, created_at) SELECT 2008, NEW.user_id, NEW.now WHERE changes() > 0;
END;
