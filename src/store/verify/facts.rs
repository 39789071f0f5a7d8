//! Check of what views and guards read of policy, rules, channels and kinds: columns that were filled from their
//! texts when these were loaded.

use crate::domain::channel::Channels;
use crate::domain::cut::clock_shifts;
use crate::domain::kind::Kinds;
use crate::domain::period::parse_zone;
use crate::domain::policy::Policy;
use crate::domain::rule::RuleBook;
use crate::store::engine::{Reader, StoreError, all};
use crate::store::settings::accept_limits;
use crate::store::verify::Defect;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;

/// What is in force, as its texts say.
#[derive(Debug, Clone, Copy)]
pub struct TextsInForce<'t> {
    /// The policy.
    pub policy: &'t Policy,
    /// Every rule set.
    pub rules: &'t RuleBook,
    /// The channels.
    pub channels: &'t Channels,
    /// The kinds of trades.
    pub kinds: &'t Kinds,
    /// The ledger's zone.
    pub zone: &'t TimeZone,
}

const POLICY: &str = "SELECT cut_from || ' ' || cut_until || ' ' || waiting_days || ' ' || accept_limits FROM policy ORDER BY version DESC LIMIT 1";
const RULES: &str = "SELECT version || ' ' || valid_from FROM rule_set";
const CHANNELS: &str = "SELECT channel || ' ' || cut_minute || ' ' || coalesce(ready_minute, '-') FROM channel_fact \
     WHERE version = (SELECT max(version) FROM channel_set) \
     UNION ALL SELECT channel || ' ' || merchant FROM channel_merchant WHERE version = (SELECT max(version) FROM channel_set) \
     UNION ALL SELECT channel || ' ' || since || ' ' || minutes FROM channel_shift WHERE version = (SELECT max(version) FROM channel_set)";
const KINDS: &str = "SELECT code || ' ' || first_event || ' ' || listed || ' ' || in_process || ' ' || coalesce(money, '-') FROM trade_kind \
     WHERE version = (SELECT max(version) FROM kind_set) \
     UNION ALL SELECT kind || ' ' || undone FROM kind_undoes WHERE version = (SELECT max(version) FROM kind_set)";

impl TextsInForce<'_> {
    /// Returns a defect for each of them of which the database has read something else than its text says.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn misread<R: Reader + ?Sized>(self, reader: &mut R) -> Result<Vec<Defect>, StoreError> {
        let expected = [
            ("policy", POLICY, self.of_policy()),
            ("rules", RULES, self.of_rules()),
            ("channels", CHANNELS, self.of_channels()),
            ("kinds", KINDS, self.of_kinds()),
        ];
        let mut found = Vec::new();
        for (what, sql, expected) in expected {
            let read: BTreeSet<String> =
                all(reader, sql, &[], |row| Ok(row.text(0)?.to_owned()))?.into_iter().collect();
            // An earlier version of the program did not keep which way a kind's money goes.
            let unknown = read.iter().filter_map(|row| row.strip_suffix('-'));
            let unknown: Vec<&str> = unknown.filter(|_| what == "kinds").collect();
            let is_read =
                |row: &String| read.contains(row) || unknown.iter().any(|known| row.starts_with(known));
            if !read.is_empty() && (read.len() != expected.len() || !expected.iter().all(is_read)) {
                let args = vec![("what".to_owned(), what.to_owned())];
                found.push(Defect { check: "facts", voucher_no: None, account: None, args });
            }
        }
        Ok(found)
    }

    fn of_policy(self) -> BTreeSet<String> {
        let policy = self.policy;
        let limits = accept_limits(policy);
        [format!("{} {} {} {limits}", policy.cut_from(), policy.cut_until(), policy.waiting_days)].into()
    }

    fn of_rules(self) -> BTreeSet<String> {
        self.rules.sets().iter().map(|set| format!("{} {}", set.version(), set.valid_from())).collect()
    }

    fn of_channels(self) -> BTreeSet<String> {
        let mut rows = BTreeSet::new();
        for channel in self.channels.all() {
            let ready =
                channel.statement_ready_minute.map_or_else(|| "-".to_owned(), |minute| minute.to_string());
            rows.insert(format!("{} {} {ready}", channel.code, channel.cut_minute));
            rows.extend(channel.merchants.iter().map(|merchant| format!("{} {merchant}", channel.code)));
            let clock = parse_zone(&channel.zone).unwrap_or_else(|_| self.zone.clone());
            let shifts = clock_shifts(&clock, self.zone).into_iter();
            rows.extend(shifts.map(|shift| format!("{} {} {}", channel.code, shift.since, shift.minutes)));
        }
        rows
    }

    fn of_kinds(self) -> BTreeSet<String> {
        let mut rows = BTreeSet::new();
        for kind in self.kinds.all() {
            let number = self.kinds.number(kind.first_event()).unwrap_or(1);
            let (listed, in_process) = (i64::from(kind.listed), i64::from(kind.counts_in_process()));
            rows.insert(format!("{} {number} {listed} {in_process} {}", kind.code, kind.money));
            rows.extend(kind.undoes.iter().map(|undone| format!("{} {undone}", kind.code)));
        }
        rows
    }
}
