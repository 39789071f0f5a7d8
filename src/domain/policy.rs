//! The policy of a ledger: how many people a correction needs, who may approve how much, how errors are
//! corrected on later days, how wide the time windows are, and which steps need a reason.
//!
//! A policy is a TOML text. The ledger keeps every version, and the last one is in force. Reason codes are
//! data as well: those of `assets/reasons` and those that the policy adds.

mod due_rule;
mod file;
mod limits;

pub use due_rule::DueRule;
pub use limits::Limits;

use super::due_time::WorkingHours;
use super::finding::Cause;
use super::id::Operator;
use super::money::Currency;
use super::playbook::ChecklistRule;
use super::rejection::{Code, Rejection};
use super::step::StepKind;
use super::vocabulary::Vocabulary;
use super::voucher::Mode;
use serde::{Deserialize, Serialize};

/// The reason code for "no reason given".
pub const NO_REASON: &str = "manual";

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

    /// Returns the word in a policy's file and in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Step(kind) => kind.as_str(),
            Self::Override => Self::OVERRIDE,
        }
    }
}

/// Every word, `override` after the re-posting that it belongs to.
const REASON_WORDS: [&str; StepKind::ALL.len() + 1] = {
    let mut words = [ReasonFor::OVERRIDE; StepKind::ALL.len() + 1];
    let (mut kind, mut at) = (0, 0);
    while kind < StepKind::ALL.len() {
        words[at] = StepKind::ALL[kind].as_str();
        at += if matches!(StepKind::ALL[kind], StepKind::Repost) { 2 } else { 1 };
        kind += 1;
    }
    words
};

impl Vocabulary for ReasonFor {
    const WHAT: &'static str = StepKind::WHAT;
    const WORDS: &'static [&'static str] = &REASON_WORDS;

    fn of_word(text: &str) -> Option<Self> {
        if text == Self::OVERRIDE { Some(Self::Override) } else { StepKind::of_word(text).map(Self::Step) }
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
        Self::of_word(&word).ok_or_else(|| serde::de::Error::unknown_variant(&word, Self::WORDS))
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

/// A group of operators who approve cases up to a limit of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approver {
    /// Name of the role.
    pub role: String,
    /// Operators who have the role.
    pub operators: Vec<Operator>,
    /// Largest case by currency.
    pub limits: Limits,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Version in the ledger: 1, 2, 3 …; 0 before it is stored.
    pub version: i64,
    /// Whether a second person must approve (四眼原则).
    pub four_eyes: bool,
    /// How errors are corrected on a later day of the same year: red or blue.
    pub later_day: Mode,
    /// Minutes before and after midnight in which a trade may be in the neighbouring day's channel bill.
    pub cut_window_minutes: u16,
    /// Days for which a channel's statements stand until a trade that waits for its line is overdue.
    pub waiting_days: u16,
    /// Minutes after a session's end until a payment counts as late.
    pub late_grace_minutes: u16,
    /// Minutes after its session's end from which a payout that is still processing is overdue.
    pub payout_grace_minutes: u16,
    /// Whether a status may be proven by an attached file and a note, where no channel's line tells it.
    pub status_by_file: bool,
    /// Days after which an open debt is more than a note.
    pub debt_days: u16,
    /// Largest case that an operator without a role may approve, by currency.
    pub approval_limits: Limits,
    /// What one person alone may accept without booking, by currency; without any limit nothing, if four eyes are on.
    pub accept_limits: Limits,
    /// Roles with limits of their own.
    pub approvers: Vec<Approver>,
    /// Causes whose findings may be staged automatically.
    pub auto_stage: Vec<Cause>,
    /// Until when findings are to be settled; without rows no finding is due.
    pub due: Vec<DueRule>,
    /// The hours of a working day, in which the time until then passes.
    pub working_hours: WorkingHours,
    /// Whether required items of a checklist must be ticked before a case is submitted.
    pub checklist: ChecklistRule,
    /// Operators who may load another policy; if empty, every operator may.
    pub admins: Vec<Operator>,
    /// Whether only known reason codes are accepted.
    pub known_reasons_only: bool,
    /// Steps that need a reason.
    pub reasons_required: Vec<ReasonFor>,
    /// Reason codes; those that Storno ships come first.
    pub reasons: Vec<Reason>,
}

impl Policy {
    /// Returns the start of the window before midnight (`23:50:00`); without a window `24:00:00`, which no
    /// time reaches.
    #[must_use]
    pub fn cut_from(&self) -> String {
        clock(24 * 60 - self.cut_window_minutes)
    }

