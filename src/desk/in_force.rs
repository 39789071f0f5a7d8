//! What is in force in a ledger: settings, policy, chart, rules and calendar, read once and kept in memory.

use crate::domain::account::Subject;
use crate::domain::authored;
use crate::domain::calendar::Calendar;
use crate::domain::due::{self, Due};
use crate::domain::event::Event;
use crate::domain::money::Currency;
use crate::domain::period::{Moment, parse_zone};
use crate::domain::policy::Policy;
use crate::domain::rejection::Rejection;
use crate::domain::rule::{Expected, Facts, Rule, RuleBook, RuleSet};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::store::calendars::StoredCalendar;
use crate::store::settings::{Settings, StoredRules};
use crate::store::{Fault, Reader, calendars, settings};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The policy of a new ledger, shipped with the program: file name for errors, and text.
pub const DEFAULT_POLICY: (&str, &str) = ("default.toml", include_str!("../../assets/policy/default.toml"));

/// The calendar shipped with the program: file name for errors, and text.
pub const SHIPPED_CALENDAR: (&str, &str) =
    ("cn-payment-systems.toml", include_str!("../../assets/calendars/cn-payment-systems.toml"));

/// Versions of policy, rules and calendar.
type Versions = (i64, i64, i64);

/// What is in force in a ledger.
pub struct InForce {
    /// The settings.
    pub settings: Settings,
    /// The ledger's time zone.
    pub zone: TimeZone,
    /// The policy.
    pub policy: Policy,
    /// The chart of subjects.
    pub chart: Vec<Subject>,
    /// The posting rules, all versions.
    pub rules: RuleBook,
    /// The channel calendar, with the policy's grace.
    pub calendar: Calendar,
    versions: Versions,
}

impl InForce {
    /// Reads everything from a ledger.
    ///
    /// # Errors
    /// A fault if the ledger's settings, policy, chart, rules or calendar cannot be read.
    pub fn read<R: Reader + ?Sized>(reader: &mut R) -> Result<Self, Refusal> {
        let settings = settings::read_settings(reader)?;
        let versions = settings::versions(reader)?;
        let zone = parse_zone(&settings.zone)?;
        let policy = read_policy(reader, settings.currency)?;
        let chart = settings::read_chart(reader)?;
        let rules = rule_book(&settings::read_rules(reader)?, &chart)?;
        let calendar = read_calendar(reader)?.with_grace(grace_seconds(&policy));
        Ok(Self { settings, zone, policy, chart, rules, calendar, versions })
    }

    /// Makes the reads of [`InForce::read`] without using them, for a prefetch pass.
    pub fn prefetch<R: Reader + ?Sized>(reader: &mut R) {
        let _ = (settings::read_settings(reader), settings::versions(reader));
        let _ = (settings::read_policy(reader), settings::read_chart(reader));
        let _ = (settings::read_rules(reader), read_calendar(reader));
    }

    /// Reads policy, rules and calendar again if another session has loaded a new version; returns true if
    /// so.
    ///
    /// # Errors
    /// A fault if they cannot be read.
    pub fn refresh<R: Reader + ?Sized>(&mut self, reader: &mut R) -> Result<bool, Refusal> {
        let versions = settings::versions(reader)?;
        if versions == self.versions || reader.is_prefetch() {
            return Ok(false);
        }
        self.policy = read_policy(reader, self.settings.currency)?;
        self.rules = rule_book(&settings::read_rules(reader)?, &self.chart)?;
        self.calendar = read_calendar(reader)?.with_grace(grace_seconds(&self.policy));
        self.versions = versions;
        Ok(true)
    }

    /// Puts a calendar in force.
    pub fn set_calendar(&mut self, calendar: Calendar) {
        self.calendar = calendar.with_grace(grace_seconds(&self.policy));
    }

    /// Versions of policy, rules and calendar that are in force.
    #[must_use]
    pub const fn versions(&self) -> Versions {
        self.versions
    }

