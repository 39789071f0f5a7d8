//! The policy of a ledger: how many people a correction takes, who may approve how much, how later days are corrected, how
//! wide the windows are, and which steps need a reason.
//!
//! A policy is a TOML text, kept whole in the ledger, version after version; the last one is in force. Reason codes are data too: those
//! of `assets/reasons` and those that the policy adds.

use super::authored::{FileError, Reader};
use super::finding::Cause;
use super::id::Operator;
use super::money::{Currency, Money};
use super::playbook::ChecklistRule;
use super::rejection::{Code, Rejection};
use super::step::StepKind;
use super::voucher::Mode;
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// Longest cut-over window in minutes: half a day on either side of midnight.
const MAX_WINDOW_MINUTES: u16 = 719;

/// Longest grace in minutes: a day.
const MAX_GRACE_MINUTES: u16 = 24 * 60;

/// The code that says that nobody gave a reason.
pub const NO_REASON: &str = "manual";

const SHIPPED_REASONS: (&str, &str) = ("default.toml", include_str!("../../assets/reasons/default.toml"));

/// What a policy may require a reason for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonFor {
    /// A step of this kind.
    Step(StepKind),
    /// A re-posting with facts that an operator corrected.
    Override,
}

impl ReasonFor {
    const OVERRIDE: &'static str = "override";

    /// The word in a policy's file and in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Step(kind) => kind.as_str(),
            Self::Override => Self::OVERRIDE,
        }
    }

    /// Every word, an override after the re-posting that it belongs to.
    fn words() -> impl Iterator<Item = &'static str> {
        StepKind::ALL.iter().flat_map(|kind| {
            let own = (*kind == StepKind::Repost).then_some(Self::OVERRIDE);
            std::iter::once(kind.as_str()).chain(own)
        })
    }
}

impl std::str::FromStr for ReasonFor {
    type Err = Rejection;

    fn from_str(text: &str) -> Result<Self, Rejection> {
        if text == Self::OVERRIDE {
            return Ok(Self::Override);
        }
        let allowed = || Self::words().collect::<Vec<_>>().join(", ");
        text.parse().map(Self::Step).map_err(|_| {
            Rejection::new(Code::BadValue)
                .with("what", "step kind")
                .with("value", text.escape_debug())
                .with("allowed", allowed())
        })
    }
}

impl std::fmt::Display for ReasonFor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for ReasonFor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ReasonFor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        word.parse().map_err(|_| serde::de::Error::custom("unknown step kind"))
    }
}

/// A reason code with its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The code, as given to `--reason` and sealed into vouchers.
    pub code: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
}

/// Operators who approve up to a limit of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approver {
    /// Name of the role.
    pub role: String,
    /// Who has it.
    pub operators: Vec<Operator>,
    /// Largest case, minor units of the ledger's currency; `None` for no limit.
    pub limit_minor: Option<i64>,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Version in the ledger: 1, 2, 3 …; 0 before it is stored.
    pub version: i64,
    /// Whether a second person must approve.
    pub four_eyes: bool,
    /// Red or blue on a later day of the same year.
    pub later_day: Mode,
    /// Minutes before and after midnight in which a trade may stand in the neighbouring day's statement.
    pub cut_window_minutes: u16,
    /// Minutes after a session's end from which a payment is late.
    pub late_grace_minutes: u16,
    /// Largest case anybody may approve who has no role; `None` for no limit.
    pub approval_limit_minor: Option<i64>,
    /// Roles with limits of their own.
    pub approvers: Vec<Approver>,
    /// Causes whose findings may be staged by themselves.
    pub auto_stage: Vec<Cause>,
    /// Whether required items of a checklist must be ticked before a case is handed in.
    pub checklist: ChecklistRule,
    /// Who may load another policy; empty for everybody.
    pub admins: Vec<Operator>,
    /// Whether a reason that is given must be known.
    pub known_reasons_only: bool,
    /// Steps that need a reason.
    pub reasons_required: Vec<ReasonFor>,
    /// Reason codes, those that Storno ships in front.
    pub reasons: Vec<Reason>,
}

