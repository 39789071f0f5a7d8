//! The kinds of trades of a ledger: those in force, and loading others.

use crate::desk::handle::Handle;
use crate::desk::in_force::DEFAULT_KINDS;
use crate::desk::ledger::OpenLedger;
use crate::desk::setup::rules::misfits;
use crate::domain::authored;
use crate::domain::kind::Kinds;
use crate::domain::rejection::Code;
use crate::domain::rule::RuleScope;
use crate::protocol::context::Context;
use crate::protocol::kinds::{CheckKinds, KindsAnswer, ListKinds, LoadKinds};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::authored::{AuthoredFile, write_kinds};
use crate::store::settings;

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
        })
    }

    /// Reads a file of kinds as [`OpenLedger::load_kinds`] does, without loading it.
    ///
    /// # Errors
    /// [`Code::BadKinds`] with every mistake: of the file, or of rule sets that need what the file lacks.
    fn read_kinds(&mut self, context: &Context, file: &str, text: &str) -> Result<Kinds, Refusal> {
        let bad = |mistakes| authored::rejection_as(Code::BadKinds, mistakes);
        let kinds = Kinds::parse(file, text, Some(&self.in_force.kinds)).map_err(bad)?;
        let rules = settings::read_rules(&mut *self.engine)?;
        let scope = RuleScope { kinds: &kinds, ..self.in_force.rule_scope() };
        let misfits = misfits(&rules, &self.in_force.rules, self.in_force.today(context), scope);
        if misfits.is_empty() { Ok(kinds) } else { Err(bad(misfits).into()) }
    }

    /// Loads a file of kinds and puts it in force; loading the text in force changes nothing.
    ///
    /// # Errors
    /// As [`OpenLedger::read_kinds`]; nothing is loaded then.
    pub(crate) fn load_kinds(
        &mut self,
        context: &Context,
        file: &str,
        text: &str,
    ) -> Result<KindsAnswer, Refusal> {
        // An event keeps the number that the versions before it gave it, so none may come in between.
        let precondition = self.precondition_of_all();
        self.may_load(&context.operator)?;
        let stored = AuthoredFile::Kinds.read(&mut *self.engine)?;
        if stored.last().is_some_and(|last| last.source == text) {
            return self.kinds_answer();
        }
        let kinds = self.read_kinds(context, file, text)?;
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            write_kinds(sink, &kinds, text, &context.operator, context.now)
        })?;
        self.refresh()?;
        self.kinds_answer()
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
        let kinds = ledger.read_kinds(context, &file, &text)?;
        Ok(Box::new(KindsAnswer {
            version: ledger.in_force.versions().kinds + 1,
            id: kinds.id().to_owned(),
            loaded_at: None,
            operator: None,
            kinds: kinds.all().to_vec(),
            source: text,
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