    /// Returns the ledger's currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.settings.currency
    }

    /// Returns the business day of a moment, in the ledger's zone.
    #[must_use]
    pub fn day_of(&self, moment: Moment) -> Date {
        moment.in_zone(&self.zone).date()
    }

    /// Returns the business day of a request.
    #[must_use]
    pub fn today(&self, context: &Context) -> Date {
        self.day_of(context.now)
    }

    /// Returns the rule for an event of a trade, with its rule set.
    #[must_use]
    pub fn rule(&self, facts: &Facts<'_>, event: Event) -> Option<(&RuleSet, &Rule)> {
        due::rule(&self.rules, facts, event)
    }

    /// Returns the lines that should be booked for an event.
    ///
    /// # Errors
    /// As [`due::expected`].
    pub fn expected(&self, facts: &Facts<'_>, event: Event) -> Result<Expected, Rejection> {
        due::expected(&self.rules, facts, event)
    }

    /// Returns whether an event is to be booked at `now`; `is_booked` says whether another event of the trade is.
    #[must_use]
    pub fn due(
        &self,
        facts: &Facts<'_>,
        occurred_at: Moment,
        event: Event,
        now: Moment,
        is_booked: impl Fn(Event) -> bool,
    ) -> Due {
        due::due((&self.rules, &self.calendar), facts, occurred_at, event, now, is_booked)
    }
}

fn grace_seconds(policy: &Policy) -> i64 {
    i64::from(policy.late_grace_minutes) * 60
}

/// Compiles the stored rule sets.
fn rule_book(stored: &[StoredRules], chart: &[Subject]) -> Result<RuleBook, Refusal> {
    let sets = stored
        .iter()
        .map(|rules| RuleSet::parse(&format!("{}@{}", rules.id, rules.version), &rules.source, chart))
        .collect::<Result<Vec<_>, _>>()
        .map_err(authored::rejection)?;
    Ok(RuleBook::new(sets)?)
}

/// Reads the policy in force.
///
/// # Errors
/// A fault if its columns differ from its text.
pub fn read_policy<R: Reader + ?Sized>(reader: &mut R, currency: Currency) -> Result<Policy, Refusal> {
    let stored = settings::read_policy(reader)?;
    let mut policy = Policy::parse(&format!("policy@{}", stored.version), &stored.source, currency)
        .map_err(authored::rejection)?;
    policy.version = stored.version;
    // The guards of the database read the columns, everything else the text.
    if (policy.four_eyes, policy.later_day) != (stored.four_eyes, stored.later_day) {
        return Err(Fault::Corrupt { detail: format!("policy {} is not its text", stored.version) }.into());
    }
    Ok(policy)
}

/// Reads the calendar in force: the shipped one with every loaded file applied on top, oldest first.
///
/// # Errors
/// A fault if a stored calendar cannot be read.
pub fn read_calendar<R: Reader + ?Sized>(reader: &mut R) -> Result<Calendar, Refusal> {
    let stored = calendars::read_calendars(reader)?;
    stored.iter().try_fold(shipped_calendar()?, |base, file| calendar_over(file, &base))
}

/// Returns the calendar shipped with the program.
///
/// # Errors
/// None, unless the shipped file is damaged.
pub fn shipped_calendar() -> Result<Calendar, Refusal> {
    Ok(Calendar::parse(SHIPPED_CALENDAR.0, SHIPPED_CALENDAR.1).map_err(authored::rejection)?)
}

/// Returns the calendar that a loaded file makes of `base`.
///
/// # Errors
/// The first mistake of the file.
pub fn calendar_over(file: &StoredCalendar, base: &Calendar) -> Result<Calendar, Refusal> {
    let name = format!("{}@{}", file.id, file.version);
    Ok(Calendar::parse_over(&name, &file.source, Some(base)).map_err(authored::rejection)?)
}
