-- The event log: its size, and pruning.

-- Keeps log.body_bytes up to date.
CREATE TRIGGER event_body_comes AFTER INSERT ON events WHEN NEW.body IS NOT NULL
BEGIN
  UPDATE log SET body_bytes = body_bytes + octet_length(NEW.body);
END;

CREATE TRIGGER event_body_goes AFTER DELETE ON events WHEN OLD.body IS NOT NULL
BEGIN
  UPDATE log SET body_bytes = body_bytes - octet_length(OLD.body);
END;

-- Prunes the oldest events: those created before keep_from, those beyond the newest keep_count, and those beyond the
-- newest whose bodies add up to keep_bytes. The newest event always stays. At most 500 events per statement, so that
-- other writers do not wait for long. A cursor before oldest_event is reset.
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
