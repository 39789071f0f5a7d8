//! Creates and opens ledgers: a local file, or a cluster.

use crate::desk::findings::memory::{AcceptedFindings, Memory};
use crate::desk::in_force::InForce;
use crate::desk::in_force::{DEFAULT_CHANNELS, DEFAULT_KINDS, SHIPPED_CALENDAR};
use crate::desk::ledger::OpenLedger;
use crate::domain::authored;
use crate::domain::calendar::Calendar;
use crate::domain::channel::Channels;
use crate::domain::currencies::Currencies;
use crate::domain::id::Operator;
use crate::domain::kind::Kinds;
use crate::domain::ledger_template::{DEFAULT_TEMPLATE, FileText, LedgerTemplate, shipped};
use crate::domain::period::{Moment, parse_zone};
use crate::domain::policy::Policy;
use crate::domain::rejection::Code;
use crate::domain::rule::{RuleScope, RuleSet};
use crate::protocol::refusal::Refusal;
use crate::store::append::{Appender, ledger_head};
use crate::store::authored::{
    AuthoredFile, has_channel_facts, write_channel_facts, write_channels, write_kinds,
};
use crate::store::engine::idempotent::Idempotent;
use crate::store::engine::rqlite::{Cluster, Keys, Rqlite};
use crate::store::settings::{Settings, StoredRules, StoredTemplate};
use crate::store::{Engine, StoreError, settings};
use std::path::Path;

/// The default chart, shipped with the program.
pub const DEFAULT_CHART: FileText<'static> = DEFAULT_TEMPLATE.chart;

/// The default posting rules, shipped with the program.
pub const DEFAULT_RULES: FileText<'static> = DEFAULT_TEMPLATE.rules;

/// Contents of a new ledger. [`NewLedger::of`] takes them from a template.
#[derive(Debug, Clone)]
pub struct NewLedger<'a> {
    /// Settings.
    pub settings: Settings,
    /// Policy: file name for errors, and text.
    pub policy: (&'a str, &'a str),
    /// Chart: file name for errors, and text.
    pub chart: (&'a str, &'a str),
    /// Channels: file name for errors, and text.
    pub channels: (&'a str, &'a str),
    /// Kinds of trades: file name for errors, and text.
    pub kinds: (&'a str, &'a str),
    /// Rules: file name for errors, and text.
    pub rules: (&'a str, &'a str),
    /// Calendar: file name for errors, and text; `None` for the shipped one.
    pub calendar: Option<(&'a str, &'a str)>,
    /// The template that it is made from, and that one's description of made-up trades.
    pub template: StoredTemplate,
}

impl<'a> NewLedger<'a> {
    /// Returns a ledger with the files of a template.
    #[must_use]
    pub fn of(settings: Settings, template: &LedgerTemplate<'a>) -> Self {
        // What is shipped is found by its name; only a company's own description is kept in the ledger.
        let sample = template.sample.filter(|_| shipped(template.name) != Some(template));
        Self {
            settings,
            policy: template.policy,
            chart: template.chart,
            channels: template.channels,
            kinds: template.kinds,
            rules: template.rules,
            calendar: template.calendar.filter(|calendar| calendar.1 != SHIPPED_CALENDAR.1),
            template: StoredTemplate {
                name: template.name.to_owned(),
                sample: sample.map(|(_, text)| text.to_owned()),
                made_up: false,
            },
        }
    }
}

impl OpenLedger {
    /// Creates a local ledger and opens it.
    ///
    /// # Errors
    /// [`Code::Exists`], [`Code::BadRules`] with file and line, or a fault; then no file is left behind.
    pub fn create(
        path: &Path,
        new: &NewLedger<'_>,
        operator: &Operator,
        now: Moment,
    ) -> Result<Self, Refusal> {
        let make = || Ok(Box::new(crate::store::engine::sqlite::Sqlite::create(path)?) as Box<dyn Engine>);
        // The file was created above, and no other process uses it yet.
        Self::create_in(make, new, operator, now)
            .inspect_err(|(made, _)| {
                if *made {
                    let _ = std::fs::remove_file(path);
                }
            })
            .map_err(|(_, refusal)| refusal)
    }

