-- What is left of events that the log forgot.

-- Their tags, which tell a cursor that is too old from one of another history, whose client holds what is no
-- longer true. Event 0 stands for the place before the first.
CREATE TABLE forgotten_events (
  id  INTEGER PRIMARY KEY,
  tag INTEGER NOT NULL
) STRICT;

INSERT INTO forgotten_events (id, tag) SELECT oldest_event - 1, forgotten_tag FROM log WHERE oldest_event > 1;

INSERT INTO forgotten_events (id, tag) VALUES (0, 0);

ALTER TABLE log DROP COLUMN forgotten_tag;
