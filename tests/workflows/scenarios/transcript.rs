//! What cases did to a ledger, as text: entries, turnover net and gross, what each customer saw before and
//! sees now. The snapshots keep these texts.

use crate::support::Shop;

/// The turnover of a ledger and what its customers see, at one moment.
pub struct Observed {
    turnover: Vec<(String, [i64; 4])>,
    customers: Vec<(String, String)>,
}

impl Observed {
    /// Reads both from the ledger.
    pub fn of(shop: &Shop, now: &str) -> Self {
        let sums = ["net_debit_minor", "net_credit_minor", "gross_debit_minor", "gross_credit_minor"];
        let days = shop.rows("SELECT DISTINCT accounting_date FROM v_voucher ORDER BY 1");
        let mut turnover = Vec::new();
        for day in days.lines().map(|day| day.trim_start_matches("Text(\"").trim_end_matches("\")|")) {
            let told = shop.json(&["turnover", "--day", day, "--now", now]);
            for row in told["accounts"].as_array().unwrap() {
                let name = format!("{day} {}", row["code"].as_str().unwrap());
                turnover.push((name, sums.map(|sum| row[sum].as_i64().unwrap())));
            }
        }
        let parties =
            shop.rows(
            "SELECT customer FROM v_trade WHERE customer IS NOT NULL UNION SELECT merchant FROM v_trade WHERE merchant IS NOT NULL \
             UNION SELECT substr(iif(code LIKE '%.' || currency, substr(code, 1, length(code) - 4), code), 6) FROM v_account \
             WHERE customer_visible = 1 ORDER BY 1",
        );
        let customers = parties
            .lines()
            .map(|party| party.trim_start_matches("Text(\"").trim_end_matches("\")|"))
            .map(|party| (party.to_owned(), customer_view(shop, party, now)))
            .collect();
        Self { turnover, customers }
    }
}

/// Trades and balances on the statement of a customer or merchant.
fn customer_view(shop: &Shop, party: &str, now: &str) -> String {
    let seen = shop.json(&["statement", party, "--from", "2018-01-01", "--to", "2019-12-31", "--now", now]);
    let trades = seen["trades"].as_array().unwrap().iter();
    let trades = trades.map(|trade| {
        let word = |name: &str| trade[name].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", word("trade_no"), yuan(trade["amount_minor"].as_i64().unwrap()), word("status"))
    });
    let balances = seen["balances"].as_array().unwrap().iter();
    let balances = balances.map(|row| {
        format!("{} {}", row["account"].as_str().unwrap(), yuan(row["closing_minor"].as_i64().unwrap()))
    });
    trades.chain(balances).collect::<Vec<_>>().join(" · ")
}

/// Minor units as a decimal amount.
fn yuan(minor: i64) -> String {
    format!("{}{}.{:02}", if minor < 0 { "-" } else { "" }, minor.abs() / 100, minor.abs() % 100)
}

/// Returns what some cases did: their entries, the turnover they made net and gross, whose view changed, and
/// the states of the trade.
pub fn transcript(
    shop: &Shop,
    title: &str,
    trade: &str,
    cases: &[&str],
    before: &Observed,
    now: &str,
) -> String {
    let state = "SELECT status || ' · ' || posting || ' · ' || clearing || ' · ' || settlement || ' · ' || recon FROM v_trade WHERE trade_no = ";
    let states = if trade.is_empty() { String::new() } else { shop.text(&format!("{state}'{trade}'")) };
    let mut text = format!("{title} {trade} {states}").trim_end().to_owned() + "\n";
    for case in cases {
        let sql = shop.sql();
        let mut query = sql
            .prepare(
                "SELECT v.seq, v.kind || ' ' || v.mode || ' ' || v.accounting_date, e.side, e.account, e.amount_minor FROM v_voucher v \
                 JOIN v_entry e ON e.voucher_no = v.voucher_no WHERE v.case_no = ?1 ORDER BY v.seq, e.line",
            )
            .unwrap();
        let mut rows = query.query([case]).unwrap();
        let mut last = 0;
        while let Some(row) = rows.next().unwrap() {
            let (seq, head): (i64, String) = (row.get(0).unwrap(), row.get(1).unwrap());
            let (side, account): (String, String) = (row.get(2).unwrap(), row.get(3).unwrap());
            let side = if side == "debit" { "Dr" } else { "Cr" };
            text += &if seq == last {
                " · ".to_owned()
            } else {
                format!("{}  {head}: ", if last == 0 { "" } else { "\n" })
            };
            text += &format!("{side} {account} {}", yuan(row.get(4).unwrap()));
            last = seq;
        }
        text += if last == 0 { "" } else { "\n" };
    }
    let after = Observed::of(shop, now);
    for (account, sums) in &after.turnover {
        let was = before.turnover.iter().find(|(known, _)| known == account).map_or([0; 4], |(_, was)| *was);
        let made = [0, 1, 2, 3].map(|at| sums[at] - was[at]);
        if made != [0; 4] {
            let [net_debit, net_credit, debit, credit] = made.map(yuan);
            text += &format!("  {account}: net {net_debit} / {net_credit}, gross {debit} / {credit}\n");
        }
    }
    for (party, sees) in &after.customers {
        let saw = before.customers.iter().find(|(known, _)| known == party).map_or("", |(_, saw)| saw);
        let parts = |of: &str, besides: &str| {
            let besides: Vec<&str> = besides.split(" · ").collect();
            let parts = of.split(" · ").filter(|part| !part.is_empty() && !besides.contains(part));
            parts.collect::<Vec<_>>().join(", ")
        };
        if saw != sees {
            text += &format!("  {party} saw [{}] and sees [{}]\n", parts(saw, sees), parts(sees, saw));
        }
    }
    text
}

/// Compares a transcript with its snapshot.
pub fn assert_kept(name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}