    /// Returns the end of the window after midnight (`00:10:00`).
    #[must_use]
    pub fn cut_until(&self) -> String {
        clock(self.cut_window_minutes)
    }

    /// Returns the largest case that an operator may approve in a currency, in its minor units; `None` for
    /// no limit in any currency. An operator with several roles has the highest of their limits.
    #[must_use]
    pub fn limit_of(&self, operator: &Operator, currency: Currency) -> Option<i64> {
        let named =
            |approver: &&Approver| approver.operators.iter().any(|known| known.is_same_person(operator));
        self.approvers
            .iter()
            .filter(named)
            .map(|approver| approver.limits.in_currency(currency).unwrap_or(i64::MAX))
            .max()
            .map_or(self.approval_limits.in_currency(currency), |limit| {
                Some(limit).filter(|limit| *limit < i64::MAX)
            })
    }

    /// Returns the currencies in which this policy names a limit.
    fn limited_currencies(&self) -> impl Iterator<Item = Currency> + '_ {
        let roles = self.approvers.iter().map(|approver| &approver.limits);
        let all = roles.chain([&self.approval_limits]).flat_map(Limits::all);
        all.map(|(currency, _)| *currency)
    }

    /// What no operator may loosen alone, because it protects the rule of two persons.
    pub const GUARDED: [&'static str; 4] = ["four_eyes", "approval_limit", "accept", "admins"];

    /// Returns the settings in which another policy would be looser than this one, by their names in the
    /// file: fewer people, higher limits, fewer requirements. Dates of corrections, widths of windows and
    /// automatic staging do not count.
    #[must_use]
    pub fn loosened_by(&self, other: &Self) -> Vec<&'static str> {
        let fewer = |before: &[ReasonFor], now: &[ReasonFor]| before.iter().any(|one| !now.contains(one));
        let wider = |now: Option<i64>, before: Option<i64>| match (now, before) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(now), Some(before)) => now > before,
        };
        let named = || self.approvers.iter().chain(&other.approvers).flat_map(|approver| &approver.operators);
        let checklist = (self.checklist, other.checklist);
        let accepts = other.four_eyes
            && other.accept_limits.all().iter().any(|(currency, limit)| {
                let before = self.accept_limits.in_currency(*currency);
                before.is_none_or(|before| *limit > before)
            });
        let limits = other.four_eyes
            && self.limited_currencies().chain(other.limited_currencies()).any(|currency| {
                wider(other.approval_limits.in_currency(currency), self.approval_limits.in_currency(currency))
                    || named().any(|who| wider(other.limit_of(who, currency), self.limit_of(who, currency)))
            });
        [
            ("four_eyes", self.four_eyes && !other.four_eyes),
            ("approval_limit", limits),
            ("accept", accepts),
            ("checklist", checklist == (ChecklistRule::Required, ChecklistRule::Advised)),
            (
                "reasons",
                fewer(&self.reasons_required, &other.reasons_required)
                    || (self.known_reasons_only && !other.known_reasons_only),
            ),
            ("admins", !self.admins.is_empty() && other.admins.is_empty()),
            ("evidence", other.status_by_file && !self.status_by_file),
        ]
        .into_iter()
        .filter_map(|(name, looser)| looser.then_some(name))
        .collect()
    }

    /// Refuses an operator who may not load another policy.
    ///
    /// # Errors
    /// [`Code::NotAllowed`] if the policy names others.
    pub fn may_change(&self, operator: &Operator) -> Result<(), Rejection> {
        if self.admins.is_empty() || self.admins.iter().any(|admin| admin.is_same_person(operator)) {
            return Ok(());
        }
        let admins: Vec<&str> = self.admins.iter().map(Operator::as_str).collect();
        Err(Rejection::new(Code::NotAllowed).with("operator", operator).with("others", admins.join(", ")))
    }

    /// Refuses a reason that this policy does not accept.
    ///
    /// # Errors
    /// [`Code::ReasonRequired`] if it is empty, [`Code::UnknownReason`] if only known codes are accepted
    /// and it is not one.
    pub fn given_reason<'r>(&self, reason: &'r str) -> Result<&'r str, Rejection> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Rejection::new(Code::ReasonRequired));
        }
        if self.known_reasons_only { self.known(reason) } else { Ok(reason) }
    }

    /// Refuses a step whose case lacks the reason that the step requires.
    ///
    /// # Errors
    /// [`Code::ReasonRequired`] if the case has no reason, [`Code::UnknownReason`] if its reason is not a
    /// known code.
    pub fn check_reason(&self, step: ReasonFor, reason: &str) -> Result<(), Rejection> {
        if !self.reasons_required.contains(&step) {
            return Ok(());
        }
        if reason.trim().is_empty() || reason == NO_REASON {
            return Err(Rejection::new(Code::ReasonRequired).with("step_kind", step));
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

#[cfg(test)]
mod tests {
    use super::super::authored::AuthoredError;
    use super::*;

    const DEFAULT: &str = include_str!("../../assets/templates/cn-wallet/policy.toml");

    fn parse(text: &str) -> Result<Policy, Vec<AuthoredError>> {
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
        assert_eq!(policy.limit_of(&who("anybody"), Currency::CNY), None);
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
        assert_eq!(policy.limit_of(&who("anybody"), Currency::CNY), Some(10_000));
        assert_eq!(policy.limit_of(&who("LI"), Currency::CNY), Some(50_000));
        assert_eq!(policy.limit_of(&who("wu"), Currency::CNY), None);
    }

    #[test]
    fn each_currency_has_a_limit_of_its_own() {
        let usd: Currency = "USD".parse().unwrap();
        let eur: Currency = "EUR".parse().unwrap();
        let text = "approval_limit = \"100.00\"\n[approval_limits]\nUSD = \"20\"\n[[approver]]\nrole = \"senior\"\n\
             operators = [\"li\"]\nlimit = \"500\"\nlimits = { USD = \"70.00\" }\n";
        let policy = parse(text).unwrap();
        let limits =
            |name: &str| [Currency::CNY, usd, eur].map(|currency| policy.limit_of(&who(name), currency));
        assert_eq!(limits("anybody"), [Some(10_000), Some(2_000), Some(0)]);
        assert_eq!(limits("li"), [Some(50_000), Some(7_000), Some(0)]);
        let higher = parse(&text.replace("USD = \"20\"", "USD = \"21\"")).unwrap();
        assert_eq!(policy.loosened_by(&higher), ["approval_limit"]);
        assert!(higher.loosened_by(&policy).is_empty());
        let more = parse(&text.replace("USD = \"20\"", "USD = \"20\"\nEUR = \"1\"")).unwrap();
        assert_eq!(policy.loosened_by(&more), ["approval_limit"]);
        for (from, to) in [
            ("USD = \"20\"", "USX = \"20\""),
            ("USD = \"20\"", "USD = \"20.001\""),
            ("USD = \"20\"", "CNY = \"20\""),
        ] {
            assert_eq!(parse(&text.replacen(from, to, 1)).unwrap_err()[0].line, 3, "{to}");
        }
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
        let by_file = policy("[evidence]\nstatus_by_file = true");
        assert_eq!((by_file.status_by_file, policy("").status_by_file), (true, false));
        assert_eq!(policy("").loosened_by(&by_file), ["evidence"]);
        assert_eq!(by_file.loosened_by(&policy("")), [] as [&str; 0]);
        assert_eq!(policy("").loosened_by(&policy("four_eyes = false")), ["four_eyes"]);
        let alone = |limit: &str| policy(&format!("[accept]\nlimit = \"{limit}\""));
        assert_eq!(policy("").loosened_by(&alone("0.00")), ["accept"]);
        assert_eq!(alone("5").loosened_by(&alone("5.01")), ["accept"]);
        assert_eq!(alone("5").loosened_by(&alone("4.99")), [] as [&str; 0]);
        assert_eq!(alone("5").loosened_by(&policy("")), [] as [&str; 0]);
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
            ("payout_grace_minutes = 43201", 1, "policy.bad_minutes"),
            ("[evidence]\nfile = true", 2, "rulefile.unknown_key"),
            ("[accept]\nlimit = \"-1\"", 2, "rulefile.bad_number"),
            ("[[due]]\ncause = \"mood\"\nhours = 8", 2, "rulefile.bad_word"),
            ("[[due]]\ncause = \"short\"\nhours = 0", 3, "policy.bad_hours"),
            ("[[due]]\ncause = \"*\"\nfrom = \"x\"\nhours = 8", 3, "rulefile.bad_number"),
            ("[[due]]\ncause = \"*\"\ncurrency = \"US\"\nhours = 8", 3, "rulefile.bad_word"),
            ("[work]\nfrom = \"18:00\"\nuntil = \"09:00\"", 2, "policy.bad_work"),
            ("four_eyes = false\n[accept]\nlimit = \"1\"", 3, "policy.limit_without_approval"),
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