    /// Creates a ledger in an empty cluster and opens it.
    ///
    /// # Errors
    /// As [`OpenLedger::create`]; the cluster keeps the empty schema if writing the settings fails.
    pub fn create_in_cluster(
        cluster: Cluster,
        keys: Keys,
        new: &NewLedger<'_>,
        operator: &Operator,
        now: Moment,
    ) -> Result<Self, Refusal> {
        let make = || Ok(Box::new(Rqlite::create(cluster, keys)?) as Box<dyn Engine>);
        Self::create_in(make, new, operator, now).map_err(|(_, refusal)| refusal)
    }

    /// Checks all texts, then creates the engine with `make` and writes the settings. The flag of an
    /// error tells whether the engine was created.
    pub(crate) fn create_in(
        make: impl FnOnce() -> Result<Box<dyn Engine>, StoreError>,
        new: &NewLedger<'_>,
        operator: &Operator,
        now: Moment,
    ) -> Result<Self, (bool, Refusal)> {
        let unmade = |refusal| (false, refusal);
        let chart = crate::domain::chart::Chart::parse(new.chart.0, new.chart.1)
            .map_err(|mistakes| unmade(authored::rejection(mistakes).into()))?;
        let channels = Channels::parse(new.channels.0, new.channels.1, None)
            .map_err(|mistakes| unmade(authored::rejection(mistakes).into()))?;
        let kinds = Kinds::parse(new.kinds.0, new.kinds.1, None)
            .map_err(|mistakes| unmade(authored::rejection(mistakes).into()))?;
        let currencies = Currencies::new(new.settings.currency, &new.settings.currencies);
        let scope =
            RuleScope { chart: &chart.subjects, channels: &channels, kinds: &kinds, currencies: &currencies };
        let rules = RuleSet::parse(new.rules.0, new.rules.1, scope)
            .map_err(|mistakes| unmade(authored::rejection(mistakes).into()))?;
        let policy = Policy::parse(new.policy.0, new.policy.1, new.settings.currency)
            .map_err(|mistakes| unmade(authored::rejection_as(Code::BadPolicy, mistakes).into()))?;
        let codes: Vec<_> = channels.codes().collect();
        let calendar = new.calendar.map(|(file, text)| {
            let calendar = Calendar::parse_over(file, text, None, Some(&codes));
            calendar.map(|calendar| (calendar.id().to_owned(), text))
        });
        let calendar = calendar
            .transpose()
            .map_err(|mistakes| unmade(authored::rejection_as(Code::BadCalendar, mistakes).into()))?;
        let zone = parse_zone(&new.settings.zone).map_err(|error| unmade(error.into()))?;
        let mut engine = make().map_err(|error| unmade(error.into()))?;
        let stored = StoredRules {
            version: rules.version(),
            id: rules.id().to_owned(),
            valid_from: rules.valid_from(),
            source: new.rules.1.to_owned(),
            loaded_at: now,
            operator: operator.clone(),
        };
        let written = engine.commit(&mut |sink| {
            settings::write_settings(sink, &new.settings, now)?;
            settings::write_template(sink, &new.template)?;
            settings::write_policy(sink, &policy, new.policy.1, operator, now)?;
            settings::write_chart(sink, &chart.subjects, new.settings.currency)?;
            write_channels(sink, (&channels, &zone), new.channels.1, operator, now)?;
            write_kinds(sink, &kinds, new.kinds.1, operator, now)?;
            if let Some((id, text)) = &calendar {
                AuthoredFile::Calendar.write(sink, (id, text), operator, now)?;
            }
            settings::write_rules(sink, &stored)
        });
        written.map_err(|error| (true, error.into()))?;
        Self::over(engine).map_err(unmade)
    }

