//! The channels of a ledger: those in force, and loading others.

use crate::desk::handle::Handle;
use crate::desk::in_force::{DEFAULT_CHANNELS, shipped_calendar};
use crate::desk::ledger::OpenLedger;
use crate::desk::setup::definitions::{CheckedFile, TradeCounts};
use crate::domain::authored;
use crate::domain::channel::{ChannelField, ChannelScope, Channels};
use crate::domain::rejection::Code;
use crate::domain::rule::RuleScope;
use crate::domain::trade::Channel;
use crate::files::import::Format;
use crate::protocol::channels::{ChannelsAnswer, CheckChannels, ListChannels, LoadChannels};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::authored::{AuthoredFile, write_channels};
use crate::store::trade_counts::TradesBy;

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
            changes: None,
        })
    }

    /// Reads a channel file as [`OpenLedger::load_channels`] does, without loading it.
    ///
    /// # Errors
    /// [`Code::BadChannels`] with every mistake: of the file, of a channel with trades whose money would be on
    /// another account, or of rule sets that need what the file lacks.
    fn check_channels(
        &mut self,
        context: &Context,
        file: &str,
        text: &str,
    ) -> Result<CheckedFile<Channels, ChannelField>, Refusal> {
        let loaded = AuthoredFile::Calendar.read(&mut *self.engine)?;
        let shipped = shipped_calendar()?;
        let mut calendars = vec![shipped.id()];
        calendars.extend(loaded.iter().map(|calendar| calendar.id.as_str()));
        let readers: Vec<&str> = Format::ALL.iter().map(|format| format.as_str()).collect();
        let counts = TradeCounts::read(&mut *self.engine, TradesBy::Channel)?;
        // An account that the rules name themselves does not depend on the file.
        let rules = &self.in_force.rules;
        let mut booked = counts.of_codes(Channel::of_text);
        booked.retain(|(channel, _)| rules.takes_account_of(*channel));
        let scope = ChannelScope {
            before: Some(&self.in_force.channels),
            chart: Some(&self.in_force.chart),
            readers: Some(&readers),
            calendars: Some(&calendars),
            booked: &booked,
        };
        let bad = |mistakes| authored::rejection_as(Code::BadChannels, mistakes);
        let channels = Channels::check(file, text, scope).map_err(bad)?;
        self.refuse_misfits(context, Code::BadChannels, |scope| RuleScope { channels: &channels, ..scope })?;
        let changes = channels.changes_from(&self.in_force.channels);
        let changes: Vec<_> = changes.into_iter().map(|change| counts.counted(change, None)).collect();
        let unused = counts.unused(changes.iter().filter(|change| change.change.moves_money()));
        Ok(CheckedFile { set: channels, changes, unused })
    }

    /// Loads a channel file and puts it in force; loading the text in force changes nothing.
    ///
    /// # Errors
    /// As [`OpenLedger::check_channels`]; nothing is loaded then.
    pub(crate) fn load_channels(
        &mut self,
        context: &Context,
        file: &str,
        text: &str,
    ) -> Result<ChannelsAnswer, Refusal> {
        let zone = self.in_force.zone.clone();
        let loaded = self.load_version(
            context,
            AuthoredFile::Channels,
            text,
            |ledger| ledger.check_channels(context, file, text),
            |sink, checked| {
                checked.unused.holds(sink)?;
                let (by, at) = (&context.operator, context.now);
                write_channels(sink, (&checked.set, &zone), text, by, at)
            },
        )?;
        let changes = loaded.map(|checked| checked.changes).unwrap_or_default();
        Ok(ChannelsAnswer { changes: Some(changes), ..self.channels_answer()? })
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
        let CheckedFile { set: channels, changes, .. } = ledger.check_channels(context, &file, &text)?;
        Ok(Box::new(ChannelsAnswer {
            version: ledger.in_force.versions().channels + 1,
            id: channels.id().to_owned(),
            loaded_at: None,
            operator: None,
            channels: channels.all().to_vec(),
            source: text,
            changes: Some(changes),
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
