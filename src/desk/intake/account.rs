//! Imports statements of accounts at banks and channels, a day at a time: a file of several days is as many
//! statements, so that a month's file and a day's agree or contradict each other day by day.
//!
//! The file is read twice: first to know its days, their sums, and how they differ from what stands; then, if nothing
//! speaks against it, to write the lines of the days that are new.

use super::account_day::{FileDay, reaches_on};
use super::account_of::At;
use super::account_parts::copy_lines;
use super::account_proposals::{agreed_or_proposed, shaken};
use super::importer::{Importer, refused};
use super::taken::Taken;
use crate::domain::account_statement::{AccountEnd, AccountHead, AccountLine, AccountPart};
use crate::domain::differences::Differences;
use crate::domain::id::AccountCode;
use crate::domain::money::{Currency, Money};
use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use crate::files::import as reading;
use crate::files::import::{Format, Source};
use crate::protocol::account_statements::{AccountStatementRow, DayOfAccount};
use crate::protocol::bills::{EXTENDS, FileOptions, ReplacedBill, TWO_DECIDE};
use crate::protocol::intake::AccountTaken;
use crate::protocol::refusal::Refusal;
use crate::store::append::Appender;
use crate::store::imports::FileRecord;
use crate::store::{Sink, account_evidence, account_statements, imports};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Most days of one file: ten years.
const MOST_DAYS: usize = 3660;

/// Differing lines that a refusal quotes.
const QUOTED: usize = 3;

