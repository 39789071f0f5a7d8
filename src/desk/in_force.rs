//! What is in force in a ledger: settings, policy, chart, rules and calendar, read once and kept in memory.

use crate::domain::account::Subject;
use crate::domain::authored;
use crate::domain::calendar::Calendar;
use crate::domain::channel::Channels;
use crate::domain::correction::to_prior_year;
use crate::domain::currencies::Currencies;
use crate::domain::cut::{Cut, KnownDays};
use crate::domain::due::{self, Due};
use crate::domain::event::Event;
use crate::domain::id::AccountCode;
use crate::domain::kind::{Kind, Kinds};
use crate::domain::ledger_template::{DEFAULT_TEMPLATE, FileText};
use crate::domain::money::Currency;
use crate::domain::period::{Moment, parse_zone};
use crate::domain::policy::Policy;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::Role;
use crate::domain::rule::{Expected, Facts, Rule, RuleBook, RuleScope, RuleSet};
use crate::domain::trade::{Channel, TradeKind};
use crate::domain::voucher::Line;
use crate::protocol::context::Context;
use crate::protocol::names::Names;
use crate::protocol::refusal::Refusal;
use crate::protocol::trades::StatementRow;
use crate::store::authored::{AuthoredFile, StoredFile};
use crate::store::settings::{Settings, StoredRules, Versions};
use crate::store::{Fault, Reader, StoreError, settings};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// The policy of a new ledger, shipped with the program: file name for errors, and text.
pub const DEFAULT_POLICY: FileText<'static> = DEFAULT_TEMPLATE.policy;

/// The calendar shipped with the program: file name for errors, and text.
pub const SHIPPED_CALENDAR: FileText<'static> = match DEFAULT_TEMPLATE.calendar {
    Some(calendar) => calendar,
    None => ("calendar.toml", ""),
};

/// The channels shipped with the program: file name for errors, and text.
pub const DEFAULT_CHANNELS: FileText<'static> = DEFAULT_TEMPLATE.channels;

/// The kinds of trades shipped with the program: file name for errors, and text.
pub const DEFAULT_KINDS: FileText<'static> = DEFAULT_TEMPLATE.kinds;

