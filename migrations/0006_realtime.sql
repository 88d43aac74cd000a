-- Realtime: what the log forgets, what ends a login, who comes and goes, who types.

-- Forgets the oldest events that are from before keep_from, beyond the newest keep_count, or older than the newest
-- ones whose bodies have keep_bytes together (design, "Data"), never the newest one of all. Only some hundred at a
-- time, so that nobody who writes waits for long. A cursor behind oldest_event is reset. The tags of the last million
-- that were forgotten are kept.
CREATE VIEW prune_log (keep_from, keep_count, keep_bytes) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER prune_log INSTEAD OF INSERT ON prune_log
BEGIN
  UPDATE log SET oldest_event = 1 + events.id
  FROM events
  WHERE events.id =
    (SELECT max(oldest.id)
     FROM (SELECT events.id, events.created_at,
                  (SELECT body_bytes FROM log) - total(octet_length(events.body))
                    OVER (ORDER BY events.id ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW) AS bytes_from_here
           FROM events WHERE events.id < (SELECT oldest_event + 500 FROM log)) AS oldest
     WHERE oldest.id < (SELECT max(id) FROM events)
       AND (oldest.created_at < NEW.keep_from OR oldest.id <= (SELECT max(id) FROM events) - NEW.keep_count
            OR oldest.bytes_from_here > NEW.keep_bytes));
  INSERT INTO forgotten_events (id, tag) SELECT id, tag FROM events WHERE id < (SELECT oldest_event FROM log);
  DELETE FROM forgotten_events WHERE id > 0 AND id < (SELECT oldest_event - 1000000 FROM log);
  DELETE FROM events WHERE id < (SELECT oldest_event FROM log);
END;

