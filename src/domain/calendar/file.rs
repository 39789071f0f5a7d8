//! The file format of calendars.

use super::{Bill, Calendar, Closure, Confidence, Days, Holiday, Limit, Validity, Window};
use crate::domain::authored::{AuthoredError, FormReader};
use crate::domain::money::{Currency, Money};
use crate::domain::trade::Channel;
use jiff::civil::{Date, DateTime, Weekday};
use serde::Deserialize;
use std::collections::BTreeSet;
use toml::Spanned;

type Text = Spanned<String>;

/// Channels that a file may name; `None` for any.
type Known<'a> = Option<&'a [Channel]>;

/// Longest window in minutes: one that opens at midnight of the day before and closes at the end of its day.
const MINUTES_OF_DAY: i64 = 24 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarForm {
    id: String,
    zone: Text,
    /// Id of the calendar that this file extends; a file without it is a whole calendar.
    extends: Option<Text>,
    /// Years whose holidays are listed.
    years: Vec<i16>,
    /// Years of which only the statutory holidays are listed.
    #[serde(default)]
    provisional_years: Vec<i16>,
    #[serde(default)]
    window: Vec<Spanned<WindowForm>>,
    #[serde(default)]
    limit: Vec<Spanned<LimitForm>>,
    #[serde(default)]
    bill: Vec<Spanned<BillForm>>,
    #[serde(default)]
    closure: Vec<Spanned<ClosureForm>>,
    #[serde(default)]
    holiday: Vec<Spanned<HolidayForm>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowForm {
    system: Text,
    valid_from: Option<Text>,
    valid_to: Option<Text>,
    days: Text,
    opens: Text,
    #[serde(default)]
    opens_day_before: bool,
    closes: Text,
    business_day_cut: Option<Text>,
    confidence: Text,
    #[serde(default, rename = "note")]
    _note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BillForm {
    channel: Text,
    valid_from: Option<Text>,
    valid_to: Option<Text>,
    ready: Text,
    confidence: Text,
    #[serde(default, rename = "note")]
    _note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitForm {
    system: Text,
    valid_from: Option<Text>,
    valid_to: Option<Text>,
    workday: Option<Text>,
    off_day: Option<Text>,
    confidence: Text,
    #[serde(default, rename = "note")]
    _note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClosureForm {
    systems: Vec<Text>,
    from: Text,
    to: Text,
    #[serde(default, rename = "note")]
    _note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidayForm {
    name: String,
    #[serde(default, rename = "name_en")]
    _name_en: String,
    from: Text,
    to: Text,
    #[serde(default)]
    worked: Vec<Text>,
}

impl Calendar {
    /// Reads a calendar file.
    ///
    /// # Errors
    /// Every mistake with its line: words, dates, times, numbers, overlapping rows of one system, make-up
    /// days that are not on a weekend or fall in a holiday.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<AuthoredError>> {
        Self::parse_over(file, text, None, Some(Channel::NAMED))
    }

    /// Reads a calendar file that may extend `base` (`extends = "<id>"`): the holidays of the years it
    /// lists, and the windows, limits and bills of the systems it names replace those of `base`; closures
    /// are added. With `channels` it may name only these.
    ///
    /// # Errors
    /// As [`Calendar::parse`]; also if it extends another calendar than `base`.
    pub fn parse_over(
        file: &str,
        text: &str,
        base: Option<&Self>,
        channels: Known<'_>,
    ) -> Result<Self, Vec<AuthoredError>> {
        let (mut reader, form) = FormReader::open::<CalendarForm>(file, text)?;
        let extended = match &form.extends {
            None => None,
            Some(id) => {
                let known = base.filter(|base| base.id == *id.get_ref());
                if known.is_none() {
                    let have = base.map_or("–", Self::id);
                    reader.error(
                        id.span(),
                        "calendar.extends_other",
                        &[("id", id.get_ref()), ("have", &have)],
                    );
                }
                known
            }
        };
        let zone = reader.zone(&form.zone);
        let windows = windows(&mut reader, channels, form.window);
        let limits = limits(&mut reader, channels, form.limit);
        let closures = form
            .closure
            .into_iter()
            .filter_map(|row| closure(&mut reader, channels, row.get_ref()))
            .collect();
        let bills =
            form.bill.into_iter().filter_map(|row| bill(&mut reader, channels, row.get_ref())).collect();
        let (holidays, worked) = holidays(&mut reader, form.holiday);
        let CalendarForm { id, years, provisional_years, .. } = form;
        let read = reader.close(zone.map(|zone| Self {
            id,
            zone,
            windows,
            limits,
            closures,
            holidays,
            worked,
            years,
            provisional_years,
            bills,
            grace_seconds: 0,
        }))?;
        Ok(match extended {
            Some(base) => read.extending(base),
            None => read,
        })
    }
}

fn read_channel(reader: &mut FormReader<'_>, channels: Known<'_>, text: &Text) -> Option<Channel> {
    match channels {
        Some(known) => reader.one_of(text, Channel::WHAT, known, Channel::of_text),
        None => reader.code(text, Channel::WHAT, Channel::of_text),
    }
}

fn windows(reader: &mut FormReader<'_>, channels: Known<'_>, rows: Vec<Spanned<WindowForm>>) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    for row in rows {
        let place = row.span();
        let form = row.into_inner();
        let Some(window) = window(reader, channels, &form) else { continue };
        let same =
            |other: &Window| other.system == window.system && other.validity.overlaps(&window.validity);
        if windows.iter().any(same) {
            reader.error(place, "calendar.overlap", &[("system", &window.system)]);
        }
        windows.push(window);
    }
    windows
}

fn window(reader: &mut FormReader<'_>, channels: Known<'_>, form: &WindowForm) -> Option<Window> {
    let system = read_channel(reader, channels, &form.system);
    let validity = validity(reader, form.valid_from.as_ref(), form.valid_to.as_ref(), &form.confidence);
    let days = reader.word::<Days>(&form.days);
    let opens = minutes(reader, &form.opens);
    let closes = minutes(reader, &form.closes);
    let business_day_cut = form.business_day_cut.as_ref().and_then(|cut| minutes(reader, cut));
    let window = Window {
        system: system?,
        validity: validity?,
        days: days?,
        opens: opens?,
        opens_day_before: form.opens_day_before,
        closes: closes?,
        business_day_cut,
    };
    if !window.opens_day_before && window.closes <= window.opens {
        reader.error(
            form.closes.span(),
            "calendar.closes_before_opening",
            &[("value", form.closes.get_ref())],
        );
    }
    Some(window)
}

fn limits(reader: &mut FormReader<'_>, channels: Known<'_>, rows: Vec<Spanned<LimitForm>>) -> Vec<Limit> {
    let mut limits: Vec<Limit> = Vec::new();
    for row in rows {
        let place = row.span();
        let form = row.into_inner();
        let system = read_channel(reader, channels, &form.system);
        let validity = validity(reader, form.valid_from.as_ref(), form.valid_to.as_ref(), &form.confidence);
        let workday = amount(reader, form.workday.as_ref());
        let off_day = amount(reader, form.off_day.as_ref());
        let (Some(system), Some(validity)) = (system, validity) else { continue };
        if limits.iter().any(|other| other.system == system && other.validity.overlaps(&validity)) {
            reader.error(place, "calendar.overlap", &[("system", &system)]);
        }
        limits.push(Limit { system, validity, workday, off_day });
    }
    limits
}

fn bill(reader: &mut FormReader<'_>, channels: Known<'_>, form: &BillForm) -> Option<Bill> {
    let channel = read_channel(reader, channels, &form.channel);
    let validity = validity(reader, form.valid_from.as_ref(), form.valid_to.as_ref(), &form.confidence);
    let ready = minutes(reader, &form.ready);
    Some(Bill { channel: channel?, validity: validity?, ready: ready? })
}

fn closure(reader: &mut FormReader<'_>, channels: Known<'_>, form: &ClosureForm) -> Option<Closure> {
    let systems: Vec<Channel> =
        form.systems.iter().filter_map(|text| read_channel(reader, channels, text)).collect();
    let from = local_time(reader, &form.from);
    let to = local_time(reader, &form.to);
    let closure = Closure { systems, from: from?, to: to? };
    if closure.to <= closure.from {
        reader.error(form.to.span(), "rulefile.ends_before_start", &[("date", form.to.get_ref())]);
    }
    Some(closure)
}

fn holidays(reader: &mut FormReader<'_>, rows: Vec<Spanned<HolidayForm>>) -> (Vec<Holiday>, BTreeSet<Date>) {
    let mut holidays: Vec<Holiday> = Vec::new();
    let mut worked: Vec<(Date, Text)> = Vec::new();
    for row in rows {
        let place = row.span();
        let form = row.into_inner();
        for text in form.worked {
            worked.extend(reader.date(&text).map(|date| (date, text)));
        }
        let (from, to) = (reader.date(&form.from), reader.date(&form.to));
        let (Some(from), Some(to)) = (from, to) else { continue };
        if to < from {
            reader.error(form.to.span(), "rulefile.ends_before_start", &[("date", &to)]);
        }
        if let Some(other) = holidays.iter().find(|other| from <= other.to && other.from <= to) {
            reader.error(place, "calendar.holidays_overlap", &[("name", &form.name), ("other", &other.name)]);
        }
        holidays.push(Holiday { name: form.name, from, to });
    }
    for (date, text) in &worked {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        if !weekend || holidays.iter().any(|holiday| (holiday.from..=holiday.to).contains(date)) {
            reader.error(text.span(), "calendar.not_a_makeup_day", &[("date", date)]);
        }
    }
    (holidays, worked.into_iter().map(|(date, _)| date).collect())
}

fn validity(
    reader: &mut FormReader<'_>,
    from: Option<&Text>,
    to: Option<&Text>,
    confidence: &Text,
) -> Option<Validity> {
    let first = reader.optional_date(from);
    let last = reader.optional_date(to);
    let confidence = reader.word::<Confidence>(confidence);
    let validity = Validity { from: first?, to: last?, confidence: confidence? };
    if let (Some(first), Some(last), Some(text)) = (validity.from, validity.to, to)
        && last < first
    {
        reader.error(text.span(), "rulefile.ends_before_start", &[("date", &last)]);
    }
    Some(validity)
}

/// Reads a time of day like `08:30` as minutes after midnight; `24:00` is the end of the day.
fn minutes(reader: &mut FormReader<'_>, text: &Text) -> Option<i64> {
    let raw = text.get_ref();
    let number = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        if digits { part.parse::<i64>().ok() } else { None }
    };
    let time = raw.split_once(':').and_then(|(hours, minutes)| number(hours).zip(number(minutes)));
    let time = time.filter(|(_, minutes)| *minutes < 60).map(|(hours, minutes)| hours * 60 + minutes);
    let time = time.filter(|minutes| *minutes <= MINUTES_OF_DAY);
    if time.is_none() {
        reader.error(text.span(), "calendar.bad_time", &[("value", raw)]);
    }
    time
}

/// Reads a local time like `2016-02-06T19:00`.
fn local_time(reader: &mut FormReader<'_>, text: &Text) -> Option<DateTime> {
    let raw = text.get_ref();
    let time = if raw.len() == 16 && raw.contains('T') { raw.parse().ok() } else { None };
    if time.is_none() {
        reader.error(text.span(), "calendar.bad_time", &[("value", raw)]);
    }
    time
}

/// Reads a limit in CNY as minor units. A missing one is no limit; so is a mistake, which is reported.
fn amount(reader: &mut FormReader<'_>, text: Option<&Text>) -> Option<i64> {
    let text = text?;
    let amount = Money::parse(text.get_ref(), Currency::CNY).ok().filter(|money| money.minor > 0);
    if amount.is_none() {
        reader.error(text.span(), "rulefile.bad_number", &[("value", text.get_ref())]);
    }
    amount.map(|money| money.minor)
}