    /// Opens the ledger of a cluster.
    ///
    /// # Errors
    /// A fault that says what the cluster holds instead, or why it cannot be used.
    pub fn open_cluster(cluster: Cluster, keys: Keys, read_only: bool) -> Result<Self, Refusal> {
        Self::over(Box::new(Rqlite::open(cluster, keys, read_only)?))
    }

    /// Opens a local ledger.
    ///
    /// # Errors
    /// A fault that says what the file is instead.
    pub fn open(path: &Path, read_only: bool) -> Result<Self, Refusal> {
        Self::over(Box::new(crate::store::engine::sqlite::Sqlite::open(path, read_only)?))
    }

    /// Opens a local ledger for a client on another host: the engine limits what statements may run.
    ///
    /// # Errors
    /// As [`OpenLedger::open`].
    pub fn open_guarded(path: &Path, read_only: bool) -> Result<Self, Refusal> {
        Self::over(Box::new(crate::store::engine::sqlite::Sqlite::open_guarded(path, read_only)?))
    }

    /// Opens the ledger of an engine.
    ///
    /// # Errors
    /// A fault if the ledger's settings, chart or rules cannot be read.
    pub fn over(mut engine: Box<dyn Engine>) -> Result<Self, Refusal> {
        while engine.prefetch_pass()? {
            InForce::prefetch(&mut *engine);
            let _ = (ledger_head(&mut *engine), has_channel_facts(&mut *engine));
        }
        write_shipped(&mut *engine)?;
        let in_force = InForce::read(&mut *engine)?;
        write_facts(&mut *engine, &in_force)?;
        let appender = Appender::new(&in_force.chart, &in_force.currencies);
        let engine = Box::new(Idempotent::over(engine));
        Ok(Self {
            engine,
            in_force,
            appender,
            memory: Memory::default(),
            accepted: AcceptedFindings::default(),
            verified: None,
        })
    }
}

/// Gives a ledger of schema version 2 what views read of its channels. A ledger that cannot be written is
/// read without it.
fn write_facts(engine: &mut dyn Engine, in_force: &InForce) -> Result<(), Refusal> {
    if engine.read_only() || has_channel_facts(engine)? {
        return Ok(());
    }
    engine.commit(&mut |sink| {
        // Another session may have written it since.
        if has_channel_facts(sink)? {
            return Ok(());
        }
        write_channel_facts(sink, in_force.versions().channels, &in_force.channels, &in_force.zone)
    })?;
    Ok(())
}

/// Gives a ledger of an earlier schema the shipped channels and kinds as its first versions. A ledger that
/// cannot be written keeps none, and uses the shipped ones.
fn write_shipped(engine: &mut dyn Engine) -> Result<(), Refusal> {
    if settings::versions(engine)?.kinds > 0 || engine.read_only() {
        return Ok(());
    }
    let channels = Channels::parse(DEFAULT_CHANNELS.0, DEFAULT_CHANNELS.1, None);
    let channels = channels.map_err(authored::rejection)?;
    let kinds = Kinds::parse(DEFAULT_KINDS.0, DEFAULT_KINDS.1, None).map_err(authored::rejection)?;
    // As if whoever made the ledger had loaded them then.
    let Some(made) = settings::read_policies(engine)?.into_iter().next() else { return Ok(()) };
    let (by, at) = (&made.operator, made.loaded_at);
    let zone = parse_zone(&settings::read_settings(engine)?.zone)?;
    engine.commit(&mut |sink| {
        // Another session may have written them since.
        if settings::versions(sink)?.kinds > 0 {
            return Ok(());
        }
        write_channels(sink, (&channels, &zone), DEFAULT_CHANNELS.1, by, at)?;
        write_kinds(sink, &kinds, DEFAULT_KINDS.1, by, at)
    })?;
    Ok(())
}
