//! Numbered migrations. They are only ever added to; a released one never changes.

/// `PRAGMA application_id` of a ledger: the letters `STRN`.
pub const APPLICATION_ID: i64 = 0x5354_524e;

/// The migrations: entry `n` brings a file from schema version `n` to `n + 1`.
pub const MIGRATIONS: &[&str] = &[
    // One migration in four texts by purpose, run as one.
    concat!(
        include_str!("../../../assets/sql/0001_ledger/1_tables.sql"),
        include_str!("../../../assets/sql/0001_ledger/2_append_only.sql"),
        include_str!("../../../assets/sql/0001_ledger/3_guards.sql"),
        include_str!("../../../assets/sql/0001_ledger/4_views.sql"),
    ),
    concat!(
        include_str!("../../../assets/sql/0002_kinds_and_channels/1_tables.sql"),
        include_str!("../../../assets/sql/0002_kinds_and_channels/2_views.sql"),
        include_str!("../../../assets/sql/0002_kinds_and_channels/3_exchange.sql"),
    ),
    concat!(
        include_str!("../../../assets/sql/0003_statements_and_matches/1_statements.sql"),
        include_str!("../../../assets/sql/0003_statements_and_matches/1b_discounts.sql"),
        include_str!("../../../assets/sql/0003_statements_and_matches/2_matching.sql"),
        include_str!("../../../assets/sql/0003_statements_and_matches/3_trade_life.sql"),
        include_str!("../../../assets/sql/0003_statements_and_matches/4_takeover.sql"),
        include_str!("../../../assets/sql/0003_statements_and_matches/5_follow_up.sql"),
        include_str!("../../../assets/sql/0003_statements_and_matches/5_journals.sql"),
        include_str!("../../../assets/sql/0003_statements_and_matches/5_search.sql"),
        include_str!("../../../assets/sql/0003_statements_and_matches/5_undone.sql"),
        include_str!("../../../assets/sql/0003_statements_and_matches/6_guards.sql"),
        include_str!("../../../assets/sql/0003_statements_and_matches/6_signed_days.sql"),
        include_str!("../../../assets/sql/0003_statements_and_matches/7_kept_findings.sql"),
    ),
    include_str!("../../../assets/sql/0004_account_statements/1_account_statements.sql"),
    concat!(
        include_str!("../../../assets/sql/0005_reconciliation/1_lines.sql"),
        include_str!("../../../assets/sql/0005_reconciliation/2_account_evidence.sql"),
        include_str!("../../../assets/sql/0005_reconciliation/3_acceptance.sql"),
        include_str!("../../../assets/sql/0005_reconciliation/4_sign_off.sql"),
        include_str!("../../../assets/sql/0005_reconciliation/5_account_matches.sql"),
    ),
];

/// The schema version this program works with (`PRAGMA user_version`).
#[expect(clippy::cast_possible_wrap, reason = "a handful of migrations")]
pub const VERSION: i64 = MIGRATIONS.len() as i64;

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn each_migration_is_every_text_of_its_folder_in_order() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sql");
        let sorted = |folder: &Path| {
            let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            let mut paths: Vec<_> = entries.collect();
            paths.sort();
            paths
        };
        let folders = sorted(&folder).into_iter().filter(|path| path.is_dir());
        let texts = folders.map(|folder| {
            sorted(&folder).iter().map(|path| std::fs::read_to_string(path).unwrap()).collect::<String>()
        });
        assert!(MIGRATIONS.iter().copied().eq(texts.collect::<Vec<_>>()));
    }
}
