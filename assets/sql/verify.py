"""Verifies a Storno ledger by its public format, without Storno: python3 verify.py LEDGER

Prints one JSON object; exits 1 where something is wrong. Standard library only.
"""
import hashlib, json, pathlib, sqlite3, sys

VOUCHER = ("prev_hash seq voucher_no kind mode trade_no event reverses case_no accounting_date business_date value_date "
           "reason rule maker checker posted_at memo").split()
ENTRY = ("line account account_seq side amount_minor mode balance_before_minor balance_after_minor currency").split()
POSTS = ("post", "repost", "supplement", "import")
TEXTS = ("policy", "rule_set", "calendar", "channel_set", "kind_set")
STANDING = "SELECT s.* FROM account_statement s WHERE s.id NOT IN (SELECT statement FROM account_statement_change)"
ACCOUNT_STATEMENTS = (
    ("account_lines", """SELECT s.account FROM account_statement s LEFT JOIN (
           SELECT statement, count(*) AS lines, sum(amount_minor) AS moved, min(n) AS first, max(n) AS last
             FROM account_line GROUP BY statement) l ON l.statement = s.id
        WHERE s.rows <> coalesce(l.lines, 0) OR s.sum_minor <> coalesce(l.moved, 0) OR l.first <> 1 OR l.last <> l.lines
        UNION ALL SELECT NULL FROM (SELECT DISTINCT statement FROM account_line) WHERE statement NOT IN (SELECT id FROM account_statement)"""),
    ("account_balance", """SELECT account FROM account_statement WHERE (opening_minor IS NULL) <> (closing_minor IS NULL)
        OR opening_minor + sum_minor <> closing_minor"""),
    ("account_twice", f"SELECT account FROM ({STANDING}) GROUP BY account, number, day HAVING count(*) > 1"),
    ("account_end", """SELECT s.account FROM account_statement_change c LEFT JOIN account_statement s ON s.id = c.statement
          LEFT JOIN account_statement b ON b.id = c.by_statement
        WHERE s.id IS NULL OR c.n <> 1 OR (c.state = 'replaced' AND (b.id IS NULL OR b.id <= s.id OR b.account <> s.account
           OR b.number <> s.number OR b.day <> s.day))
        UNION ALL SELECT account FROM account_statement WHERE account NOT IN (SELECT code FROM account)
        UNION ALL SELECT NULL FROM (SELECT max(id) AS last, count(*) AS statements FROM account_statement) WHERE last <> statements"""),
)


def field(value):
    """A field of the canonical form: its length in bytes, a colon, its UTF-8 bytes; an absent one is a dash."""
    data = str(value).encode()
    return b"-" if value is None else b"%d:%s" % (len(data), data)


