//! The causes of findings, one file each: how it is found, how it is put right.
//!
//! To add a cause: its line in `domain/finding.rs` (word, severity, scenario), a file here with its line in
//! [`CAUSES`], and `assets/locales/causes/<cause>.toml` with its texts, checklist and reason.

mod ambiguous;
mod amount_diff;
mod below_floor;
mod channel_fee_diff;
mod date_diff;
mod debt_open;
mod duplicate;
mod facts_differ;
mod half_posted;
mod line_gone;
mod long;
mod merchant_discount;
mod over_limit;
mod overdue;
mod payout_overdue;
mod posted_not_due;
mod posted_twice;
mod refund_fee_rest;
mod rematch;
mod reversed_in_advance;
mod short;
mod statement_gap;
mod statement_missing;
mod suspense_open;
mod undoes_wrongly;
mod unexplained;
mod unknown_party;
mod unposted;
mod waiting;
mod wrong_account;
mod wrong_amount;
mod wrong_date;
mod wrong_fee;
mod wrong_side;

use crate::desk::findings::cause::CauseDef;
use crate::domain::finding::Cause;

/// All causes. For each thing judged the first that answers wins, so a wrong date is looked for last.
pub(crate) const CAUSES: &[CauseDef] = &[
    reversed_in_advance::DEF,
    duplicate::DEF,
    rematch::DEF,
    suspense_open::DEF,
    undoes_wrongly::DEF,
    unposted::DEF,
    waiting::DEF,
    over_limit::DEF,
    posted_not_due::DEF,
    posted_twice::DEF,
    wrong_account::DEF,
    wrong_amount::DEF,
    wrong_side::DEF,
    wrong_fee::DEF,
    half_posted::DEF,
    wrong_date::DEF,
    payout_overdue::DEF,
    short::DEF,
    facts_differ::DEF,
    ambiguous::DEF,
    merchant_discount::DEF,
    amount_diff::DEF,
    date_diff::DEF,
    overdue::DEF,
    channel_fee_diff::DEF,
    refund_fee_rest::DEF,
    long::DEF,
    statement_missing::DEF,
    statement_gap::DEF,
    line_gone::DEF,
    unexplained::DEF,
    below_floor::DEF,
    unknown_party::DEF,
    debt_open::DEF,
];

/// Returns the definition of a cause; `None` only for one that is missing in the table, which a test forbids.
pub(crate) fn definition(cause: Cause) -> Option<&'static CauseDef> {
    CAUSES.iter().find(|def| def.cause == cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_books(def: &CauseDef) -> bool {
        def.of_voucher.is_some() || def.of_account.is_some()
    }

    #[test]
    fn every_cause_has_one_definition_and_is_found_somehow() {
        for cause in Cause::ALL {
            let defs: Vec<_> = CAUSES.iter().filter(|def| def.cause == *cause).collect();
            let [def] = defs.as_slice() else { panic!("{cause}: {} definitions", defs.len()) };
            let by_trade = def.of_trade.is_some()
                || def.of_open_item.is_some()
                || def.of_claim.is_some()
                || def.of_refunds.is_some();
            let by_rules = def.of_event.is_some() || def.of_channel.is_some();
            let by_channel = def.of_line.is_some()
                || def.of_missing.is_some()
                || def.of_gone.is_some()
                || def.of_gap.is_some();
            assert!(
                by_trade || by_rules || by_channel || def.of_unclaimed.is_some() || of_books(def),
                "{cause}"
            );
        }
        assert_eq!(CAUSES.len(), Cause::ALL.len());
    }
}