type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyForm {
    #[serde(default = "yes")]
    four_eyes: bool,
    later_day: Option<Text>,
    cut_window_minutes: Option<Spanned<i64>>,
    late_grace_minutes: Option<Spanned<i64>>,
    #[serde(default)]
    auto_stage: Vec<Text>,
    checklist: Option<Text>,
    #[serde(default)]
    admins: Vec<Text>,
    approval_limit: Option<Text>,
    #[serde(default)]
    approver: Vec<Spanned<ApproverForm>>,
    #[serde(default)]
    reasons: ReasonsForm,
    #[serde(default)]
    reason: Vec<ReasonForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApproverForm {
    role: String,
    operators: Vec<Text>,
    limit: Option<Text>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonFile {
    reason: Vec<ReasonForm>,
}

const fn yes() -> bool {
    true
}

impl Policy {
    /// Reads a policy file; limits are in `currency`.
    ///
    /// # Errors
    /// Every mistake with its line: words, numbers, amounts, limits where nobody approves, codes that are there already.
    pub fn parse(file: &str, text: &str, currency: Currency) -> Result<Self, Vec<FileError>> {
        let (mut shipped, codes) = Reader::open::<ReasonFile>(SHIPPED_REASONS.0, SHIPPED_REASONS.1)?;
        let mut reasons = Vec::new();
        add_reasons(&mut shipped, &mut reasons, codes.reason);
        let mut reasons = shipped.close(Some(reasons))?;

        let (mut reader, form) = Reader::open::<PolicyForm>(file, text)?;
        add_reasons(&mut reader, &mut reasons, form.reason);
        let later_day = form.later_day.map_or(Mode::Red, |word| later_day(&mut reader, &word));
        let cut_window_minutes =
            minutes(&mut reader, form.cut_window_minutes.as_ref(), 10, MAX_WINDOW_MINUTES);
        let late_grace_minutes = minutes(&mut reader, form.late_grace_minutes.as_ref(), 0, MAX_GRACE_MINUTES);
        let limited =
            form.approval_limit.iter().map(Spanned::span).chain(form.approver.iter().map(Spanned::span));
        if let Some(place) = limited.min_by_key(|place| place.start).filter(|_| !form.four_eyes) {
            reader.error(place, "policy.limit_without_approval", &[]);
        }
        let approval_limit_minor = limit(&mut reader, form.approval_limit.as_ref(), currency);
        let approvers = form
            .approver
            .into_iter()
            .map(Spanned::into_inner)
            .map(|form| Approver {
                role: form.role,
                operators: form.operators.iter().filter_map(|name| reader.word(name)).collect(),
                limit_minor: limit(&mut reader, form.limit.as_ref(), currency),
            })
            .collect();
        let policy = Self {
            version: 0,
            four_eyes: form.four_eyes,
            later_day,
            cut_window_minutes,
            late_grace_minutes,
            approval_limit_minor,
            approvers,
            auto_stage: form.auto_stage.iter().filter_map(|word| reader.word(word)).collect(),
            checklist: form
                .checklist
                .as_ref()
                .and_then(|word| reader.word(word))
                .unwrap_or(ChecklistRule::Advised),
            admins: form.admins.iter().filter_map(|name| reader.word(name)).collect(),
            known_reasons_only: form.reasons.known_only,
            reasons_required: form.reasons.required.iter().filter_map(|word| reader.word(word)).collect(),
            reasons,
        };
        reader.close(Some(policy))
    }

    /// Start of the window before midnight, `23:50:00`; `24:00:00`, which no time reaches, where there is none.
    #[must_use]
    pub fn cut_from(&self) -> String {
        clock(24 * 60 - self.cut_window_minutes)
    }

    /// End of the window after midnight, `00:10:00`.
    #[must_use]
    pub fn cut_until(&self) -> String {
        clock(self.cut_window_minutes)
    }

    /// The largest case an operator may approve, minor units of the ledger's currency; `None` for no limit. Of several roles
    /// the widest counts.
    #[must_use]
    pub fn limit_of(&self, operator: &Operator) -> Option<i64> {
        let named =
            |approver: &&Approver| approver.operators.iter().any(|known| known.is_same_person(operator));
        self.approvers
            .iter()
            .filter(named)
            .map(|approver| approver.limit_minor.unwrap_or(i64::MAX))
            .max()
            .map_or(self.approval_limit_minor, |limit| Some(limit).filter(|limit| *limit < i64::MAX))
    }

    /// What of a policy nobody loosens alone: what a second person is for.
    pub const GUARDED: [&'static str; 3] = ["four_eyes", "approval_limit", "admins"];

    /// In what another policy would be looser than this one, in the words of its file: fewer people, higher limits, less asked
    /// for. How corrections are dated, how wide windows are and what is staged by itself is no matter of looseness.
    #[must_use]
    pub fn loosened_by(&self, other: &Self) -> Vec<&'static str> {
        let fewer = |before: &[ReasonFor], now: &[ReasonFor]| before.iter().any(|one| !now.contains(one));
        let wider = |now: Option<i64>, before: Option<i64>| match (now, before) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(now), Some(before)) => now > before,
        };
        let named = self.approvers.iter().chain(&other.approvers).flat_map(|approver| &approver.operators);
        let checklist = (self.checklist, other.checklist);
        let limits = other.four_eyes
            && (wider(other.approval_limit_minor, self.approval_limit_minor)
                || named.into_iter().any(|who| wider(other.limit_of(who), self.limit_of(who))));
        [
            ("four_eyes", self.four_eyes && !other.four_eyes),
            ("approval_limit", limits),
            ("checklist", checklist == (ChecklistRule::Required, ChecklistRule::Advised)),
            (
                "reasons",
                fewer(&self.reasons_required, &other.reasons_required)
                    || (self.known_reasons_only && !other.known_reasons_only),
            ),
            ("admins", !self.admins.is_empty() && other.admins.is_empty()),
        ]
        .into_iter()
        .filter_map(|(name, looser)| looser.then_some(name))
        .collect()
    }

    /// Whether an operator may load another policy.
    ///
    /// # Errors
    /// [`Code::NotAllowed`] where others are named.
    pub fn may_change(&self, operator: &Operator) -> Result<(), Rejection> {
        if self.admins.is_empty() || self.admins.iter().any(|admin| admin.is_same_person(operator)) {
            return Ok(());
        }
        let admins: Vec<&str> = self.admins.iter().map(Operator::as_str).collect();
        Err(Rejection::new(Code::NotAllowed).with("operator", operator).with("others", admins.join(", ")))
    }

    /// Whether a reason that an operator gave can be taken.
    ///
    /// # Errors
    /// [`Code::ReasonRequired`] where it is empty, [`Code::UnknownReason`] where only known ones are taken.
    pub fn given_reason<'r>(&self, reason: &'r str) -> Result<&'r str, Rejection> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Rejection::new(Code::ReasonRequired));
        }
        if self.known_reasons_only { self.known(reason) } else { Ok(reason) }
    }

    /// Checks the reason of a case for one of its steps.
    ///
    /// # Errors
    /// [`Code::ReasonRequired`] if the step needs a reason and none was given, [`Code::UnknownReason`] if the code is unknown.
    pub fn check_reason(&self, step: ReasonFor, reason: &str) -> Result<(), Rejection> {
        if !self.reasons_required.contains(&step) {
            return Ok(());
        }
        if reason.trim().is_empty() || reason == NO_REASON {
            return Err(Rejection::new(Code::ReasonRequired).with("kind", step));
        }
        self.known(reason).map(|_| ())
    }

    fn known<'r>(&self, reason: &'r str) -> Result<&'r str, Rejection> {
        if self.reasons.iter().any(|known| known.code == reason) {
            return Ok(reason);
        }
        Err(Rejection::new(Code::UnknownReason).with("value", reason.escape_debug()))
    }
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}:00", minutes / 60, minutes % 60)
}

