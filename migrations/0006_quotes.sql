-- Messages that quote others.

-- quote_seq: the message of the same conversation that this one quotes; NULL if it quotes none, or is erased.
ALTER TABLE messages ADD COLUMN quote_seq INTEGER;

-- Finds the messages that quote a message.
CREATE INDEX messages_by_quote ON messages (conversation_id, quote_seq) WHERE quote_seq IS NOT NULL;
