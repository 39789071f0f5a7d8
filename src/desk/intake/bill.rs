//! Imports bills of payment channels.

use super::importer::{Importer, refused};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::Channel;
use crate::files::import as reading;
use crate::files::import::{Format, Source};
use crate::protocol::refusal::Refusal;
use crate::store::imports::Numbered;
use crate::store::{Sink, imports, statements};

impl Importer<'_> {
    /// Imports a bill; refuses a second one of the same channel, day and merchant number.
    pub(super) fn bill(
        &mut self,
        sink: &mut dyn Sink,
        source: &mut Source,
        format: Format,
        channel: Channel,
    ) -> Result<(), Refusal> {
        let statement = imports::next_id(sink, Numbered::Statement)?;
        let (settings, file) = (self.settings.clone(), self.file.to_owned());
        let reader = source.reader()?;
        let read = reading::read_bill(reader, &file, &settings, format, &mut |line| {
            statements::insert_line(sink, statement, channel, &line)
                .map_err(|error| self.at_line(line.line, error))?;
            self.count(true)
        });
        let summary = refused(read)?;
        if let Some(other) = statements::same_statement(sink, &summary.head)? {
            return Err(Rejection::new(Code::BillConflict)
                .with("file", self.file)
                .with("other", other)
                .with("channel", summary.head.channel)
                .with("day", summary.head.day.map_or_else(String::new, |day| day.to_string()))
                .into());
        }
        Ok(statements::insert_statement(
            sink,
            statement,
            &summary.head,
            &self.record(format.kind().as_str()),
        )?)
    }
}