def verify(path):
    db = sqlite3.connect(pathlib.Path(path).resolve().as_uri() + "?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    problems, chains, live, count, entries_read = [], {}, {}, 0, 0
    prev_hash, seq = "0" * 64, 0
    normal = dict(db.execute("SELECT code, normal_side FROM v_account"))
    result = {code for code, name in db.execute("SELECT code, class FROM v_account") if name in ("income", "expense", "equity")}
    closed = dict(db.execute("SELECT day, head_seq FROM day WHERE state = 'closed'"))
    moved = {day: {} for day in closed}

    def net(voucher_no, later_year):
        lines = db.execute("SELECT account, side, amount_minor FROM v_entry WHERE voucher_no = ?", (voucher_no,))
        sums = {}
        for account, side, amount in lines:
            key = "result" if later_year and account in result else account
            sums[key] = sums.get(key, 0) + (amount if side == "debit" else -amount)
        return sums

    for v in db.execute("SELECT * FROM v_voucher ORDER BY seq"):
        number, count = v["voucher_no"], count + 1
        problems += [("sequence", None, None)] * (v["seq"] - seq - 1)
        if v["prev_hash"] != prev_hash:
            problems.append(("link", number, None))
        seq, prev_hash = v["seq"], v["hash"]
        entries = db.execute("SELECT * FROM v_entry WHERE voucher_no = ? ORDER BY line", (number,)).fetchall()
        form = [field("storno-voucher-1")] + [field(v[name]) for name in VOUCHER]
        form += [field(e[name]) for e in entries for name in ENTRY]
        if hashlib.sha256(b"".join(form)).hexdigest() != v["hash"]:
            problems.append(("hash", number, None))
        totals = {}
        for e in entries:
            entries_read += 1
            code, before, after = e["account"], e["balance_before_minor"], e["balance_after_minor"]
            last, balance = chains.get(code, (0, 0))
            chains[code] = (e["account_seq"], after)
            if e["account_seq"] != last + 1:
                problems.append(("chain", number, code))
            elif before != balance or after - before != e["amount_minor"] * (1 if e["side"] == normal[code] else -1):
                problems.append(("balance", number, code))
            debit = e["amount_minor"] * (1 if e["side"] == "debit" else -1)
            totals[e["currency"]] = totals.get(e["currency"], 0) + debit
            if v["accounting_date"] in moved:
                sums = moved[v["accounting_date"]].setdefault(code, {"debit": 0, "credit": 0})
                sums[e["side"]] += e["amount_minor"]
        if len(entries) < 2 or any(totals.values()):
            problems.append(("unbalanced", number, None))
        if v["seq"] > closed.get(v["accounting_date"], v["seq"]):
            problems.append(("closed", number, None))
        if v["reverses"] is not None:
            day = db.execute("SELECT accounting_date FROM v_voucher WHERE voucher_no = ?", (v["reverses"],)).fetchone()[0]
            later_year = v["accounting_date"][:4] > day[:4]
            theirs, ours = net(v["reverses"], later_year), net(number, later_year)
            if any(theirs.get(code, 0) + ours.get(code, 0) for code in {*theirs, *ours}):
                problems.append(("mirror", number, None))
        if v["kind"] in POSTS and v["reversed_by"] is None and v["event"] is not None:
            live[v["trade_no"], v["event"]] = live.get((v["trade_no"], v["event"]), 0) + 1
    if db.execute("SELECT count(*) FROM entry WHERE voucher > ?", (seq,)).fetchone()[0]:
        problems.append(("orphan", None, None))
    else:
        for code, balance, entries in db.execute("SELECT code, balance_minor, entries FROM v_account"):
            if (entries, balance) != chains.get(code, (0, 0)):
                problems.append(("head", None, code))
    for trade_no, event, vouchers in db.execute("SELECT trade_no, event, live_vouchers FROM v_event"):
        if vouchers != live.get((trade_no, event), 0):
            problems.append(("event", None, None))
    closing = {}
    for day in sorted(closed):
        rows = db.execute("SELECT account, debit_minor, credit_minor, balance_minor FROM v_day_balance WHERE day = ?", (day,))
        for code, debit, credit, balance in rows:
            closing[code] = closing.get(code, 0) + (debit - credit) * (1 if normal[code] == "debit" else -1)
            if moved[day].pop(code, None) != {"debit": debit, "credit": credit} or closing[code] != balance:
                problems.append(("closing", None, code))
        problems += [("closing", None, code) for code in moved[day]]
    seals = "SELECT head_seq, head_hash FROM day WHERE state = 'closed' UNION ALL SELECT head_seq, head_hash FROM period"
    for head in db.execute(f"SELECT * FROM ({seals}) WHERE head_seq > 0").fetchall():
        if not db.execute("SELECT 1 FROM v_voucher WHERE seq = ? AND hash = ?", tuple(head)).fetchone():
            problems.append(("tail", None, None))
    for table in TEXTS:
        for source, fingerprint in db.execute(f"SELECT source, fingerprint FROM {table}"):
            if hashlib.sha256(source.encode()).hexdigest() != fingerprint:
                problems.append(("text", None, None))
    for check, sql in ACCOUNT_STATEMENTS:
        problems += [(check, None, account) for (account,) in db.execute(sql)]
    damage = [text for (text,) in db.execute("PRAGMA integrity_check(20)") if text != "ok"]
    missing = db.execute("PRAGMA foreign_key_check").fetchmany(20)
    problems += [("file", None, None)] * (len(damage) + len(missing))
    return {"ok": not problems, "vouchers": count, "entries": entries_read, "head_seq": seq, "head_hash": prev_hash,
            "problems": problems}


if __name__ == "__main__":
    answer = verify(sys.argv[1])
    print(json.dumps(answer, ensure_ascii=False))
    sys.exit(0 if answer["ok"] else 1)
