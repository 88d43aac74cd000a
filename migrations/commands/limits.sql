-- Limits of actions per minute, and nonces, which can be used once.

-- Counts an action of subject; too_many_requests if per_minute actions were counted in this minute already. A
-- per_minute of 0 disables the limit. Clocks of instances differ a little, and a clock may be set back: a minute that
-- starts less than 60 s in the future is the current one, and one further ahead has ended.
CREATE VIEW count_in_minute (subject, per_minute, now) AS
SELECT NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER count_in_minute INSTEAD OF INSERT ON count_in_minute
WHEN NEW.per_minute > 0
BEGIN
  SELECT RAISE(ABORT, 'longwave:too_many_requests') FROM throttles
  WHERE subject = NEW.subject AND count >= NEW.per_minute AND abs(NEW.now - minute_start) < 60000;

  -- Deletes more rows than one call can add, so the table stays small.
  DELETE FROM throttles WHERE subject IN
    (SELECT subject FROM throttles WHERE minute_start <= NEW.now - 60000 ORDER BY minute_start LIMIT 4);

  INSERT INTO throttles (subject, minute_start, count) VALUES (NEW.subject, NEW.now, 1)
  ON CONFLICT (subject) DO UPDATE
  SET count = iif(abs(excluded.minute_start - minute_start) < 60000, count + 1, 1),
      minute_start = iif(abs(excluded.minute_start - minute_start) < 60000, minute_start, excluded.minute_start);
END;

-- A service uses a nonce, which is kept until expires_at, the last moment at which the call would be accepted.
-- unauthorized if it was used before, or may have been used and deleted since while the clock ran ahead.
CREATE VIEW use_nonce (service, nonce, expires_at, now) AS
SELECT NULL, NULL, NULL, NULL WHERE FALSE;

CREATE TRIGGER use_nonce INSTEAD OF INSERT ON use_nonce
BEGIN
  DELETE FROM nonces WHERE (service, nonce) IN
    (SELECT service, nonce FROM nonces WHERE expires_at < NEW.now ORDER BY expires_at LIMIT 4);
  SELECT RAISE(ABORT, 'longwave:unauthorized:X-Timestamp is of a time whose nonces are forgotten')
  WHERE NEW.expires_at <= (SELECT last FROM forgotten_nonces
                           WHERE first <= NEW.expires_at ORDER BY first DESC LIMIT 1);
  SELECT RAISE(ABORT, 'longwave:unauthorized:the nonce was used before')
  FROM nonces WHERE service = NEW.service AND nonce = NEW.nonce;
  INSERT INTO nonces (service, nonce, expires_at) VALUES (NEW.service, NEW.nonce, NEW.expires_at);
END;

-- Records the expiry of a deleted nonce: extends the interval of forgotten_nonces that ends at most ten minutes
-- earlier, or begins one.
CREATE TRIGGER nonce_is_forgotten AFTER DELETE ON nonces
BEGIN
  INSERT INTO forgotten_nonces (first, last)
  SELECT coalesce((SELECT iif(last >= OLD.expires_at - 600000, first, NULL) FROM forgotten_nonces
                   WHERE first <= OLD.expires_at ORDER BY first DESC LIMIT 1),
                  OLD.expires_at),
         OLD.expires_at
  WHERE TRUE
  ON CONFLICT (first) DO UPDATE SET last = max(last, excluded.last);
END;
