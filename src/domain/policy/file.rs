//! The file format of policies.

use super::{Approver, DueRule, Limits, Policy, Reason};
use crate::domain::authored::{AuthoredError, FormReader};
use crate::domain::due_time::WorkingHours;
use crate::domain::finding::Cause;
use crate::domain::id::MAX_BYTES;
use crate::domain::money::{Currency, Money};
use crate::domain::playbook::ChecklistRule;
use crate::domain::voucher::Mode;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;
use toml::Spanned;

/// Widest window around midnight in minutes: half a day on either side.
const MAX_WINDOW_MINUTES: u16 = 719;

/// Most days a trade may wait for its line: two months, beyond which a statement is not asked for again.
const MAX_WAITING_DAYS: u16 = 60;

/// Days a trade waits for its line: a weekend and a day.
const DEFAULT_WAITING_DAYS: u16 = 3;

/// Longest grace in minutes: a day.
const MAX_GRACE_MINUTES: u16 = 24 * 60;

/// Longest grace of a payout in minutes: thirty days.
const MAX_PAYOUT_GRACE_MINUTES: u16 = 30 * 24 * 60;

/// Grace of a payout unless the policy names one, in minutes: a day, since its list usually comes on the next.
const PAYOUT_GRACE_MINUTES: u16 = 24 * 60;
/// Days after which an open debt is more than a note, if the policy does not say: a quarter.
const DEBT_DAYS: u16 = 90;

/// Most such days: ten years.
const MAX_DEBT_DAYS: u16 = 3650;

/// Reason codes that belong to no cause; the first is that of a case without a reason.
const GENERAL_REASONS: (&str, &str) = ("default.toml", include_str!("../../../assets/reasons/default.toml"));

/// All reason codes that ship with the program: the general one, those of the causes, the other general ones.
static SHIPPED_REASONS: LazyLock<Result<Vec<Reason>, Vec<AuthoredError>>> = LazyLock::new(shipped_reasons);

type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyForm {
    #[serde(default = "yes")]
    four_eyes: bool,
    later_day: Option<Text>,
    cut_window_minutes: Option<Spanned<i64>>,
    waiting_days: Option<Spanned<i64>>,
    late_grace_minutes: Option<Spanned<i64>>,
    payout_grace_minutes: Option<Spanned<i64>>,
    #[serde(default)]
    evidence: EvidenceForm,
    #[serde(default)]
    accept: AcceptForm,
    #[serde(default)]
    due: Vec<DueForm>,
    work: Option<Spanned<WorkForm>>,
    debt_days: Option<Spanned<i64>>,
    #[serde(default)]
    auto_stage: Vec<Text>,
    checklist: Option<Text>,
    #[serde(default)]
    admins: Vec<Text>,
    approval_limit: Option<Text>,
    #[serde(default)]
    approval_limits: BTreeMap<Text, Text>,
    #[serde(default)]
    approver: Vec<Spanned<ApproverForm>>,
    #[serde(default)]
    reasons: ReasonsForm,
    #[serde(default)]
    reason: Vec<ReasonForm>,
}

/// What proves a correction besides a channel's line.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct EvidenceForm {
    #[serde(default)]
    status_by_file: bool,
}

/// After how many working hours findings are due.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DueForm {
    cause: Text,
    from: Option<Text>,
    currency: Option<Text>,
    hours: Spanned<i64>,
}

/// The hours of a working day.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkForm {
    from: Text,
    until: Text,
}

