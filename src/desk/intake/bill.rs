//! Imports bills of payment channels.
//!
//! A bill that covers what others cover is compared with them line by line: it is taken in their place if
//! it holds all their lines, and refused with the differences otherwise, unless it is told to take their
//! place. The lines are written while the file is read, so it is read a second time for that, and only
//! then.

use super::bills::shaken;
use super::importer::{Importer, refused};
use super::taken::Taken;
use crate::domain::comparison::{Compared, Comparison};
use crate::domain::differences::{Difference, Differences, LineChange};
use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::{BillState, Coverage, StatementHead};
use crate::domain::trade::Channel;
use crate::files::import as reading;
use crate::files::import::{BillSummary, Download, Format, Source};
use crate::protocol::bills::{
    BillRow, EXTENDS, EndedBill, FileOptions, ReplacedBill, RestOfBill, TWO_DECIDE,
};
use crate::protocol::refusal::Refusal;
use crate::store::bills::NewChange;
use crate::store::imports::{FileRecord, Imported, Numbered};
use crate::store::{Sink, bills, imports, statements};
use jiff::civil::{Date, DateTime, Time};

impl Importer<'_> {
    /// Imports a bill. Returns the statement that holds everything of it already; nothing is to be written
    /// then.
    pub(super) fn bill(
        &mut self,
        sink: &mut dyn Sink,
        source: &mut Source,
        format: Format,
        options: &FileOptions,
    ) -> Result<Option<Imported>, Refusal> {
        let channel = self.channel_of(source, format)?;
        let statement = imports::next_id(sink, Numbered::Statement)?;
        let (summary, last) = self.write_lines(sink, source, format, (statement, channel))?;
        let mut head = self.head(channel, &summary, format, options)?;
        self.refuse_impossible(&head, last, options)?;
        self.end_by_now(&mut head, last);
        self.answer.bill = Some(Box::new(head.clone()));
        let day = head.day.map(|day| day.to_string()).unwrap_or_default();
        if options.is_told() {
            let mut held = bills::list(sink, false, Some(channel.as_str()), Some(&day))?;
            let told = |head: &StatementHead| StatementHead {
                until: head.until.filter(|_| options.until.is_some()),
                ..head.clone()
            };
            held.retain(|bill| bill.state == BillState::Held && told(&bill.head) == told(&head));
            if let Some(same) = self.same_file(sink, &held)? {
                return Ok(Some(known(same)));
            }
        }
        let mut others = bills::standing(sink, channel.as_str(), &day)?;
        let by_two = self.in_force.policy.four_eyes
            && (was_decided(sink, &head, summary.rows)?
                || is_beside_signed(sink, &head, summary.rows, &others)?);
        others.retain(|other| other.contradicts(&head, summary.rows));
        let ended = self.ended(sink, channel, &day)?;
        let mut held = by_two.then(|| options.supersede.clone().unwrap_or_else(|| TWO_DECIDE.to_owned()));
        if others.is_empty()
            && options.supersede.is_none()
            && let Some(ended) = &ended
        {
            return Ok(Some(self.counts_no_more(ended)));
        }
        let mut rests = Vec::new();
        if !others.is_empty() {
            let compared = self.compare(sink, source, format, &head, &others)?;
            let holder = holder(&head, &others, &compared);
            if let Some(holder) =
                holder.filter(|holder| !options.is_told() || holder.head.until == head.until)
            {
                return Ok(Some(known(holder)));
            }
            let same = holder.or(self.same_file(sink, &others)?);
            // A file without lines has the same bytes at every hour: a later one tells more.
            let is_told = options.until.is_some() && options.supersede.is_none();
            if let Some(other) = same.filter(|other| is_told && other.head.until != head.until) {
                return Err(self.another_end(&head, other).into());
            }
            if let Some(ended) = ended.filter(|_| options.supersede.is_none()) {
                return Ok(Some(self.counts_no_more(&ended)));
            }
            let reason = self.reason(sink, &head, &others, compared, options)?;
            let by_two = by_two || self.needs_two_people(sink, &others)?;
            rests = self.rests(&head, &others, by_two)?;
            if by_two {
                held = Some(options.supersede.clone().unwrap_or_else(|| reason.clone()));
                others.clear();
            }
            for other in &others {
                bills::change(sink, self.change_of(other.id, BillState::Replaced, Some(statement), &reason))?;
            }
            let rest = |id: i64| {
                let mut known = (statement + 1..).zip(&rests);
                known
                    .find(|(_, (of, _))| *of == id)
                    .map(|(rest, (_, covers))| RestOfBill { id: rest, covers: *covers })
            };
            let replaced =
                |other: BillRow| ReplacedBill { rest: rest(other.id), id: other.id, file: other.file };
            self.answer.replaces = others.into_iter().map(replaced).collect();
        }
        if let Some(reason) = held {
            self.answer.held = true;
            bills::change(sink, self.change_of(statement, BillState::Held, None, &reason))?;
        }
        self.answer.statement = Some(statement);
        let empty = (summary.rows == 0).then_some(day.as_str());
        let fingerprint = imports::free_fingerprint(sink, self.fingerprint, empty)?;
        let record = FileRecord { fingerprint: &fingerprint, ..self.record(format.kind().as_str()) };
        let currency = (summary.rows > 0).then(|| summary.currency.code());
        statements::insert_statement(sink, statement, &head, currency, &record)?;
        for (rest, (of, covers)) in (statement + 1..).zip(rests) {
            let fingerprint = format!("{}/{covers}", record.fingerprint);
            statements::insert_rest(
                sink,
                rest,
                (of, covers),
                &FileRecord { fingerprint: &fingerprint, ..record },
            )?;
        }
        Ok(None)
    }

    /// Returns the statement of `others` whose file has the content of this one.
    fn same_file<'o>(
        &self,
        sink: &mut dyn Sink,
        others: &'o [BillRow],
    ) -> Result<Option<&'o BillRow>, Refusal> {
        for other in others {
            let stored = bills::one(sink, other.id)?.map(|(_, fingerprint)| fingerprint);
            let content = stored.as_deref().and_then(|stored| stored.split('/').next());
            if content == Some(self.fingerprint) {
                return Ok(Some(other));
            }
        }
        Ok(None)
    }

    /// Returns the latest statement of the channel's day with the content of this file that counts no more. One
    /// that a person withdrew alone may be imported again by anyone.
    fn ended(&self, sink: &mut dyn Sink, channel: Channel, day: &str) -> Result<Option<BillRow>, Refusal> {
        let mut ended = bills::list(sink, true, Some(channel.as_str()), Some(day))?;
        ended.retain(|bill| match bill.state {
            BillState::Replaced => true,
            BillState::Withdrawn => decided_by_case(bill),
            BillState::Held | BillState::Standing => false,
        });
        ended.reverse();
        Ok(self.same_file(sink, &ended)?.cloned())
    }

    /// Notes that a statement with this content counts no more; nothing is to be written then.
    fn counts_no_more(&mut self, ended: &BillRow) -> Imported {
        self.answer.ended = Some(EndedBill { id: ended.id, state: ended.state });
        known(ended)
    }

    /// Refuses a statement that is said to end before its last line, and one of a day that has not begun.
    fn refuse_impossible(
        &self,
        head: &StatementHead,
        last: Option<(Moment, u64)>,
        options: &FileOptions,
    ) -> Result<(), Rejection> {
        if let (Some(until), Some((time, line)), Some(_)) = (head.until, last, &options.until)
            && time > until
        {
            let early = Rejection::new(Code::BadFile).with("problem", "import.until_before_line");
            return Err(early.with("until", until).with("time", time).at_line(self.file, line));
        }
        let today = self.in_force.channel_day(head.channel, self.context.now);
        match head.day.filter(|day| *day > today) {
            Some(day) => Err(self.unusable("import.future_day").with("day", day).with("today", today)),
            None => Ok(()),
        }
    }

    /// Ends a statement of the running day no later than its last line, since nothing says when it was made, or
    /// than now if it has none; if something says until when it is, no later than that and now.
    fn end_by_now(&self, head: &mut StatementHead, last: Option<(Moment, u64)>) {
        let now = self.in_force.at_channel(head.channel, self.context.now);
        if head.day.is_none_or(|day| day < self.in_force.channel_day(head.channel, now)) {
            return;
        }
        let last = last.map(|(time, _)| time);
        head.until = Some(match head.until {
            Some(until) => until.min(last.map_or(now, |last| last.max(now))),
            None => last.unwrap_or(now),
        });
    }

    /// Returns the refusal of lines that stand already with another end of the statement.
    fn another_end(&self, head: &StatementHead, other: &BillRow) -> Rejection {
        let end = |head: &StatementHead| match (head.until, head.day) {
            (Some(until), _) => until.to_string(),
            (None, Some(day)) => format!("{day}T24:00:00"),
            (None, None) => String::new(),
        };
        Rejection::new(Code::BillConflict)
            .with("file", self.file)
            .with("other", &other.file)
            .with("channel", head.channel)
            .with("day", head.day.map_or_else(String::new, |day| day.to_string()))
            .with("until", end(head))
            .with("stands_until", end(&other.head))
    }

    /// Returns whether two people decide if one of these statements is replaced: with four eyes, if its day is closed,
    /// or if a committed case or a match rests on it and the new one lacks or changes a line.
    fn needs_two_people(&self, sink: &mut dyn Sink, others: &[BillRow]) -> Result<bool, Refusal> {
        if self.in_force.policy.four_eyes {
            for other in others {
                let rests = bills::rests(sink, other.id)?;
                if rests.closed_day.is_some() || (rests.any() && !self.answer.extends) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Returns the statements that list kinds of lines which the new one does not, each with what is left of it: that
    /// stands on beside the new one.
    ///
    /// # Errors
    /// [`Code::BillConflict`] if no coverage says what is left, or if two people decide.
    fn rests(
        &self,
        head: &StatementHead,
        others: &[BillRow],
        by_two: bool,
    ) -> Result<Vec<(i64, Coverage)>, Rejection> {
        let wider = others.iter().filter(|other| other.head.is_wider_than(head));
        let rest = |other: &BillRow| {
            let rest = other.head.rest_beside(head).filter(|_| !by_two);
            rest.map(|rest| (other.id, rest)).ok_or_else(|| {
                Rejection::new(Code::BillConflict)
                    .with("file", self.file)
                    .with("other", &other.file)
                    .with("channel", head.channel)
                    .with("day", head.day.map_or_else(String::new, |day| day.to_string()))
                    .with("problem", "import.narrower")
            })
        };
        wider.map(rest).collect()
    }

    /// Returns a change of a statement by this import.
    const fn change_of<'c>(
        &'c self,
        statement: i64,
        state: BillState,
        by_statement: Option<i64>,
        reason: &'c str,
    ) -> NewChange<'c> {
        let (at, operator) = (self.context.now, &self.context.operator);
        NewChange { statement, state, by_statement, case_no: None, reason, at, operator }
    }

    /// Returns the channel that the file names, or whose format it has.
    fn channel_of(&self, source: &mut Source, format: Format) -> Result<Channel, Refusal> {
        let named = reading::channel_named(source.reader()?, self.file, self.settings, format)?;
        let of_reader = || self.in_force.channels.of_reader(format.as_str()).map(|known| known.code);
        named
            .or_else(of_reader)
            .ok_or_else(|| self.unusable("import.no_channel").with("format", format).into())
    }

    /// Writes the lines of the file as those of the statement in row `statement`. Returns time and line number of the
    /// last one by time as well.
    fn write_lines(
        &mut self,
        sink: &mut dyn Sink,
        source: &mut Source,
        format: Format,
        (statement, channel): (i64, Channel),
    ) -> Result<(BillSummary, Option<(Moment, u64)>), Refusal> {
        let (settings, file, kept) = (self.settings.clone(), self.file.to_owned(), &self.in_force.currencies);
        let mut currency = None;
        let reader = source.reader()?;
        let mut last: Option<(Moment, u64)> = None;
        let read = refused(reading::read_bill(reader, &file, &settings, format, &mut |line| {
            if last.is_none_or(|(time, _)| line.occurred_at > time) {
                last = Some((line.occurred_at, line.line));
            }
            if currency != Some(line.currency) {
                kept.must_keep(line.currency).map_err(|rejection| self.at_line(line.line, rejection))?;
                currency = Some(line.currency);
            }
            statements::insert_line(sink, statement, channel, &line)
                .map_err(|error| self.at_line(line.line, error))?;
            let (kind, day) = (line.kind.as_str(), line.occurred_at.date());
            self.answer.add_to_sums(kind, line.currency, line.amount_minor, day);
            self.count(Taken::New)
        }));
        Ok((read?, last))
    }

    /// Returns what the statement covers, by its content, its name and what was said beside it.
    fn head(
        &self,
        channel: Channel,
        summary: &BillSummary,
        format: Format,
        options: &FileOptions,
    ) -> Result<StatementHead, Refusal> {
        let read = &summary.head;
        let name = Download::named(self.file, format).filter(|_| summary.rows == 0 || format.needs_day());
        let known = read.day.or_else(|| name.as_ref().map(|name| name.day));
        if let Some((known, told)) = known.zip(options.day).filter(|(known, told)| known != told) {
            let other = self.unusable("import.other_day").with("day", known).with("told", told);
            return Err(other.into());
        }
        let day = known.or(options.day);
        let Some(day) = day else { return Err(self.unusable("import.no_day").into()) };
        let until = match (&read.until, &options.until) {
            (None, Some(told)) => Some(self.last_moment(channel, day, told)?),
            (until, _) => *until,
        };
        Ok(StatementHead {
            channel,
            day: Some(day),
            merchant_id: read
                .merchant_id
                .clone()
                .or_else(|| name.as_ref().map(|name| name.merchant_id.clone())),
            sub_merchant: read.sub_merchant.clone(),
            covers: name.and_then(|name| name.covers).unwrap_or(read.covers),
            until,
            format: format.as_str().to_owned(),
        })
    }

    /// Reads the last moment of a statement: a time of its day by the channel's clock, or date and time.
    fn last_moment(&self, channel: Channel, day: Date, told: &str) -> Result<Moment, Rejection> {
        let zone = &self.in_force.clock(channel);
        let local = told.parse::<Time>().ok().filter(|_| told.len() <= 8).map(|time| day.to_datetime(time));
        let local = local.or_else(|| told.replacen(' ', "T", 1).parse::<DateTime>().ok());
        let moment = match told.parse::<Moment>() {
            Ok(moment) => Some(moment.in_zone(zone)),
            Err(_) => local.and_then(|local| Moment::from_local(local, zone).ok()),
        };
        moment
            .filter(|moment| moment.date() == day)
            .ok_or_else(|| Rejection::new(Code::BadValue).with("what", "until").with("value", told))
    }

    /// Compares the lines of the file with those of `others`.
    fn compare(
        &self,
        sink: &mut dyn Sink,
        source: &mut Source,
        format: Format,
        head: &StatementHead,
        others: &[BillRow],
    ) -> Result<Compared, Refusal> {
        let mut comparison = Comparison::default();
        for other in others {
            let timed = other.head.covers == head.covers;
            let is_wider = other.head.is_wider_than(head);
            statements::each_line(sink, other.id, &mut |row, line| {
                let is_listed = head.lists(&line);
                if is_listed || !is_wider {
                    comparison.stands(row, &line, timed, is_listed);
                }
            })?;
        }
        let reader = source.reader()?;
        refused(reading::read_bill(reader, self.file, self.settings, format, &mut |line| {
            comparison.line(&line);
            Ok::<_, Refusal>(())
        }))?;
        Ok(comparison.finish())
    }

    /// Returns why the statement takes the place of `others`, and notes in the answer how it differs.
    ///
    /// # Errors
    /// [`Code::BillConflict`] with the differences if it lacks or changes a line, or one of them lists kinds of lines
    /// that it does not, and it was not told to take their place.
    fn reason(
        &mut self,
        sink: &mut dyn Sink,
        head: &StatementHead,
        others: &[BillRow],
        compared: Compared,
        options: &FileOptions,
    ) -> Result<String, Refusal> {
        let is_narrower = others.iter().any(|other| other.head.is_wider_than(head));
        let reaches = others.iter().all(|other| head.reaches(&other.head));
        if !is_narrower && reaches && compared.differences.gone == 0 && compared.differences.changed == 0 {
            self.answer.extends = true;
            self.answer.added = compared.differences.added;
            self.answer.already = self.answer.rows - compared.differences.added;
            return Ok(EXTENDS.to_owned());
        }
        let mut differences = listed(sink, compared)?;
        let ids: Vec<i64> = others.iter().map(|other| other.id).collect();
        differences.shakes = shaken(sink, &ids, self.in_force.policy.four_eyes)?;
        let Some(reason) = &options.supersede else {
            let names: Vec<&str> = others.iter().map(|other| other.file.as_str()).collect();
            let mut rejection = Rejection::new(Code::BillConflict)
                .with("file", self.file)
                .with("other", names.join(", "))
                .with("channel", head.channel)
                .with("day", head.day.map_or_else(String::new, |day| day.to_string()))
                .with("added", differences.added)
                .with("gone", differences.gone)
                .with("changed", differences.changed);
            let standing = others.iter().find(|other| other.head.says_none(other.lines.unsigned_abs()));
            let own = head.says_none(self.answer.rows).then_some(self.file);
            if let Some(empty) = own.or(standing.map(|other| other.file.as_str())) {
                rejection = rejection.with("empty", empty);
            }
            rejection.differences = Some(Box::new(differences));
            return Err(rejection.into());
        };
        self.answer.differences = Some(Box::new(differences));
        Ok(reason.clone())
    }
}