/// Days that are written, each with the row of its statement.
type NewDays<'d> = BTreeMap<&'d (At, Date), (i64, &'d FileDay)>;

/// What the file says.
#[derive(Debug, Default)]
struct Read {
    days: BTreeMap<(At, Date), FileDay>,
    /// The account of each statement in the order of the file; `None` if it is not taken.
    accounts: Vec<Option<At>>,
    /// Account, head and days of the statement being read.
    now: Option<(At, AccountHead, Vec<Date>)>,
    /// The holder's numbers that the file names.
    numbers: BTreeSet<String>,
}

impl Importer<'_> {
    /// Imports account statements.
    pub(super) fn account(
        &mut self,
        sink: &mut dyn Sink,
        appender: &mut Appender,
        source: &mut Source,
        format: Format,
        options: &FileOptions,
    ) -> Result<(), Refusal> {
        appender.begin(sink)?;
        let mut read = Read::default();
        let (settings, file) = (self.settings.clone(), self.file.to_owned());
        let reader = source.reader()?;
        refused(reading::read_account(reader, &file, &settings, format, &mut |part| match part {
            AccountPart::Begins(head) => self.begins(sink, appender, &mut read, *head, format, options),
            AccountPart::Line(_) if read.now.is_none() => Ok(()),
            AccountPart::Line(line) => {
                self.count(Taken::New)?;
                if let Some((_, head, _)) = &read.now {
                    self.answer.add_to_sums(line.kind.as_str(), head.currency, line.amount_minor, line.day);
                }
                self.noted(sink, &mut read, &line)
            }
            AccountPart::Ends(end) => self.ends(sink, &mut read, end, options.day),
        }))?;
        let Read { mut days, numbers, accounts, .. } = read;
        for day in days.values_mut() {
            self.join_standing(sink, day)?;
        }
        let Some(((_, from), _)) = days.iter().min_by_key(|((_, day), _)| *day) else {
            return Err(match (&options.number, numbers.is_empty()) {
                (Some(told), false) => {
                    let numbers: Vec<String> = numbers.into_iter().collect();
                    let other = self.unusable("import.account_other_number");
                    other.with("number", numbers.join(", ")).with("told", told.trim())
                }
                _ => self.unusable("import.account_no_day"),
            }
            .into());
        };
        let to = days.keys().map(|(_, day)| *day).max().unwrap_or(*from);
        let mut names: Vec<AccountCode> = days.keys().map(|((account, _), _)| account.clone()).collect();
        names.dedup();
        let is_new = |day: &FileDay| match &day.stands {
            None => true,
            Some((row, _)) => {
                day.added > 0
                    || day.gone() > 0
                    || reaches_on(row.day.until, day.until)
                    || (day.opening_minor.is_some() && row.day.opening_minor != day.opening_minor)
            }
        };
        let taken = days.values().filter(|day| is_new(day)).count();
        if taken == 0 {
            self.answer.imported_before = imports::imported(sink, self.fingerprint)?.map(|before| before.at);
        }
        self.answer.account = Some(AccountTaken { accounts: names, from: *from, to, days: taken as u64 });
        self.refuse_differences(sink, &days, options)?;
        let known: u64 = days.values().filter(|day| !is_new(day)).map(|day| day.rows).sum();
        self.answer.added = self.answer.rows - known;
        self.answer.already = known;
        self.answer.extends = options.supersede.is_none();
        let new: BTreeMap<(At, Date), FileDay> = days.into_iter().filter(|(_, day)| is_new(day)).collect();
        if new.is_empty() || !self.is_agreed(sink, &new, options)? {
            return Ok(());
        }
        let first = account_statements::next_id(sink)?;
        let rows: NewDays<'_> = (first..).zip(&new).map(|(id, (at, day))| (at, (id, day))).collect();
        self.write_lines_of(sink, source, format, (&rows, accounts))?;
        self.write_days(sink, format, &rows, options)
    }

    /// Notes that a statement begins, and which account of the books it is of.
    fn begins(
        &self,
        sink: &mut dyn Sink,
        appender: &mut Appender,
        read: &mut Read,
        head: AccountHead,
        format: Format,
        options: &FileOptions,
    ) -> Result<(), Refusal> {
        read.numbers.extend(head.number.clone());
        if options.account.is_some() && options.number.is_none() && read.numbers.len() > 1 {
            let numbers: Vec<&str> = read.numbers.iter().map(String::as_str).collect();
            return Err(self.unusable("import.account_several").with("numbers", numbers.join(", ")).into());
        }
        let at = self.account_of(sink, appender, &head, format, options)?;
        read.accounts.push(at.clone());
        read.now = at.map(|at| (at, head, Vec::new()));
        Ok(())
    }

    /// Adds a line to its day.
    fn noted(&self, sink: &mut dyn Sink, read: &mut Read, line: &AccountLine) -> Result<(), Refusal> {
        let Some((at, head, days)) = &mut read.now else { return Ok(()) };
        let currency = head.currency;
        if !days.contains(&line.day) {
            days.push(line.day);
        }
        let day = match read.days.entry((at.clone(), line.day)) {
            std::collections::btree_map::Entry::Occupied(day) => day.into_mut(),
            std::collections::btree_map::Entry::Vacant(vacant) => {
                let stands = standing(sink, at, line.day, currency)?;
                vacant.insert(FileDay { stands, ..FileDay::default() })
            }
        };
        let sum = day.sum_minor.checked_add(line.amount_minor);
        day.sum_minor = sum.ok_or_else(|| self.unusable("import.account_too_large"))?;
        day.rows += 1;
        let Some((_, lines)) = &mut day.stands else { return Ok(()) };
        let same = lines.get_mut(&facts(line, currency)).filter(|count| **count > 0);
        match same {
            Some(count) => *count -= 1,
            None => day.added += 1,
        }
        Ok(())
    }

    /// Completes the days of a statement: those without lines, and the balances.
    fn ends(
        &self,
        sink: &mut dyn Sink,
        read: &mut Read,
        end: AccountEnd,
        told: Option<Date>,
    ) -> Result<(), Refusal> {
        let Some((at, head, mut of_lines)) = read.now.take() else { return Ok(()) };
        of_lines.sort_unstable();
        let from = head.from.into_iter().chain(of_lines.first().copied()).min();
        let to = head.to.into_iter().chain(end.to).chain(of_lines.last().copied()).max();
        let Some((from, to)) = from.zip(to).or(told.zip(told)) else {
            return Err(self.unusable("import.account_no_day").into());
        };
        if let Some(told) = told.filter(|told| from != *told || to != *told) {
            let day = if from == to { from.to_string() } else { format!("{from} – {to}") };
            return Err(self.unusable("import.other_day").with("day", day).with("told", told).into());
        }
        let today = self.in_force.today(self.context);
        if to > today {
            return Err(self.unusable("import.future_day").with("day", to).with("today", today).into());
        }
        let days: Vec<Date> = from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to).collect();
        if days.len() > MOST_DAYS {
            let many = self.unusable("import.account_many_days");
            return Err(many.with("from", from).with("to", to).with("limit", MOST_DAYS).into());
        }
        let mut balance = end.opening_minor;
        for date in days {
            let key = (at.clone(), date);
            if !read.days.contains_key(&key) {
                let stands = standing(sink, &at, date, head.currency)?;
                read.days.insert(key.clone(), FileDay { stands, ..FileDay::default() });
            }
            let Some(day) = read.days.get_mut(&key) else { continue };
            // Two statements of one day in a file go on from each other.
            day.opening_minor = day.opening_minor.or(balance);
            day.sequence = day.sequence.take().or_else(|| head.sequence.clone());
            day.until = end.until.or(head.until).filter(|_| date == to);
            if date == today {
                // What the running day still brings is in no statement yet.
                day.until = Some(day.until.map_or(self.context.now, |until| until.min(self.context.now)));
            }
            if day.opening_minor == balance {
                balance = balance.map(|balance| balance.saturating_add(day.sum_minor));
            } else {
                balance = balance.and(end.closing_minor);
            }
        }
        Ok(())
    }

    /// Refuses days that contradict what stands, unless the file is told to take their place.
    fn refuse_differences(
        &self,
        sink: &mut dyn Sink,
        days: &BTreeMap<(At, Date), FileDay>,
        options: &FileOptions,
    ) -> Result<(), Refusal> {
        if options.supersede.is_some() {
            return Ok(());
        }
        for (((account, _), date), day) in days {
            let Some((row, lines)) = day.stands.as_ref().filter(|(row, _)| day.contradicts(row)) else {
                continue;
            };
            let gone = lines.iter().filter(|(_, count)| **count > 0);
            let mut quoted: Vec<&str> = gone.map(|(facts, _)| facts.as_str()).collect();
            quoted.sort_unstable();
            quoted.truncate(QUOTED);
            let mut conflict = Rejection::new(Code::BillConflict)
                .with("file", self.file)
                .with("other", &row.file)
                .with("account", account)
                .with("day", date)
                .with("added", day.added)
                .with("gone", day.gone())
                .with("changed", 0);
            if !quoted.is_empty() {
                conflict = conflict.with("lines", quoted.join("; "));
            }
            if reaches_on(day.until, row.day.until) {
                let shown = |until: Option<Moment>| {
                    until.map_or_else(|| format!("{date}T24:00:00"), |until| until.to_string())
                };
                conflict =
                    conflict.with("until", shown(day.until)).with("stands_until", shown(row.day.until));
            }
            if let Some((stands, told)) =
                row.day.opening_minor.zip(day.opening_minor).filter(|(stands, told)| stands != told)
            {
                let shown = |minor: i64| Money::new(minor, self.in_force.currencies.of(account)).to_string();
                conflict = conflict.with("opening", shown(told)).with("stands_opening", shown(stands));
            }
            let rests = account_evidence::rests(sink, row.id)?;
            if !rests.cases.is_empty() {
                conflict = conflict.with("cases", rests.cases.join(", "));
            }
            for (name, day) in [("later", rests.goes_on), ("closed", rests.closed_day)] {
                conflict = day.into_iter().fold(conflict, |conflict, day| conflict.with(name, day));
            }
            return Err(conflict.into());
        }
        Ok(())
    }

    /// Returns whether the days may be written: no day needs two people, or another person has brought the same file.
    /// If not, nothing is written but the proposal that the file be taken.
    fn is_agreed(
        &mut self,
        sink: &mut dyn Sink,
        days: &BTreeMap<(At, Date), FileDay>,
        options: &FileOptions,
    ) -> Result<bool, Refusal> {
        if !self.in_force.policy.four_eyes {
            return Ok(true);
        }
        let (mut by_two, mut usual, mut replaced) = (Vec::new(), EXTENDS, Vec::new());
        for (((account, number), date), day) in days {
            if let Some((row, _)) = &day.stands {
                let rests = account_evidence::rests(sink, row.id)?;
                let moves_balance = row.day.closing_minor != day.closing_minor();
                let extends = day.gone() == 0 && row.day.opening_minor == day.opening_minor;
                if rests.closed_day.is_some()
                    || (rests.any() && (!extends || (moves_balance && rests.goes_on.is_some())))
                {
                    by_two.push(row.id);
                    replaced.push(ReplacedBill { id: row.id, file: row.file.clone(), rest: None });
                }
                continue;
            }
            let withdrawn = account_evidence::withdrawn_by_two(sink, (account, number), *date)?;
            if !withdrawn.is_empty() {
                usual = TWO_DECIDE;
            }
            by_two.extend(withdrawn);
        }
        let reason = options.supersede.as_deref().unwrap_or(usual);
        let file = Some((self.fingerprint, self.file));
        if by_two.is_empty() || agreed_or_proposed(sink, self.context, &by_two, file, reason)? {
            return Ok(true);
        }
        let shakes = shaken(sink, &by_two, true)?;
        self.answer.differences = Some(Box::new(Differences {
            added: days.values().map(|day| day.added).sum(),
            gone: days.values().map(FileDay::gone).sum(),
            shakes,
            ..Differences::default()
        }));
        self.answer.added = 0;
        self.answer.held = true;
        self.answer.replaces = replaced;
        if let Some(account) = &mut self.answer.account {
            account.days = 0;
        }
        Ok(false)
    }

    /// Writes the lines of the days; `accounts` are those of the file's statements, in their order.
    fn write_lines_of(
        &self,
        sink: &mut dyn Sink,
        source: &mut Source,
        format: Format,
        (rows, accounts): (&NewDays<'_>, Vec<Option<At>>),
    ) -> Result<(), Refusal> {
        let mut written: HashMap<i64, i64> = HashMap::new();
        for (id, day) in rows.values().filter(|(_, day)| day.goes_on) {
            if let Some((row, _)) = &day.stands {
                written.insert(*id, copy_lines(sink, row, *id)?);
            }
        }
        let (mut accounts, mut now) = (accounts.into_iter(), None);
        let reader = source.reader()?;
        refused(reading::read_account(reader, self.file, self.settings, format, &mut |part| {
            match part {
                AccountPart::Begins(_) => now = accounts.next().flatten(),
                AccountPart::Line(line) => {
                    let Some(at) = &now else { return Ok(()) };
                    let Some((statement, _)) = rows.get(&(at.clone(), line.day)) else { return Ok(()) };
                    let n = written.entry(*statement).or_default();
                    *n += 1;
                    account_statements::insert_line(sink, *statement, *n, &line)
                        .map_err(|error| self.at_line(line.line, error))?;
                }
                AccountPart::Ends(_) => {}
            }
            Ok(())
        }))?;
        Ok(())
    }

    /// Writes the days, whose lines are written, each in place of the one that stands.
    fn write_days(
        &mut self,
        sink: &mut dyn Sink,
        format: Format,
        rows: &NewDays<'_>,
        options: &FileOptions,
    ) -> Result<(), Refusal> {
        let record = self.record("account");
        let by = (self.context.now, &self.context.operator);
        let mut replaced = Vec::new();
        for (((account, number), date), (id, day)) in rows {
            if let Some((row, _)) = &day.stands {
                let reason = options.supersede.as_deref().unwrap_or(EXTENDS);
                account_statements::end(sink, row.id, Some(*id), reason, by)?;
                replaced.push(ReplacedBill { id: row.id, file: row.file.clone(), rest: None });
            }
            let of_day = DayOfAccount {
                account: account.clone(),
                number: number.clone(),
                day: *date,
                until: day.until,
                sequence: day.sequence.clone(),
                opening_minor: day.opening_minor,
                closing_minor: day.closing_minor(),
                sum_minor: day.sum_minor,
            };
            let before = day.stands.as_ref().filter(|_| day.goes_on);
            let before = before.map_or(0, |(row, _)| row.lines.unsigned_abs());
            let record = FileRecord { rows: before + day.rows, ..record };
            account_statements::insert(sink, *id, &of_day, format.as_str(), &record)?;
        }
        self.answer.replaces = replaced;
        Ok(())
    }
}

/// Returns the standing statement of a day of an account, with how often it has each line.
fn standing(
    sink: &mut dyn Sink,
    (account, number): &At,
    day: Date,
    currency: Currency,
) -> Result<Option<(AccountStatementRow, HashMap<String, i64>)>, Refusal> {
    let rows = account_statements::standing(sink, account, (day, day))?;
    let Some(row) = rows.into_iter().find(|row| row.day.number == *number) else { return Ok(None) };
    let mut lines = HashMap::new();
    account_statements::each_line(sink, row.id, &mut |line| {
        *lines.entry(facts(&line, currency)).or_default() += 1;
    })?;
    Ok(Some((row, lines)))
}

/// Returns what a line is known by in another file: all that the holder says of it.
fn facts(line: &AccountLine, currency: Currency) -> String {
    let amount = Money::new(line.amount_minor, currency);
    let mut facts = vec![amount.to_string(), line.words.clone(), line.number.clone()];
    facts.extend(line.time.map(|time| time.to_string()));
    facts.extend(line.channel_no.clone());
    facts.extend(line.reference.as_ref().map(ToString::to_string));
    facts.extend([line.counterparty.clone(), line.text.clone()]);
    facts.join(" ").trim_end().to_owned()
}
