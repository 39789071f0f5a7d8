//! Imports bills of payment channels.

use super::importer::{Importer, refused};
use super::taken::Taken;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::StatementHead;
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
    ) -> Result<(), Refusal> {
        let named = reading::channel_named(source.reader()?, self.file, self.settings, format)?;
        let of_reader = || self.in_force.channels.of_reader(format.as_str()).map(|known| known.code);
        let Some(channel) = named.or_else(of_reader) else {
            return Err(Rejection::new(Code::BadFile)
                .with("file", self.file)
                .with("place", self.file)
                .with("problem", "import.no_channel")
                .with("format", format)
                .into());
        };
        let statement = imports::next_id(sink, Numbered::Statement)?;
        let (settings, file) = (self.settings.clone(), self.file.to_owned());
        let reader = source.reader()?;
        let read = reading::read_bill(reader, &file, &settings, format, &mut |line| {
            statements::insert_line(sink, statement, channel, &line)
                .map_err(|error| self.at_line(line.line, error))?;
            self.count(Taken::New)
        });
        let summary = refused(read)?;
        let head = StatementHead {
            channel,
            day: summary.head.day,
            merchant_id: summary.head.merchant_id,
            sub_merchant: summary.head.sub_merchant,
            covers: summary.head.covers,
            until: summary.head.until,
            format: format.as_str().to_owned(),
        };
        if let Some(other) = statements::same_statement(sink, &head)? {
            return Err(Rejection::new(Code::BillConflict)
                .with("file", self.file)
                .with("other", other)
                .with("channel", head.channel)
                .with("day", head.day.map_or_else(String::new, |day| day.to_string()))
                .into());
        }
        Ok(statements::insert_statement(sink, statement, &head, &self.record(format.kind().as_str()))?)
    }
}
