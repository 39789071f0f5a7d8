-- Storno ledger, schema version 3: the lines of a statement are found without reading those of others.

CREATE INDEX statement_line_statement ON statement_line (statement);

-- Refunds that did not reach the customer, as the channel notes.
CREATE INDEX statement_line_trouble ON statement_line (id) WHERE trouble IS NOT NULL;

-- Trades whose money left us and did not reach the customer, with the line that says so; until a later line of the refund says that it
-- did, or a trade goes back on it.
CREATE VIEW trade_trouble AS
SELECT t.id AS trade, l.id AS line
  FROM standing_line l JOIN trade t ON t.channel_ref = l.channel_ref AND t.channel = l.channel
 WHERE l.trouble IS NOT NULL AND l.kind = 'refund'
   AND (EXISTS (SELECT 1 FROM trade_fits f WHERE f.trade = t.id AND f.line = l.id)
     OR EXISTS (SELECT 1 FROM trade_decided d WHERE d.trade = t.id AND d.line = l.id))
   AND NOT EXISTS (
        SELECT 1 FROM standing_line x WHERE x.channel_ref = l.channel_ref AND x.channel = l.channel AND x.kind = l.kind
           AND x.channel_no = l.channel_no AND x.id > l.id)
   AND NOT EXISTS (
        SELECT 1 FROM trade_now o WHERE o.original_ref = t.channel_ref AND o.channel = t.channel AND o.id <> t.id
           AND o.status_now = 'succeeded' AND t.original_ref IS NOT t.channel_ref);

-- Those of them that nobody has seen to since the channel noted it.
CREATE VIEW trade_follow_up AS
SELECT u.trade, u.line FROM trade_trouble u
 WHERE NOT EXISTS (
    SELECT 1 FROM follow_up_note f JOIN statement_line l ON l.id = u.line AND l.channel_no = f.channel_no AND l.trouble = f.trouble
     WHERE f.trade = u.trade AND f.done = 1 AND NOT EXISTS (SELECT 1 FROM follow_up_note x WHERE x.trade = f.trade AND x.n > f.n));

