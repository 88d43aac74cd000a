-- Presence: subscriptions to the online status of users, and the leases of polls and instances.

-- A session subscribes to the presence of user_ids, a JSON array, in place of its previous subscription.
CREATE VIEW subscribe_online (subscriber_id, platform_id, user_ids) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER subscribe_online INSTEAD OF INSERT ON subscribe_online
BEGIN
  DELETE FROM online_subscriptions WHERE subscriber_id = NEW.subscriber_id AND platform_id = NEW.platform_id;
  INSERT INTO online_subscriptions (subscriber_id, platform_id, user_id)
  SELECT DISTINCT NEW.subscriber_id, NEW.platform_id, value FROM json_each(NEW.user_ids);
END;

-- Appends the event of a user's online status (2005), if a session is subscribed to it. For use by presence_begins and
-- presence_ends only.
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

-- A new lease, and the end of one, append an event, stamped with lease_until: renew_leases sets it to now for both.
-- Renewing a lease updates its row, which appends none.
CREATE TRIGGER presence_begins AFTER INSERT ON presence
BEGIN
  INSERT INTO append_online_event (user_id, now) VALUES (NEW.user_id, NEW.lease_until);
END;

CREATE TRIGGER presence_ends AFTER DELETE ON presence
BEGIN
  INSERT INTO append_online_event (user_id, now) VALUES (OLD.user_id, OLD.lease_until);
END;

-- Shortens leases that end more than a minute after presence_until, the end of a lease given now: a clock that ran
-- ahead gave them. Their polls count as older than any other.
CREATE VIEW bound_leases (presence_until) AS
SELECT NULL WHERE FALSE;

CREATE TRIGGER bound_leases INSTEAD OF INSERT ON bound_leases
BEGIN
  UPDATE presence SET lease_until = NEW.presence_until, polled_at = 0
  WHERE lease_until > NEW.presence_until + 60000;
END;

-- An instance renews its own lease and those of its polls, a JSON array of [user_id, platform_id, login_id,
-- polled_at]; leases that ended are deleted. Renewing never shortens a lease. The newest poll of a user and platform is
-- the one with the greatest (polled_at, instance_id).
CREATE VIEW renew_leases (instance_id, instance_until, polls, presence_until, now) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER renew_leases INSTEAD OF INSERT ON renew_leases
BEGIN
  -- Leases may have ended long ago. An event with an old time would let the log forget all events before it.
  UPDATE presence SET lease_until = NEW.now WHERE lease_until < NEW.now;
  DELETE FROM presence WHERE lease_until <= NEW.now;
  INSERT INTO bound_leases (presence_until) VALUES (NEW.presence_until);
  INSERT INTO presence (user_id, platform_id, lease_until, login_id, instance_id, polled_at)
  SELECT value ->> 0, value ->> 1, NEW.now, value ->> 2, NEW.instance_id, value ->> 3
  FROM json_each(NEW.polls) WHERE TRUE
  ON CONFLICT (user_id, platform_id) DO UPDATE
  SET lease_until = max(lease_until, NEW.presence_until),
      login_id = iif((excluded.polled_at, excluded.instance_id) >= (polled_at, instance_id), excluded.login_id, login_id),
      instance_id = iif((excluded.polled_at, excluded.instance_id) >= (polled_at, instance_id), excluded.instance_id, instance_id),
      polled_at = max(polled_at, excluded.polled_at);
  -- Those that were just inserted.
  UPDATE presence SET lease_until = NEW.presence_until WHERE lease_until = NEW.now;
  DELETE FROM instances WHERE lease_until NOT BETWEEN NEW.now + 1 AND NEW.instance_until + 60000;
  INSERT INTO instances (id, lease_until) VALUES (NEW.instance_id, NEW.instance_until)
  ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until;
END;