/// What is in force in a ledger.
#[derive(Clone)]
pub struct InForce {
    /// The settings.
    pub settings: Settings,
    /// The currencies that the ledger keeps.
    pub currencies: Currencies,
    /// The ledger's time zone.
    pub zone: TimeZone,
    /// The policy.
    pub policy: Policy,
    /// The chart of subjects.
    pub chart: Vec<Subject>,
    /// The channels.
    pub channels: Channels,
    /// The kinds of trades.
    pub kinds: Kinds,
    /// Names of kinds, events and channels.
    pub names: Names,
    /// The posting rules, all versions.
    pub rules: RuleBook,
    /// The channel calendar, with the policy's grace.
    pub calendar: Calendar,
    /// Role of the session; without one a session does whatever the policy allows.
    pub role: Role,
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
        let (channels, kinds) = (read_channels(reader)?, read_kinds(reader)?);
        let currencies = Currencies::new(settings.currency, &settings.currencies);
        let scope = RuleScope { chart: &chart, channels: &channels, kinds: &kinds, currencies: &currencies };
        let rules = rule_book(&settings::read_rules(reader)?, scope)?;
        let calendar = read_calendar(reader)?.with_grace(grace_seconds(&policy));
        let names = Names::of(&kinds, &channels);
        Ok(Self {
            settings,
            currencies,
            zone,
            policy,
            chart,
            channels,
            kinds,
            names,
            rules,
            calendar,
            role: Role::Admin,
            versions,
        })
    }

    /// Makes the reads of [`InForce::read`] without using them, for a prefetch pass.
    pub fn prefetch<R: Reader + ?Sized>(reader: &mut R) {
        let _ = (settings::read_settings(reader), settings::versions(reader));
        let _ = (settings::read_policy(reader), settings::read_chart(reader));
        let _ = (read_channels(reader), read_kinds(reader));
        let _ = (settings::read_rules(reader), read_calendar(reader));
    }

    /// What rule sets are checked against.
    #[must_use]
    pub fn rule_scope(&self) -> RuleScope<'_> {
        RuleScope {
            chart: &self.chart,
            channels: &self.channels,
            kinds: &self.kinds,
            currencies: &self.currencies,
        }
    }

    /// Reads policy, channels, kinds, rules and calendar again if another session has loaded a new version;
    /// returns true if so.
    ///
    /// # Errors
    /// A fault if they cannot be read.
    pub fn refresh<R: Reader + ?Sized>(&mut self, reader: &mut R) -> Result<bool, Refusal> {
        let versions = settings::versions(reader)?;
        if versions == self.versions || reader.is_prefetch() {
            return Ok(false);
        }
        self.policy = read_policy(reader, self.settings.currency)?;
        (self.channels, self.kinds) = (read_channels(reader)?, read_kinds(reader)?);
        self.names = Names::of(&self.kinds, &self.channels);
        self.rules = rule_book(&settings::read_rules(reader)?, self.rule_scope())?;
        self.calendar = read_calendar(reader)?.with_grace(grace_seconds(&self.policy));
        self.versions = versions;
        Ok(true)
    }

    /// Refuses trades if other kinds or channels were loaded since these were read; called inside their batch.
    ///
    /// # Errors
    /// [`Code::Overtaken`], or a fault of the engine.
    pub fn trades_may_come<R: Reader + ?Sized>(&self, reader: &mut R) -> Result<(), StoreError> {
        let Versions { kinds, channels, .. } = settings::versions(reader)?;
        if reader.is_prefetch() || (kinds, channels) == (self.versions.kinds, self.versions.channels) {
            return Ok(());
        }
        Err(StoreError::rejected(Code::Overtaken))
    }

    /// Versions of what is in force.
    #[must_use]
    pub const fn versions(&self) -> Versions {
        self.versions
    }

    /// Returns the ledger's main currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.settings.currency
    }

    /// Redirects the profit-and-loss lines of an earlier year.
    ///
    /// # Errors
    /// As [`to_prior_year`].
    pub fn to_prior_year(&self, lines: &mut [Line]) -> Result<(), Rejection> {
        to_prior_year(lines, &self.chart, &self.currencies)
    }

    /// Returns the account of a subject in a currency.
    ///
    /// # Errors
    /// As [`Currencies::must_keep`] if the ledger does not keep it, and as [`AccountCode::in_currency`].
    pub fn account_in(&self, code: &str, currency: Currency) -> Result<AccountCode, Rejection> {
        self.currencies.must_keep(currency)?;
        code.parse::<AccountCode>()?.in_currency(currency, self.currency())
    }

    /// The events that come to be with a trade, each with its number.
    #[must_use]
    pub fn events_of(&self, kind: TradeKind) -> Vec<(Event, i64)> {
        let kind = self.kinds.get(kind);
        let events = kind.into_iter().flat_map(Kind::events_of_trade);
        events.filter_map(|event| self.kinds.number(event).map(|number| (event, number))).collect()
    }

    /// The business day of a moment, in the ledger's zone.
    #[must_use]
    pub fn day_of(&self, moment: Moment) -> Date {
        moment.in_zone(&self.zone).date()
    }

    /// Returns the business day of a request.
    #[must_use]
    pub fn today(&self, context: &Context) -> Date {
        self.day_of(context.now)
    }

    /// Returns a channel's cut, with the policy's window around it.
    #[must_use]
    pub fn cut(&self, channel: Channel) -> Cut {
        let minute = self.channels.get(channel).map_or(24 * 60, |known| known.cut_minute);
        Cut::new(minute, self.policy.cut_window_minutes)
    }

    /// Returns the zone of a channel's times.
    #[must_use]
    pub fn clock(&self, channel: Channel) -> TimeZone {
        let own = self.channels.get(channel).filter(|known| known.zone != self.settings.zone);
        own.and_then(|known| parse_zone(&known.zone).ok()).unwrap_or_else(|| self.zone.clone())
    }

    /// Returns a moment by a channel's clock.
    #[must_use]
    pub fn at_channel(&self, channel: Channel, at: Moment) -> Moment {
        at.in_zone(&self.clock(channel))
    }

    /// Returns the business day of a channel at a moment, by its own clock and cut.
    #[must_use]
    pub fn channel_day(&self, channel: Channel, at: Moment) -> Date {
        self.cut(channel).day(self.at_channel(channel, at).local())
    }

    /// Returns whether a channel is in another zone than the ledger.
    #[must_use]
    pub fn has_own_clock(&self, channel: Channel) -> bool {
        self.channels.get(channel).is_some_and(|known| known.zone != self.settings.zone)
    }

    /// Returns whether a channel's business day ends before midnight.
    #[must_use]
    pub fn has_early_cut(&self, channel: Channel) -> bool {
        self.channels.get(channel).is_some_and(|known| known.cut_minute < 24 * 60)
    }

    /// Returns whether a channel's line without a trade may still get one.
    #[must_use]
    pub fn awaits_trade(
        &self,
        channel: Channel,
        row: &StatementRow,
        known: &BTreeMap<Channel, KnownDays>,
    ) -> bool {
        let (Some(day), Some(known)) = (row.day, known.get(&channel)) else { return false };
        self.cut(channel).awaits_trade(row.line.occurred_at.local(), day, known, self.policy.waiting_days)
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

    /// Returns from when time alone may make another answer of `due`; `None` if it cannot.
    #[must_use]
    pub fn due_changes(&self, facts: &Facts<'_>, occurred_at: Moment, due: &Due) -> Option<Moment> {
        due::changes(&self.calendar, facts, occurred_at, due)
    }
}

