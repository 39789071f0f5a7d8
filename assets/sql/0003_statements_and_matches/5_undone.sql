-- What trades undo of each other, less what was won back.

-- Trades that undo another and succeeded: undone is the other's row, undoing is its own, amount_now what it undoes.
CREATE VIEW trade_undoing AS
SELECT o.id AS undone, x.id AS undoing, x.amount_now
  FROM trade_now x JOIN trade o ON o.channel_ref = x.original_ref AND o.channel = x.channel AND o.currency = x.currency
 WHERE x.status_now = 'succeeded'
   AND (x.counters = o.kind OR EXISTS (SELECT 1 FROM undoes_now u WHERE u.kind = x.kind AND u.undone = o.kind));

-- Trades that name a payment and undo what undid it, as a representment that names the payment of its chargeback.
CREATE VIEW trade_won_back AS
SELECT y.channel, y.original_ref, y.currency, y.amount_now
  FROM trade_now y
 WHERE y.status_now = 'succeeded' AND y.counters IS NULL
   AND EXISTS (SELECT 1 FROM trade x JOIN undoes_now u ON u.kind = y.kind AND u.undone = x.kind
                WHERE x.original_ref = y.original_ref AND x.channel = y.channel AND x.id <> y.id)
   AND NOT EXISTS (SELECT 1 FROM trade o JOIN undoes_now u ON u.kind = y.kind AND u.undone = o.kind
                    WHERE o.channel_ref = y.original_ref AND o.channel = y.channel);

DROP VIEW trade_undone;

-- How much of a trade others undo in its own currency: counter trades alone, and with them the kinds that undo its kind, less what was
-- undone of those.
CREATE VIEW trade_undone AS
SELECT t.id, t.kind, t.channel, t.channel_ref, t.status_now, t.amount_now,
       coalesce((SELECT sum(x.amount_now) FROM trade_now x
                  WHERE x.original_ref = t.channel_ref AND x.channel = t.channel AND x.currency = t.currency AND x.status_now = 'succeeded'
                    AND x.kind = 'counter' AND x.counters = t.kind), 0) AS countered_minor,
       max(0,
         coalesce((SELECT sum(x.amount_now - coalesce((
                     SELECT sum(y.amount_now - coalesce((SELECT sum(z.amount_now) FROM trade_undoing z WHERE z.undone = y.undoing), 0))
                       FROM trade_undoing y WHERE y.undone = x.undoing), 0))
                     FROM trade_undoing x WHERE x.undone = t.id), 0)
         - coalesce((SELECT sum(w.amount_now) FROM trade_won_back w
                      WHERE w.original_ref = t.channel_ref AND w.channel = t.channel AND w.currency = t.currency), 0)) AS undone_minor
  FROM trade_now t;