fn later_day(reader: &mut Reader<'_>, word: &Text) -> Mode {
    match word.get_ref().as_str() {
        "red" => Mode::Red,
        "blue" => Mode::Blue,
        other => {
            let facts: [(&str, &dyn std::fmt::Display); 3] =
                [("what", &"later_day"), ("value", &other), ("allowed", &"red, blue")];
            reader.error(word.span(), "rulefile.bad_word", &facts);
            Mode::Red
        }
    }
}

fn minutes(reader: &mut Reader<'_>, value: Option<&Spanned<i64>>, default: u16, most: u16) -> u16 {
    let Some(value) = value else { return default };
    let minutes = u16::try_from(*value.get_ref()).ok().filter(|minutes| *minutes <= most);
    if minutes.is_none() {
        reader.error(value.span(), "policy.bad_minutes", &[("value", value.get_ref()), ("most", &most)]);
    }
    minutes.unwrap_or(default)
}

fn limit(reader: &mut Reader<'_>, text: Option<&Text>, currency: Currency) -> Option<i64> {
    let text = text?;
    let amount = Money::parse(text.get_ref(), currency).ok().filter(|money| money.minor >= 0);
    if amount.is_none() {
        reader.error(text.span(), "rulefile.bad_number", &[("value", text.get_ref())]);
    }
    amount.map(|money| money.minor)
}

