//! The channels of a ledger: those in force, and loading others.

use crate::desk::handle::Handle;
use crate::desk::in_force::{DEFAULT_CHANNELS, shipped_calendar};
use crate::desk::ledger::OpenLedger;
use crate::desk::setup::rules::misfits;
use crate::domain::authored;
use crate::domain::channel::{ChannelScope, Channels};
use crate::domain::rejection::Code;
use crate::domain::rule::RuleScope;
use crate::files::import::Format;
use crate::protocol::channels::{ChannelsAnswer, CheckChannels, ListChannels, LoadChannels};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::authored::{AuthoredFile, write_channels};
use crate::store::settings;

impl OpenLedger {
    /// Returns the channels in force, with their text.
    pub(crate) fn channels_answer(&mut self) -> Result<ChannelsAnswer, Refusal> {
        let stored = AuthoredFile::Channels.read(&mut *self.engine)?.pop();
        let channels = &self.in_force.channels;
        Ok(ChannelsAnswer {
            version: stored.as_ref().map_or(0, |file| file.version),
            id: channels.id().to_owned(),
            loaded_at: stored.as_ref().map(|file| file.loaded_at),
            operator: stored.as_ref().map(|file| file.operator.clone()),
            channels: channels.all().to_vec(),
            source: stored.map_or_else(|| DEFAULT_CHANNELS.1.to_owned(), |file| file.source),
        })
    }

    /// Reads a channel file as [`OpenLedger::load_channels`] does, without loading it.
    ///
    /// # Errors
    /// [`Code::BadChannels`] with every mistake: of the file, or of rule sets that need what the file lacks.
    fn read_channels(&mut self, context: &Context, file: &str, text: &str) -> Result<Channels, Refusal> {
        let loaded = AuthoredFile::Calendar.read(&mut *self.engine)?;
        let shipped = shipped_calendar()?;
        let mut calendars = vec![shipped.id()];
        calendars.extend(loaded.iter().map(|calendar| calendar.id.as_str()));
        let readers: Vec<&str> = Format::ALL.iter().map(|format| format.as_str()).collect();
        let scope = ChannelScope {
            before: Some(&self.in_force.channels),
            chart: Some(&self.in_force.chart),
            readers: Some(&readers),
            calendars: Some(&calendars),
        };
        let bad = |mistakes| authored::rejection_as(Code::BadChannels, mistakes);
        let channels = Channels::check(file, text, scope).map_err(bad)?;
        let rules = settings::read_rules(&mut *self.engine)?;
        let scope = RuleScope { channels: &channels, ..self.in_force.rule_scope() };
        let misfits = misfits(&rules, &self.in_force.rules, self.in_force.today(context), scope);
        if misfits.is_empty() { Ok(channels) } else { Err(bad(misfits).into()) }
    }

    /// Loads a channel file and puts it in force; loading the text in force changes nothing.
    ///
    /// # Errors
    /// As [`OpenLedger::read_channels`]; nothing is loaded then.
    pub(crate) fn load_channels(
        &mut self,
        context: &Context,
        file: &str,
        text: &str,
    ) -> Result<ChannelsAnswer, Refusal> {
        let precondition = self.precondition_of_all();
        self.may_load(&context.operator)?;
        let stored = AuthoredFile::Channels.read(&mut *self.engine)?;
        if stored.last().is_some_and(|last| last.source == text) {
            return self.channels_answer();
        }
        let channels = self.read_channels(context, file, text)?;
        self.engine.commit(&mut |sink| {
            precondition.holds(sink)?;
            let (by, at) = (&context.operator, context.now);
            write_channels(sink, &channels, text, by, at)
        })?;
        self.refresh()?;
        self.channels_answer()
    }
}

impl Handle for ListChannels {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(Box::new(ledger.channels_answer()?))
    }
}

impl Handle for CheckChannels {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { file, text } = self;
        let channels = ledger.read_channels(context, &file, &text)?;
        Ok(Box::new(ChannelsAnswer {
            version: ledger.in_force.versions().channels + 1,
            id: channels.id().to_owned(),
            loaded_at: None,
            operator: None,
            channels: channels.all().to_vec(),
            source: text,
        }))
    }
}

impl Handle for LoadChannels {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { file, text } = self;
        Ok(Box::new(ledger.load_channels(context, &file, &text)?))
    }
}
