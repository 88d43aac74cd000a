-- Who is online: somebody on a platform, until the lease ends. The instances that hold the polls
-- renew the leases, all of theirs in one statement (design, "Data").
CREATE TABLE presence (
  user_id     TEXT NOT NULL,
  platform_id INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  PRIMARY KEY (user_id, platform_id),
  CONSTRAINT presence_is_on_a_platform CHECK (platform_id BETWEEN 1 AND 10)
) STRICT, WITHOUT ROWID;
