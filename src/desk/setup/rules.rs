//! Posting rules: the sets in the ledger, and loading one.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::authored::{self, AuthoredError};
use crate::domain::rule::{RuleBook, RuleScope, RuleSet};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::rules::{ListRules, LoadRules, RuleSetRow};
use crate::protocol::watch::Watch;
use crate::store::settings;
use crate::store::settings::StoredRules;
use jiff::civil::Date;

/// Returns the mistakes of the stored rule sets against other channels or kinds of trades. Sets that are
/// in force now or will be are checked as a whole; earlier ones have to be readable.
pub(super) fn misfits(
    stored: &[StoredRules],
    book: &RuleBook,
    today: Date,
    scope: RuleScope<'_>,
) -> Vec<AuthoredError> {
    let counts = |rules: &&StoredRules| {
        let set = book.in_force(today.max(rules.valid_from));
        set.is_some_and(|set| set.version() == rules.version)
    };
    let check = |rules: &StoredRules| {
        let name = format!("{}@{}", rules.id, rules.version);
        let read = if counts(&rules) { RuleSet::parse } else { RuleSet::stored };
        read(&name, &rules.source, scope).err().unwrap_or_default()
    };
    stored.iter().flat_map(check).collect()
}

impl OpenLedger {
    pub(crate) fn rule_sets(&mut self) -> Result<Vec<RuleSetRow>, Refusal> {
        let stored = settings::read_rules(&mut *self.engine)?;
        let row = |rules: StoredRules| RuleSetRow {
            rules: self
                .in_force
                .rules
                .sets()
                .iter()
                .filter(|set| set.version() == rules.version)
                .flat_map(|set| set.rules().iter().map(|rule| rule.id().to_owned()))
                .collect(),
            id: rules.id,
            version: rules.version,
            valid_from: rules.valid_from,
            loaded_at: rules.loaded_at,
            operator: rules.operator,
        };
        Ok(stored.into_iter().map(row).collect())
    }

    /// Loads a rule set and puts it in force from its date.
    ///
    /// # Errors
    /// [`Code::BadRules`](crate::domain::rejection::Code::BadRules) with file and line; nothing is loaded
    /// then.
    pub fn load_rules(&mut self, context: &Context, file: &str, text: &str) -> Result<(), Refusal> {
        let precondition = self.precondition_of_all();
        self.may_load(&context.operator)?;
        let set = RuleSet::parse(file, text, self.in_force.rule_scope()).map_err(authored::rejection)?;
        let stored = StoredRules {
            version: set.version(),
            id: set.id().to_owned(),
            valid_from: set.valid_from(),
            source: text.to_owned(),
            loaded_at: context.now,
            operator: context.operator.clone(),
        };
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            settings::write_rules(sink, &stored)
        })?;
        self.refresh()
    }
}

impl Handle for LoadRules {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { file, text } = self;
        ledger.load_rules(context, &file, &text)?;
        ledger.rule_sets()
    }
}

impl Handle for ListRules {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.rule_sets()
    }
}
