-- Which history a place in the log belongs to, how large the log is, and what a wrong clock may not do.

-- The log again. tag tells an event from one that stands at the same id in another history of this database: a
-- backup that is restored goes on with the same ids. A cursor carries the tag of its event. The frame of a changed
-- profile (2008) is made of the user's row when it is told; only events of earlier versions have it as a body.
CREATE TABLE kept AS SELECT * FROM events;
DROP TABLE events;
CREATE TABLE events (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  tag             INTEGER NOT NULL DEFAULT (random()),
  kind            INTEGER NOT NULL,
  conversation_id TEXT,
  user_id         TEXT,
  seq             INTEGER,
  read_seq        INTEGER,
  body            TEXT,
  created_at      INTEGER NOT NULL,
  CONSTRAINT event_concerns_somebody CHECK (user_id IS NOT NULL OR (conversation_id IS NOT NULL AND seq IS NOT NULL)),
  CONSTRAINT event_has_data CHECK (iif(body IS NULL, kind IN (2001, 2008), kind <> 2001)),
  CONSTRAINT event_of_message_has_its_place CHECK (kind <> 2001 OR seq IS NOT NULL)
) STRICT;

INSERT INTO events (id, kind, conversation_id, user_id, seq, read_seq, body, created_at)
SELECT id, kind, conversation_id, user_id, seq, read_seq, body, created_at FROM kept ORDER BY id;
DROP TABLE kept;

CREATE INDEX events_by_conversation ON events (conversation_id, id) WHERE user_id IS NULL;

CREATE INDEX events_by_user ON events (user_id, id) WHERE user_id IS NOT NULL;

-- The tag of the newest event that the log forgot, for the cursor that stands exactly there; 0 before there is one.
ALTER TABLE log ADD COLUMN forgotten_tag INTEGER NOT NULL DEFAULT 0;

-- How many bytes the bodies of all events have together, counted as they come and go.
ALTER TABLE log ADD COLUMN body_bytes INTEGER NOT NULL DEFAULT 0;

UPDATE log SET body_bytes = (SELECT coalesce(sum(octet_length(body)), 0) FROM events);

CREATE TRIGGER event_body_comes AFTER INSERT ON events WHEN NEW.body IS NOT NULL
BEGIN
  UPDATE log SET body_bytes = body_bytes + octet_length(NEW.body);
END;

CREATE TRIGGER event_body_goes AFTER DELETE ON events WHEN OLD.body IS NOT NULL
BEGIN
  UPDATE log SET body_bytes = body_bytes - octet_length(OLD.body);
END;

-- Which poll is the newest is all that is asked of a lease.
ALTER TABLE presence DROP COLUMN polled_until;
