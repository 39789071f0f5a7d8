
-- What an exchange of two currencies brings or takes beside its amount. NULL for every other trade.
ALTER TABLE trade ADD COLUMN counter_minor INTEGER CHECK (counter_minor BETWEEN 1 AND 1000000000000000);
ALTER TABLE trade ADD COLUMN counter_currency TEXT
  CHECK ((counter_minor IS NULL) = (counter_currency IS NULL) AND length(counter_currency) = 3 AND counter_currency <> currency);