fn grace_seconds(policy: &Policy) -> i64 {
    i64::from(policy.late_grace_minutes) * 60
}

/// Compiles the stored rule sets.
fn rule_book(stored: &[StoredRules], scope: RuleScope<'_>) -> Result<RuleBook, Refusal> {
    let sets = stored
        .iter()
        .map(|rules| RuleSet::stored(&format!("{}@{}", rules.id, rules.version), &rules.source, scope))
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
    let stored = AuthoredFile::Calendar.read(reader)?;
    stored.iter().try_fold(shipped_calendar()?, |base, file| calendar_over(file, &base))
}

/// Reads the channels in force; a ledger without any, which is read only before they were written, has
/// the shipped ones.
///
/// # Errors
/// A fault if the stored text cannot be read.
fn read_channels<R: Reader + ?Sized>(reader: &mut R) -> Result<Channels, Refusal> {
    let stored = AuthoredFile::Channels.read(reader)?;
    let (name, text) = match stored.last() {
        Some(last) => (format!("{}@{}", last.id, last.version), last.source.as_str()),
        None => (DEFAULT_CHANNELS.0.to_owned(), DEFAULT_CHANNELS.1),
    };
    Ok(Channels::parse(&name, text, None).map_err(authored::rejection)?)
}

/// Reads the kinds of trades in force, as [`read_channels`]. Every version is read, since an event keeps
/// the number that the first version with it gave it.
///
/// # Errors
/// A fault if a stored text cannot be read.
fn read_kinds<R: Reader + ?Sized>(reader: &mut R) -> Result<Kinds, Refusal> {
    let mut kinds = None;
    for file in AuthoredFile::Kinds.read(reader)? {
        let name = format!("{}@{}", file.id, file.version);
        kinds = Some(Kinds::parse(&name, &file.source, kinds.as_ref()).map_err(authored::rejection)?);
    }
    match kinds {
        Some(kinds) => Ok(kinds),
        None => Ok(Kinds::parse(DEFAULT_KINDS.0, DEFAULT_KINDS.1, None).map_err(authored::rejection)?),
    }
}

/// The calendar shipped with the program.
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
pub fn calendar_over(file: &StoredFile, base: &Calendar) -> Result<Calendar, Refusal> {
    let name = format!("{}@{}", file.id, file.version);
    Ok(Calendar::parse_over(&name, &file.source, Some(base), None).map_err(authored::rejection)?)
}