fn add_reasons(reader: &mut Reader<'_>, reasons: &mut Vec<Reason>, forms: Vec<ReasonForm>) {
    for form in forms {
        let code = form.code.get_ref();
        let shaped = !code.is_empty()
            && code.len() <= super::id::MAX_BYTES
            && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !shaped {
            reader.error(form.code.span(), "policy.bad_code", &[("value", code)]);
        } else if reasons.iter().any(|known| known.code == *code) {
            reader.error(form.code.span(), "policy.code_twice", &[("value", code)]);
        }
        reasons.push(Reason { code: form.code.into_inner(), zh: form.zh, en: form.en });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &str = include_str!("../../assets/policy/default.toml");

    fn parse(text: &str) -> Result<Policy, Vec<FileError>> {
        Policy::parse("p.toml", text, Currency::CNY)
    }

    fn who(name: &str) -> Operator {
        name.parse().unwrap()
    }

    #[test]
    fn the_shipped_policy_says_what_an_empty_one_means() {
        let policy = parse(DEFAULT).unwrap();
        assert_eq!(policy, parse("").unwrap());
        assert!(policy.four_eyes && policy.known_reasons_only && policy.reasons_required.is_empty());
        assert_eq!((policy.cut_from(), policy.cut_until()), ("23:50:00".to_owned(), "00:10:00".to_owned()));
        assert_eq!(policy.limit_of(&who("anybody")), None);
        let none = parse("cut_window_minutes = 0").unwrap();
        assert_eq!((none.cut_from(), none.cut_until()), ("24:00:00".to_owned(), "00:00:00".to_owned()));
    }

    #[test]
    fn every_cause_is_a_reason() {
        let policy = parse("").unwrap();
        let known = |code: &str| policy.reasons.iter().any(|reason| reason.code == code);
        for cause in Cause::ALL {
            assert!(known(cause.as_str()), "{cause}");
        }
        assert!(known(NO_REASON));
        assert!(
            policy.reasons.iter().all(|reason| !reason.zh.trim().is_empty() && !reason.en.trim().is_empty())
        );
    }

    #[test]
    fn a_limit_is_that_of_the_widest_role() {
        let policy = parse(
            "approval_limit = \"100.00\"\n[[approver]]\nrole = \"senior\"\noperators = [\"li\", \"wu\"]\nlimit = \"500\"\n\
             [[approver]]\nrole = \"head\"\noperators = [\"Wu\"]\n",
        )
        .unwrap();
        assert_eq!(policy.limit_of(&who("anybody")), Some(10_000));
        assert_eq!(policy.limit_of(&who("LI")), Some(50_000));
        assert_eq!(policy.limit_of(&who("wu")), None);
    }

    #[test]
    fn reasons_are_asked_for_where_the_policy_says_so() {
        let open = parse("").unwrap();
        assert!(open.check_reason(ReasonFor::Step(StepKind::Adjust), NO_REASON).is_ok());
        assert_eq!(open.given_reason(" audit ").unwrap(), "audit");
        assert_eq!(open.given_reason("  ").unwrap_err().code, Code::ReasonRequired);
        assert_eq!(open.given_reason("mood").unwrap_err().code, Code::UnknownReason);
        let strict = parse(
            "[reasons]\nknown_only = false\nrequired = [\"adjust\"]\n[[reason]]\ncode = \"mood\"\nzh = \"x\"\nen = \"x\"\n",
        )
        .unwrap();
        assert_eq!(strict.given_reason("weather").unwrap(), "weather");
        for (reason, refused) in [
            ("", Some(Code::ReasonRequired)),
            (NO_REASON, Some(Code::ReasonRequired)),
            ("weather", Some(Code::UnknownReason)),
            ("mood", None),
        ] {
            let said = strict
                .check_reason(ReasonFor::Step(StepKind::Adjust), reason)
                .err()
                .map(|rejection| rejection.code);
            assert_eq!(said, refused, "{reason}");
            assert!(strict.check_reason(ReasonFor::Step(StepKind::Reverse), reason).is_ok());
        }
    }

    #[test]
    fn only_admins_change_a_policy_that_names_them() {
        assert!(parse("").unwrap().may_change(&who("op1")).is_ok());
        let named = parse("admins = [\"boss\"]").unwrap();
        assert!(named.may_change(&who("Boss")).is_ok());
        assert_eq!(named.may_change(&who("op1")).unwrap_err().code, Code::NotAllowed);
    }

    #[test]
    fn a_looser_policy_is_told_by_what_it_loosens() {
        let policy = |text: &str| parse(text).unwrap();
        let strict = "approval_limit = \"100\"\nchecklist = \"required\"\nadmins = [\"boss\"]\n\
                      [[approver]]\nrole = \"senior\"\noperators = [\"li\"]\nlimit = \"500\"\n[reasons]\nrequired = [\"adjust\"]\n";
        assert_eq!(policy(strict).loosened_by(&policy(strict)), [] as [&str; 0]);
        assert_eq!(policy("").loosened_by(&policy(strict)), [] as [&str; 0]);
        for (from, to, loosened) in [
            ("limit = \"500\"", "limit = \"501\"", "approval_limit"),
            ("approval_limit = \"100\"\n", "", "approval_limit"),
            ("operators = [\"li\"]", "operators = [\"li\", \"wu\"]", "approval_limit"),
            ("checklist = \"required\"\n", "", "checklist"),
            ("required = [\"adjust\"]", "required = [\"park\"]", "reasons"),
            ("[reasons]", "[reasons]\nknown_only = false", "reasons"),
            ("admins = [\"boss\"]\n", "", "admins"),
        ] {
            assert_eq!(policy(strict).loosened_by(&policy(&strict.replace(from, to))), [loosened], "{to}");
        }
        assert_eq!(policy("").loosened_by(&policy("four_eyes = false")), ["four_eyes"]);
        assert_eq!(
            policy("four_eyes = false").loosened_by(&policy("approval_limit = \"1\"")),
            [] as [&str; 0]
        );
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (text, line, key) in [
            ("four_eyes = 1", 1, "rulefile.syntax"),
            ("five_eyes = true", 1, "rulefile.unknown_key"),
            ("\nlater_day = \"green\"", 2, "rulefile.bad_word"),
            ("cut_window_minutes = 720", 1, "policy.bad_minutes"),
            ("late_grace_minutes = -1", 1, "policy.bad_minutes"),
            ("auto_stage = [\"mood\"]", 1, "rulefile.bad_word"),
            ("approval_limit = \"-1\"", 1, "rulefile.bad_number"),
            ("four_eyes = false\napproval_limit = \"1\"", 2, "policy.limit_without_approval"),
            ("[reasons]\nrequired = [\"dance\"]", 2, "rulefile.bad_word"),
            ("[[reason]]\ncode = \"audit\"\nzh = \"x\"\nen = \"x\"", 2, "policy.code_twice"),
            ("[[reason]]\ncode = \"A b\"\nzh = \"x\"\nen = \"x\"", 2, "policy.bad_code"),
        ] {
            let errors = parse(text).unwrap_err();
            assert!(errors.iter().any(|error| error.line == line && error.key == key), "{text}: {errors:?}");
        }
    }
}
