//! The kinds of trades of a ledger: those in force, and loading others.

use crate::desk::handle::Handle;
use crate::desk::in_force::DEFAULT_KINDS;
use crate::desk::ledger::OpenLedger;
use crate::desk::setup::definitions::{CheckedFile, TradeCounts};
use crate::domain::authored;
use crate::domain::kind::{KindField, KindScope, Kinds};
use crate::domain::rejection::Code;
use crate::domain::rule::RuleScope;
use crate::domain::trade::TradeKind;
use crate::protocol::context::Context;
use crate::protocol::kinds::{CheckKinds, KindsAnswer, ListKinds, LoadKinds};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::authored::{AuthoredFile, write_kinds};
use crate::store::trade_counts::{self, TradesBy};

impl OpenLedger {
    /// Returns the kinds of trades in force, with their text.
    pub(crate) fn kinds_answer(&mut self) -> Result<KindsAnswer, Refusal> {
        let stored = AuthoredFile::Kinds.read(&mut *self.engine)?.pop();
        let kinds = &self.in_force.kinds;
        Ok(KindsAnswer {
            version: stored.as_ref().map_or(0, |file| file.version),
            id: kinds.id().to_owned(),
            loaded_at: stored.as_ref().map(|file| file.loaded_at),
            operator: stored.as_ref().map(|file| file.operator.clone()),
            kinds: kinds.all().to_vec(),
            source: stored.map_or_else(|| DEFAULT_KINDS.1.to_owned(), |file| file.source),
            changes: None,
        })
    }

    /// Reads a file of kinds as [`OpenLedger::load_kinds`] does, without loading it.
    ///
    /// # Errors
    /// [`Code::BadKinds`] with every mistake: of the file, of a kind with trades that would mean something
    /// else, or of rule sets that need what the file lacks.
    fn check_kinds(
        &mut self,
        context: &Context,
        file: &str,
        text: &str,
    ) -> Result<CheckedFile<Kinds, KindField>, Refusal> {
        let counts = TradeCounts::read(&mut *self.engine, TradesBy::Kind)?;
        let trades = counts.of_codes(TradeKind::of_text);
        let scope = KindScope { before: Some(&self.in_force.kinds), trades: &trades };
        let bad = |mistakes| authored::rejection_as(Code::BadKinds, mistakes);
        let kinds = Kinds::check(file, text, scope).map_err(bad)?;
        self.refuse_misfits(context, Code::BadKinds, |scope| RuleScope { kinds: &kinds, ..scope })?;
        let mut changes = Vec::new();
        for change in kinds.changes_from(&self.in_force.kinds) {
            let of = TradeKind::of_text(&change.code).zip(change.event).filter(|_| change.field.is_due());
            let unposted = match of {
                Some((kind, event)) => Some(trade_counts::unposted_of_kind(&mut *self.engine, kind, event)?),
                None => None,
            };
            changes.push(counts.counted(change, unposted));
        }
        let unused = counts.unused(changes.iter().filter(|change| change.change.field.is_meaning()));
        Ok(CheckedFile { set: kinds, changes, unused })
    }

    /// Loads a file of kinds and puts it in force; loading the text in force changes nothing.
    ///
    /// # Errors
    /// As [`OpenLedger::check_kinds`]; nothing is loaded then.
    pub(crate) fn load_kinds(
        &mut self,
        context: &Context,
        file: &str,
        text: &str,
    ) -> Result<KindsAnswer, Refusal> {
        // An event keeps the number that the versions before it gave it, so none may come in between.
        let loaded = self.load_version(
            context,
            AuthoredFile::Kinds,
            text,
            |ledger| ledger.check_kinds(context, file, text),
            |sink, checked| {
                checked.unused.holds(sink)?;
                write_kinds(sink, &checked.set, text, &context.operator, context.now)
            },
        )?;
        let changes = loaded.map(|checked| checked.changes).unwrap_or_default();
        Ok(KindsAnswer { changes: Some(changes), ..self.kinds_answer()? })
    }
}

impl Handle for ListKinds {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(Box::new(ledger.kinds_answer()?))
    }
}

impl Handle for CheckKinds {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { file, text } = self;
        let CheckedFile { set: kinds, changes, .. } = ledger.check_kinds(context, &file, &text)?;
        Ok(Box::new(KindsAnswer {
            version: ledger.in_force.versions().kinds + 1,
            id: kinds.id().to_owned(),
            loaded_at: None,
            operator: None,
            kinds: kinds.all().to_vec(),
            source: text,
            changes: Some(changes),
        }))
    }
}

impl Handle for LoadKinds {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { file, text } = self;
        Ok(Box::new(ledger.load_kinds(context, &file, &text)?))
    }
}
