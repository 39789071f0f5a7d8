//! What channels, kinds of trades and calendars have in common when a file of them is checked and loaded.

use crate::desk::ledger::OpenLedger;
use crate::desk::setup::rules::misfits;
use crate::domain::authored;
use crate::domain::field_change::FieldChange;
use crate::domain::rejection::Code;
use crate::domain::rule::RuleScope;
use crate::protocol::changes::CountedChange;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::store::authored::AuthoredFile;
use crate::store::trade_counts::{self, TradesBy};
use crate::store::{Reader, Sink, StoreError, settings, trades};

/// A file of channels or kinds that may be loaded. `T` is the set of them, `F` names their fields.
pub(super) struct CheckedFile<T, F> {
    /// What the file says.
    pub(super) set: T,
    /// What it changes about the version in force.
    pub(super) changes: Vec<CountedChange<F>>,
    /// What the check rests on.
    pub(super) unused: Unused,
}

/// The number of trades of each kind or channel.
pub(super) struct TradeCounts {
    by: TradesBy,
    /// Row of the last trade before they were counted.
    last: i64,
    counts: Vec<(String, i64)>,
}

/// Kinds or channels that a file may change since they have no trades.
pub(super) struct Unused {
    by: TradesBy,
    last: i64,
    codes: Vec<String>,
}

impl TradeCounts {
    pub(super) fn read<R: Reader + ?Sized>(reader: &mut R, by: TradesBy) -> Result<Self, StoreError> {
        Ok(Self { by, last: trades::last_trade(reader)?, counts: trade_counts::counts(reader, by)? })
    }

    /// Returns each code that has trades, with their number.
    pub(super) fn of_codes<T>(&self, read: impl Fn(&str) -> Option<T>) -> Vec<(T, i64)> {
        self.counts.iter().filter_map(|(code, count)| Some((read(code)?, *count))).collect()
    }

    /// Returns a change with the number of trades that it reaches.
    pub(super) fn counted<F>(&self, change: FieldChange<F>, unposted: Option<i64>) -> CountedChange<F> {
        let trades = self.counts.iter().find(|(code, _)| *code == change.code).map_or(0, |(_, count)| *count);
        CountedChange { change, trades, unposted }
    }

    /// Returns what has no trades among what these changes are about.
    pub(super) fn unused<'c, F: 'c>(
        &self,
        changes: impl IntoIterator<Item = &'c CountedChange<F>>,
    ) -> Unused {
        let unused = changes.into_iter().filter(|change| change.trades == 0);
        Unused {
            by: self.by,
            last: self.last,
            codes: unused.map(|change| change.change.code.clone()).collect(),
        }
    }
}

impl Unused {
    /// Refuses if one has trades by now; called inside the batch.
    ///
    /// # Errors
    /// [`Code::Overtaken`], or a fault of the engine.
    pub(super) fn holds<R: Reader + ?Sized>(&self, reader: &mut R) -> Result<(), StoreError> {
        for code in &self.codes {
            if trade_counts::has_any_since(reader, self.by, code, self.last)? {
                return Err(StoreError::rejected(Code::Overtaken));
            }
        }
        Ok(())
    }
}

impl OpenLedger {
    /// Loads a file as the next version of its kind and puts it in force, unless it is the text in force. Returns
    /// what `check` made of the file if it was loaded.
    ///
    /// No other version, and none of what it has to fit, may come between check and commit.
    ///
    /// # Errors
    /// [`Code::NotAllowed`] for an operator who may not load it, and those of `check` and `write`; nothing is
    /// loaded then.
    pub(super) fn load_version<T>(
        &mut self,
        context: &Context,
        file: AuthoredFile,
        text: &str,
        check: impl FnOnce(&mut Self) -> Result<T, Refusal>,
        write: impl Fn(&mut dyn Sink, &T) -> Result<(), StoreError>,
    ) -> Result<Option<T>, Refusal> {
        let precondition = self.precondition_of_all();
        self.may_load(&context.operator)?;
        if file.read(&mut *self.engine)?.last().is_some_and(|last| last.source == text) {
            return Ok(None);
        }
        let checked = check(self)?;
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            write(sink, &checked)
        })?;
        self.refresh()?;
        Ok(Some(checked))
    }

    /// Refuses channels or kinds that a stored rule set does not fit.
    ///
    /// # Errors
    /// The mistakes of the rule sets, under `code`.
    pub(super) fn refuse_misfits<'s>(
        &'s mut self,
        context: &Context,
        code: Code,
        scope: impl FnOnce(RuleScope<'s>) -> RuleScope<'s>,
    ) -> Result<(), Refusal> {
        let rules = settings::read_rules(&mut *self.engine)?;
        let scope = scope(self.in_force.rule_scope());
        let misfits = misfits(&rules, &self.in_force.rules, self.in_force.today(context), scope);
        if misfits.is_empty() { Ok(()) } else { Err(authored::rejection_as(code, misfits).into()) }
    }
}