-- Whose coming and going a user's session on a platform hears of: what it asked for last (design,
-- "More routes now").
CREATE TABLE online_subscriptions (
  subscriber_id TEXT NOT NULL,
  platform_id   INTEGER NOT NULL,
  user_id       TEXT NOT NULL,
  PRIMARY KEY (subscriber_id, platform_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX online_subscriptions_by_user ON online_subscriptions (user_id, subscriber_id, platform_id);

-- The slot of a user's tokens on a platform was written: who holds polls of the user there is to look
-- at the slot again, and a new session begins without what the one before asked for. No client is told
-- this event (kind 2002); its poll is answered with 401 or not at all.
CREATE VIEW doubt_logins (user_id, platform_id, now) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER doubt_logins INSTEAD OF INSERT ON doubt_logins
BEGIN
  DELETE FROM online_subscriptions WHERE subscriber_id = NEW.user_id AND platform_id = NEW.platform_id;
  INSERT INTO events (kind, user_id, body, created_at)
  VALUES (2002, NEW.user_id, json_object('platform_id', NEW.platform_id), NEW.now);
END;

-- A session asks to hear of user_ids, a JSON array, and of nobody else any more.
CREATE VIEW subscribe_online (subscriber_id, platform_id, user_ids) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER subscribe_online INSTEAD OF INSERT ON subscribe_online
BEGIN
  DELETE FROM online_subscriptions WHERE subscriber_id = NEW.subscriber_id AND platform_id = NEW.platform_id;
  INSERT INTO online_subscriptions (subscriber_id, platform_id, user_id)
  SELECT DISTINCT NEW.subscriber_id, NEW.platform_id, value FROM json_each(NEW.user_ids);
END;

-- Where a user is online now, as an event (kind 2005) for those who asked to hear of it. Only the
-- triggers of presence use this.
CREATE VIEW append_online_event (user_id, now) AS
SELECT NULL, NULL WHERE FALSE;

CREATE TRIGGER append_online_event INSTEAD OF INSERT ON append_online_event
WHEN EXISTS (SELECT 1 FROM online_subscriptions WHERE user_id = NEW.user_id)
BEGIN
  INSERT INTO events (kind, user_id, body, created_at)
  SELECT 2005, NEW.user_id,
         json_object('items', json_array(json_object(
           'user_id', NEW.user_id,
           'online', json(iif(count(*) > 0, 'true', 'false')),
           'platform_ids', json_group_array(platform_id)))),
         NEW.now
  FROM (SELECT platform_id FROM presence WHERE user_id = NEW.user_id ORDER BY platform_id);
END;

-- A lease that is renewed is updated, which is no news.
CREATE TRIGGER presence_begins AFTER INSERT ON presence
BEGIN
  INSERT INTO append_online_event (user_id, now) VALUES (NEW.user_id, NEW.lease_until);
END;

CREATE TRIGGER presence_ends AFTER DELETE ON presence
BEGIN
  INSERT INTO append_online_event (user_id, now) VALUES (OLD.user_id, OLD.lease_until);
END;

CREATE INDEX presence_by_end ON presence (lease_until);

-- The newest poll there: of which login, which instance holds it, when it came and how long it waits.
ALTER TABLE presence ADD COLUMN login_id TEXT NOT NULL DEFAULT '';
ALTER TABLE presence ADD COLUMN instance_id TEXT NOT NULL DEFAULT '';
ALTER TABLE presence ADD COLUMN polled_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE presence ADD COLUMN polled_until INTEGER NOT NULL DEFAULT 0;

-- The instances that hold waiting polls, each for as long as it renews its lease: so that each can
-- see how many look at the log.
CREATE TABLE instances (
  id          TEXT PRIMARY KEY,
  lease_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A lease lasts no longer than one that is given now, whatever the clock said when it was given: one that is stamped
-- more than a minute ahead begins now, and the poll behind it is older than any other.
CREATE VIEW bound_leases (presence_until) AS
SELECT NULL WHERE FALSE;

CREATE TRIGGER bound_leases INSTEAD OF INSERT ON bound_leases
BEGIN
  UPDATE presence SET lease_until = NEW.presence_until, polled_at = 0
  WHERE lease_until > NEW.presence_until + 60000;
END;

-- An instance renews the leases of those who poll it, [user_id, platform_id, login_id, polled_at] in the JSON array
-- polls, and its own. What nobody renewed has ended. A lease never gets shorter, but for one from a time that is not
-- yet. Of two polls that came in the same millisecond, the one of the greater instance id is the newer.
CREATE VIEW renew_leases (instance_id, instance_until, polls, presence_until, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER renew_leases INSTEAD OF INSERT ON renew_leases
BEGIN
  DELETE FROM presence WHERE lease_until <= NEW.now;
  INSERT INTO bound_leases (presence_until) VALUES (NEW.presence_until);
  INSERT INTO presence (user_id, platform_id, lease_until, login_id, instance_id, polled_at)
  SELECT value ->> 0, value ->> 1, NEW.presence_until, value ->> 2, NEW.instance_id, value ->> 3
  FROM json_each(NEW.polls) WHERE TRUE
  ON CONFLICT (user_id, platform_id) DO UPDATE
  SET lease_until = max(lease_until, excluded.lease_until),
      login_id = iif((excluded.polled_at, excluded.instance_id) >= (polled_at, instance_id), excluded.login_id, login_id),
      instance_id = iif((excluded.polled_at, excluded.instance_id) >= (polled_at, instance_id), excluded.instance_id, instance_id),
      polled_at = max(polled_at, excluded.polled_at);
  DELETE FROM instances WHERE lease_until NOT BETWEEN NEW.now + 1 AND NEW.instance_until + 60000;
  INSERT INTO instances (id, lease_until) VALUES (NEW.instance_id, NEW.instance_until)
  ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until;
END;

-- Somebody types in a conversation: an event (kind 2009) for who waits at that moment or polls soon, and nobody later.
-- 10006 without a part in the conversation, 10303 for who has left its group, 10302 for a dismissed one,
-- 10005 beyond the quota.
CREATE VIEW announce_typing (conversation_id, user_id, subject, per_minute, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER announce_typing INSTEAD OF INSERT ON announce_typing
BEGIN
  SELECT RAISE(ABORT, 'longwave:10006')
  WHERE NOT EXISTS (SELECT 1 FROM visible_conversations
                    WHERE owner_id = NEW.user_id AND conversation_id = NEW.conversation_id);
  SELECT RAISE(ABORT, 'longwave:10303') FROM user_conversations
  WHERE owner_id = NEW.user_id AND conversation_id = NEW.conversation_id AND last_event IS NOT NULL;
  SELECT RAISE(ABORT, 'longwave:10302')
  FROM conversations JOIN groups ON groups.id = conversations.group_id
  WHERE conversations.id = NEW.conversation_id AND groups.status = 1;
  INSERT INTO count_in_minute (subject, per_minute, now) VALUES (NEW.subject, NEW.per_minute, NEW.now);
  INSERT INTO events (kind, conversation_id, seq, body, created_at)
  SELECT 2009, id, max_seq, json_object('conversation_id', id, 'user_id', NEW.user_id), NEW.now
  FROM conversations WHERE id = NEW.conversation_id;
END;