/// Returns the statement that a file adds nothing to: every line of the file stands unchanged, and one of
/// `others` covers what it covers. Lines that stand beside it are of other kinds or merchants.
fn holder<'o>(head: &StatementHead, others: &'o [BillRow], compared: &Compared) -> Option<&'o BillRow> {
    let Compared { differences, missing, .. } = compared;
    if (differences.added, differences.changed, *missing) != (0, 0, 0) {
        return None;
    }
    others.iter().find(|other| other.head.holds(head))
}

/// Returns whether a case of two people ended a statement that may list the same lines.
fn was_decided(sink: &mut dyn Sink, head: &StatementHead, rows: u64) -> Result<bool, Refusal> {
    let day = head.day.map(|day| day.to_string());
    let known = bills::list(sink, true, Some(head.channel.as_str()), day.as_deref())?;
    let ends = |bill: &BillRow| matches!(bill.state, BillState::Replaced | BillState::Withdrawn);
    Ok(known.iter().any(|bill| ends(bill) && decided_by_case(bill) && bill.contradicts(head, rows)))
}

/// Returns whether the statement adds lines to a closed day on which one of `standing` counts already, of the same
/// merchant number or without any on either side.
fn is_beside_signed(
    sink: &mut dyn Sink,
    head: &StatementHead,
    rows: u64,
    standing: &[BillRow],
) -> Result<bool, Refusal> {
    match standing.iter().find(|other| rows > 0 && head.may_be_of_merchant(&other.head)) {
        Some(other) => Ok(bills::rests(sink, other.id)?.closed_day.is_some()),
        None => Ok(false),
    }
}

/// Returns whether a case of two people ended a statement.
fn decided_by_case(bill: &BillRow) -> bool {
    bill.changed.as_ref().is_some_and(|change| change.case_no.is_some())
}

/// Returns a statement as one that was imported before.
fn known(holder: &BillRow) -> Imported {
    Imported { file: holder.file.clone(), rows: holder.lines, at: holder.imported_at.to_string() }
}

/// Returns the differences with the lines that stand.
fn listed(sink: &mut dyn Sink, compared: Compared) -> Result<Differences, Refusal> {
    let Compared { mut differences, changes, gone, .. } = compared;
    for (row, after) in changes {
        let before = statements::line_at(sink, row)?.as_ref().map(Into::into);
        let after = Some((&after).into());
        differences.rows.push(Difference { change: LineChange::Changed, before, after });
    }
    for row in gone {
        let before = statements::line_at(sink, row)?.as_ref().map(Into::into);
        differences.rows.push(Difference { change: LineChange::Gone, before, after: None });
    }
    Ok(differences)
}