/// What one person alone may accept without booking.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct AcceptForm {
    limit: Option<Text>,
    #[serde(default)]
    limits: BTreeMap<Text, Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApproverForm {
    role: String,
    operators: Vec<Text>,
    limit: Option<Text>,
    #[serde(default)]
    limits: BTreeMap<Text, Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonsForm {
    #[serde(default = "yes")]
    known_only: bool,
    #[serde(default)]
    required: Vec<Text>,
}

impl Default for ReasonsForm {
    fn default() -> Self {
        Self { known_only: true, required: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonForm {
    code: Text,
    zh: String,
    en: String,
}

/// The reasons in a file; a cause's file has other keys too.
#[derive(Deserialize)]
struct ReasonFile {
    reason: Vec<ReasonForm>,
}

const fn yes() -> bool {
    true
}

impl Policy {
    /// Reads a policy file; a limit without a currency is in `currency`.
    ///
    /// # Errors
    /// Every mistake with its line: words, numbers, amounts, limits without approval, duplicate reason
    /// codes.
    pub fn parse(file: &str, text: &str, currency: Currency) -> Result<Self, Vec<AuthoredError>> {
        let mut reasons = SHIPPED_REASONS.clone()?;
        let (mut reader, form) = FormReader::open::<PolicyForm>(file, text)?;
        add_reasons(&mut reader, &mut reasons, form.reason);
        let later_day = form.later_day.map_or(Mode::Red, |word| later_day(&mut reader, &word));
        let cut_window_minutes =
            minutes(&mut reader, form.cut_window_minutes.as_ref(), 10, MAX_WINDOW_MINUTES);
        let waiting_days =
            days(&mut reader, form.waiting_days.as_ref(), DEFAULT_WAITING_DAYS, 1..=MAX_WAITING_DAYS);
        let late_grace_minutes = minutes(&mut reader, form.late_grace_minutes.as_ref(), 0, MAX_GRACE_MINUTES);
        let payout_grace_minutes = minutes(
            &mut reader,
            form.payout_grace_minutes.as_ref(),
            PAYOUT_GRACE_MINUTES,
            MAX_PAYOUT_GRACE_MINUTES,
        );
        let debt_days = days(&mut reader, form.debt_days.as_ref(), DEBT_DAYS, 0..=MAX_DEBT_DAYS);
        let general = form.approval_limit.iter().chain(form.approval_limits.values()).map(Spanned::span);
        let accepted = form.accept.limit.iter().chain(form.accept.limits.values()).map(Spanned::span);
        let limited = general.chain(form.approver.iter().map(Spanned::span)).chain(accepted);
        if let Some(place) = limited.min_by_key(|place| place.start).filter(|_| !form.four_eyes) {
            reader.error(place, "policy.limit_without_approval", &[]);
        }
        let approval_limits =
            limits(&mut reader, (form.approval_limit.as_ref(), currency), &form.approval_limits);
        let accept_limits = limits(&mut reader, (form.accept.limit.as_ref(), currency), &form.accept.limits);
        let approvers = form
            .approver
            .into_iter()
            .map(Spanned::into_inner)
            .map(|form| Approver {
                role: form.role,
                operators: form.operators.iter().filter_map(|name| reader.operator(name)).collect(),
                limits: limits(&mut reader, (form.limit.as_ref(), currency), &form.limits),
            })
            .collect();
        let policy = Self {
            version: 0,
            four_eyes: form.four_eyes,
            later_day,
            cut_window_minutes,
            waiting_days,
            late_grace_minutes,
            payout_grace_minutes,
            status_by_file: form.evidence.status_by_file,
            debt_days,
            approval_limits,
            accept_limits,
            approvers,
            due: form.due.iter().filter_map(|row| due_rule(&mut reader, row, currency)).collect(),
            working_hours: form.work.as_ref().map_or(WorkingHours::USUAL, |form| work(&mut reader, form)),
            auto_stage: form.auto_stage.iter().filter_map(|word| reader.word(word)).collect(),
            checklist: form
                .checklist
                .as_ref()
                .and_then(|word| reader.word(word))
                .unwrap_or(ChecklistRule::Advised),
            admins: form.admins.iter().filter_map(|name| reader.operator(name)).collect(),
            known_reasons_only: form.reasons.known_only,
            reasons_required: form.reasons.required.iter().filter_map(|word| reader.word(word)).collect(),
            reasons,
        };
        reader.close(Some(policy))
    }
}

/// The word for every cause.
const ANY_CAUSE: &str = "*";

/// Most working hours until a finding is due: a year of them.
const MAX_DUE_HOURS: i64 = 2000;

fn due_rule(reader: &mut FormReader<'_>, form: &DueForm, main: Currency) -> Option<DueRule> {
    let cause =
        if form.cause.get_ref() == ANY_CAUSE { Some(None) } else { reader.word(&form.cause).map(Some) };
    let hours = Some(*form.hours.get_ref()).filter(|hours| (1..=MAX_DUE_HOURS).contains(hours));
    if hours.is_none() {
        let (value, most) = (form.hours.get_ref(), &MAX_DUE_HOURS);
        reader.error(form.hours.span(), "policy.bad_hours", &[("value", value), ("most", most)]);
    }
    let currency = match &form.currency {
        Some(code) => {
            let known = code.get_ref().parse().ok();
            if known.is_none() {
                reader.bad_word(code, "currency", &[main.code()]);
            }
            known?
        }
        None => main,
    };
    let from = limit(reader, form.from.as_ref(), currency);
    // A currency without an amount is any amount in it.
    let from = from.or(form.currency.as_ref().map(|_| 0)).map(|minor| (currency, minor));
    Some(DueRule { cause: cause?, from, hours: hours? })
}

fn work(reader: &mut FormReader<'_>, form: &Spanned<WorkForm>) -> WorkingHours {
    let WorkForm { from, until } = form.get_ref();
    let hours = from.get_ref().parse().ok().zip(until.get_ref().parse().ok());
    hours.and_then(|(from, until)| WorkingHours::new(from, until)).unwrap_or_else(|| {
        reader.error(from.span(), "policy.bad_work", &[("from", from.get_ref()), ("until", until.get_ref())]);
        WorkingHours::USUAL
    })
}

fn later_day(reader: &mut FormReader<'_>, word: &Text) -> Mode {
    match word.get_ref().as_str() {
        "red" => Mode::Red,
        "blue" => Mode::Blue,
        _ => {
            reader.bad_word(word, "later_day", &["red", "blue"]);
            Mode::Red
        }
    }
}

fn minutes(reader: &mut FormReader<'_>, value: Option<&Spanned<i64>>, default: u16, most: u16) -> u16 {
    let Some(value) = value else { return default };
    let minutes = u16::try_from(*value.get_ref()).ok().filter(|minutes| *minutes <= most);
    if minutes.is_none() {
        reader.error(value.span(), "policy.bad_minutes", &[("value", value.get_ref()), ("most", &most)]);
    }
    minutes.unwrap_or(default)
}

fn days(
    reader: &mut FormReader<'_>,
    value: Option<&Spanned<i64>>,
    default: u16,
    allowed: RangeInclusive<u16>,
) -> u16 {
    let Some(value) = value else { return default };
    let days = u16::try_from(*value.get_ref()).ok().filter(|days| allowed.contains(days));
    if days.is_none() {
        reader.error(
            value.span(),
            "policy.bad_days",
            &[("value", value.get_ref()), ("least", allowed.start()), ("most", allowed.end())],
        );
    }
    days.unwrap_or(default)
}

/// Reads the limit in the ledger's currency, and those in others by their codes.
fn limits(
    reader: &mut FormReader<'_>,
    (own, main): (Option<&Text>, Currency),
    others: &BTreeMap<Text, Text>,
) -> Limits {
    let mut limits = Vec::new();
    limits.extend(limit(reader, own, main).map(|minor| (main, minor)));
    for (code, text) in others {
        match code.get_ref().parse::<Currency>() {
            Ok(currency) if currency != main => {
                limits.extend(limit(reader, Some(text), currency).map(|minor| (currency, minor)));
            }
            _ => reader.error(
                code.span(),
                "policy.bad_currency",
                &[("value", code.get_ref()), ("main", &main)],
            ),
        }
    }
    Limits::new(limits)
}

fn limit(reader: &mut FormReader<'_>, text: Option<&Text>, currency: Currency) -> Option<i64> {
    let text = text?;
    let amount = Money::parse(text.get_ref(), currency).ok().filter(|money| money.minor >= 0);
    if amount.is_none() {
        reader.error(text.span(), "rulefile.bad_number", &[("value", text.get_ref())]);
    }
    amount.map(|money| money.minor)
}

fn shipped_reasons() -> Result<Vec<Reason>, Vec<AuthoredError>> {
    let mut general = reasons_of(GENERAL_REASONS)?;
    let mut reasons: Vec<Reason> = general.drain(..general.len().min(1)).collect();
    for cause in Cause::ALL {
        reasons.extend(reasons_of(cause.file())?);
    }
    reasons.extend(general);
    Ok(reasons)
}

fn reasons_of((file, text): (&str, &str)) -> Result<Vec<Reason>, Vec<AuthoredError>> {
    let (mut reader, form) = FormReader::open::<ReasonFile>(file, text)?;
    let mut reasons = Vec::new();
    add_reasons(&mut reader, &mut reasons, form.reason);
    reader.close(Some(reasons))
}

fn add_reasons(reader: &mut FormReader<'_>, reasons: &mut Vec<Reason>, forms: Vec<ReasonForm>) {
    for form in forms {
        let code = form.code.get_ref();
        let shaped = !code.is_empty()
            && code.len() <= MAX_BYTES
            && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !shaped {
            reader.error(form.code.span(), "policy.bad_code", &[("value", code)]);
        } else if reasons.iter().any(|known| known.code == *code) {
            reader.error(form.code.span(), "policy.code_twice", &[("value", code)]);
        }
        reasons.push(Reason { code: form.code.into_inner(), zh: form.zh, en: form.en });
    }
}
