//! The chart of accounts (科目表) and its file format: one table per subject. A new ledger starts from the
//! file and keeps a copy of its own.

use super::account::{AccountRole, Class, Side, Subject};
use super::authored::{AuthoredError, FormReader};
use super::id::AccountCode;
use super::money::MAX_MINOR;
use super::rejection::{Code, Rejection};
use serde::Deserialize;
use std::collections::HashSet;
use toml::Spanned;

/// A chart of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Its subjects, in the order of the file.
    pub subjects: Vec<Subject>,
}

/// Returns the subject that an account belongs to.
#[must_use]
pub fn subject_of<'s>(subjects: &'s [Subject], code: &AccountCode) -> Option<&'s Subject> {
    subjects.iter().find(|subject| subject.holds(code))
}

/// Returns whether the chart has this account, or a subject that opens it as a leaf.
#[must_use]
pub fn has_account(subjects: &[Subject], code: &str) -> bool {
    let Ok(code) = code.parse::<AccountCode>() else { return false };
    let has_leaf = code.leaf().is_some_and(|leaf| !leaf.is_empty());
    let bare = code.leaf().is_none();
    subjects.iter().any(|s| s.holds(&code) && if s.opens_leaves { has_leaf } else { bare })
}

/// Returns whether an account is in suspense.
#[must_use]
pub fn is_suspense(subjects: &[Subject], code: &AccountCode) -> bool {
    subject_of(subjects, code).and_then(|subject| subject.role).is_some_and(AccountRole::is_suspense)
}

/// Returns whether an account is a customer's or a merchant's.
#[must_use]
pub fn is_of_party(subjects: &[Subject], code: &AccountCode) -> bool {
    subject_of(subjects, code).is_some_and(Subject::is_of_parties)
}

/// Returns the subject with a role; of several the first in the order of their codes.
#[must_use]
pub fn with_role(subjects: &[Subject], role: AccountRole) -> Option<&Subject> {
    let with_role = subjects.iter().filter(|subject| subject.role == Some(role));
    with_role.min_by(|one, other| one.code.cmp(&other.code))
}

/// Returns the subject with a role that a booking cannot do without.
///
/// # Errors
/// [`Code::RoleMissing`] if the chart has none.
pub fn needed(subjects: &[Subject], role: AccountRole) -> Result<&Subject, Rejection> {
    with_role(subjects, role).ok_or_else(|| Rejection::new(Code::RoleMissing).with("role", role))
}

/// Returns the roles that corrections need and the chart lacks, each with the key of a text that says what
/// is not possible without it.
#[must_use]
pub fn missing_roles(subjects: &[Subject]) -> Vec<(AccountRole, &'static str)> {
    let has_parties = subjects.iter().any(Subject::is_of_parties);
    let has_channels = with_role(subjects, AccountRole::Channel).is_some();
    let has_result = subjects.iter().any(|subject| matches!(subject.class, Class::Income | Class::Expense));
    [
        (AccountRole::Receivable, "role_missing.receivable", has_parties),
        (AccountRole::Shortage, "role_missing.shortage", true),
        (AccountRole::Overage, "role_missing.overage", true),
        (AccountRole::PriorYear, "role_missing.prior_year", has_result),
        (AccountRole::FeeExpense, "role_missing.fee_expense", has_channels),
    ]
    .into_iter()
    .filter(|(role, _, is_needed)| *is_needed && with_role(subjects, *role).is_none())
    .map(|(role, key, _)| (role, key))
    .collect()
}

/// Adds to a refusal the accounts on which a correction can book instead, so that its hint names only what
/// the chart has.
#[must_use]
pub fn with_ways(rejection: Rejection, subjects: &[Subject]) -> Rejection {
    if !matches!(rejection.code, Code::Floor | Code::AccountNotActive) {
        return rejection;
    }
    let roles = [AccountRole::Receivable, AccountRole::Shortage, AccountRole::Overage];
    roles.into_iter().fold(rejection, |rejection, role| match with_role(subjects, role) {
        Some(subject) => rejection.with(role.as_str(), &subject.code),
        None => rejection,
    })
}

/// Returns the role of suspense whose open items are on `side`: a debit is a shortage (短款), a credit an
/// overage (长款).
#[must_use]
pub const fn suspense_on(side: Side) -> AccountRole {
    match side {
        Side::Debit => AccountRole::Shortage,
        Side::Credit => AccountRole::Overage,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChartForm {
    subject: Vec<Spanned<SubjectForm>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectForm {
    code: Spanned<String>,
    name: Spanned<String>,
    name_en: Option<String>,
    class: Spanned<String>,
    normal_side: Spanned<String>,
    #[serde(default)]
    customer_visible: bool,
    #[serde(default)]
    opens_leaves: bool,
    floor_minor: Option<Spanned<i64>>,
    #[serde(default)]
    suspense: bool,
    role: Option<Spanned<String>>,
    #[serde(default)]
    gl_code: String,
}

impl Chart {
    /// Reads a chart file.
    ///
    /// # Errors
    /// Every mistake with its line: bad codes and names, duplicate codes, unknown words and keys.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<AuthoredError>> {
        let (mut reader, form) = FormReader::open::<ChartForm>(file, text)?;
        let mut chart = Self { subjects: Vec::new() };
        let mut codes = HashSet::new();
        for subject in form.subject {
            let subject = subject.into_inner();
            if !codes.insert(subject.code.get_ref().clone()) {
                reader.error(
                    subject.code.span(),
                    "rulefile.duplicate_subject",
                    &[("code", subject.code.get_ref())],
                );
            }
            chart.subjects.extend(read_subject(&mut reader, subject));
        }
        if chart.subjects.is_empty() && reader.mistakes() == 0 {
            reader.error(0..0, "rulefile.empty_chart", &[]);
        }
        reader.close(Some(chart))
    }
}

fn read_subject(reader: &mut FormReader<'_>, form: SubjectForm) -> Option<Subject> {
    let code = form.code.get_ref();
    if code.parse::<AccountCode>().is_err() || code.contains(['.', '{', '}']) {
        reader.error(form.code.span(), "rulefile.bad_code", &[("code", code)]);
    }
    if form.name.get_ref().trim().is_empty() {
        reader.error(form.name.span(), "rulefile.empty_name", &[("code", code)]);
    }
    if let Some(floor) = form.floor_minor.as_ref().filter(|f| !(-MAX_MINOR..=MAX_MINOR).contains(f.get_ref()))
    {
        reader.error(floor.span(), "rulefile.bad_number", &[("value", floor.get_ref())]);
    }
    let class: Option<Class> = reader.word(&form.class);
    let normal_side: Option<Side> = reader.word(&form.normal_side);
    let role = match &form.role {
        None => Some(None),
        Some(text) => reader.word(text).map(Some),
    };
    let (normal_side, role) = (normal_side?, role?);
    if let Some(place) =
        form.role.as_ref().filter(|_| role == Some(AccountRole::Receivable) && !form.opens_leaves)
    {
        reader.error(place.span(), "rulefile.receivable_leaves", &[("code", code)]);
    }
    if let Some(place) = form.role.as_ref().filter(|_| form.opens_leaves)
        && role.is_some_and(AccountRole::is_one_account)
    {
        reader.error(place.span(), "rulefile.role_leaves", &[("code", code), ("role", place.get_ref())]);
    }
    let in_suspense = role.is_some_and(AccountRole::is_suspense);
    if let Some(place) = form.role.as_ref().filter(|_| form.suspense && role.is_some() && !in_suspense) {
        reader.error(place.span(), "rulefile.suspense_role", &[("code", code)]);
    }
    if let Some(place) = form.role.as_ref().filter(|_| in_suspense && role != Some(suspense_on(normal_side)))
    {
        reader.error(place.span(), "rulefile.suspense_side", &[("code", code)]);
    }
    let suspense = form.suspense || in_suspense;
    Some(Subject {
        class: class?,
        normal_side,
        code: form.code.into_inner(),
        name: form.name.into_inner(),
        name_en: form.name_en.filter(|name| !name.trim().is_empty()),
        customer_visible: form.customer_visible,
        opens_leaves: form.opens_leaves,
        floor_minor: form.floor_minor.map(Spanned::into_inner),
        suspense,
        role: role.or(suspense.then(|| suspense_on(normal_side))),
        gl_code: form.gl_code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMO: &str = include_str!("../../assets/templates/cn-wallet/chart.toml");

    #[test]
    fn the_demo_chart_has_every_subject_of_the_table() {
        let chart = Chart::parse("demo.toml", DEMO).unwrap();
        let codes: Vec<&str> = chart.subjects.iter().map(|s| s.code.as_str()).collect();
        let expected = "1001 1101 1102 1103 1190 1191 2001 2002 2003 2101 2190 6001 6301 6401 6601 6711 6901";
        assert_eq!(codes.join(" "), expected);
        let with = |f: fn(&Subject) -> bool| -> Vec<&str> {
            chart.subjects.iter().filter(|s| f(s)).map(|s| s.code.as_str()).collect()
        };
        assert_eq!(with(|s| s.opens_leaves), ["1101", "1102", "1103", "1191", "2001", "2002", "2003"]);
        assert_eq!(with(|s| s.floor_minor == Some(0)), ["2001", "2003"]);
        assert_eq!(with(|s| s.suspense), ["1190", "2190"]);
        assert_eq!(with(|s| s.customer_visible), ["2001", "2002", "2003"]);
        assert!(chart.subjects.iter().all(|s| s.name_en.is_some() && !s.gl_code.is_empty()));
        for subject in &chart.subjects {
            let debit = matches!(subject.class, Class::Asset | Class::Expense);
            let side = if debit { Side::Debit } else { Side::Credit };
            assert_eq!(subject.normal_side, side, "{}", subject.code);
        }
    }

    fn without(role: &str) -> String {
        let line = format!("role = \"{role}\"\n");
        assert!(DEMO.contains(&line), "{role}");
        DEMO.replace(&line, "")
    }

    fn missing(chart: &str) -> Vec<AccountRole> {
        let subjects = Chart::parse("chart.toml", chart).unwrap().subjects;
        missing_roles(&subjects).into_iter().map(|(role, _)| role).collect()
    }

    #[test]
    fn roles_that_corrections_need_and_the_chart_lacks_are_listed() {
        assert_eq!(missing(DEMO), []);
        let needed = [
            AccountRole::Receivable,
            AccountRole::Shortage,
            AccountRole::Overage,
            AccountRole::PriorYear,
            AccountRole::FeeExpense,
        ];
        for role in needed {
            assert_eq!(missing(&without(role.as_str())), [role]);
        }
        let bank =
            "[[subject]]\ncode = \"10\"\nname = \"Bank\"\nclass = \"asset\"\nnormal_side = \"debit\"\n";
        assert_eq!(missing(bank), [AccountRole::Shortage, AccountRole::Overage], "nobody owes anything here");
    }

    #[test]
    fn of_several_subjects_with_a_role_the_first_by_code_counts() {
        let second = "[[subject]]\ncode = \"0900\"\nname = \"x\"\nclass = \"asset\"\nnormal_side = \"debit\"\n\
                      role = \"shortage\"\n";
        let subjects = Chart::parse("chart.toml", &format!("{DEMO}{second}")).unwrap().subjects;
        assert_eq!(with_role(&subjects, AccountRole::Shortage).unwrap().code, "0900");
        assert_eq!(with_role(&subjects, AccountRole::Position), None);
        assert!(is_suspense(&subjects, &"1190".parse().unwrap()), "the other one is suspense as well");
    }

    #[test]
    fn an_account_is_a_partys_by_its_role_and_without_one_by_who_sees_it() {
        let is = |chart: &str, code: &str| {
            is_of_party(&Chart::parse("chart.toml", chart).unwrap().subjects, &code.parse().unwrap())
        };
        assert!(is(DEMO, "2001.A") && is(&without("customer"), "2001.A"));
        assert!(!is(DEMO, "1191.A") && !is(DEMO, "1101.WECHAT"));
        assert!(is(&DEMO.replace("customer_visible = true\n", ""), "2001.A"));
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let good =
            "[[subject]]\ncode = \"1001\"\nname = \"银行\"\nclass = \"asset\"\nnormal_side = \"debit\"\n";
        let cases = [
            (good.replace("asset", "assets"), 4, "rulefile.bad_word"),
            (good.replace("debit", "D"), 5, "rulefile.bad_word"),
            (good.replace("银行", " "), 3, "rulefile.empty_name"),
            (good.replace("1001", "10.01"), 2, "rulefile.bad_code"),
            (format!("{good}{good}"), 7, "rulefile.duplicate_subject"),
            (format!("{good}colour = \"red\"\n"), 6, "rulefile.unknown_key"),
            (good.replace("class = \"asset\"\n", ""), 1, "rulefile.missing_key"),
            (format!("{good}role = \"receivable\"\n"), 6, "rulefile.receivable_leaves"),
            (format!("{good}role = \"overage\"\n"), 6, "rulefile.suspense_side"),
            (format!("{good}role = \"shortage\"\nopens_leaves = true\n"), 6, "rulefile.role_leaves"),
            (format!("{good}role = \"bank\"\nsuspense = true\n"), 6, "rulefile.suspense_role"),
            (format!("{good}floor_minor = 9000000000000000000\n"), 6, "rulefile.bad_number"),
            (format!("{good}floor_minor = 0.5\n"), 6, "rulefile.syntax"),
            ("subject = []\n".to_owned(), 1, "rulefile.empty_chart"),
            (good.replace("class =", "class"), 4, "rulefile.syntax"),
        ];
        for (text, line, key) in cases {
            let errors = Chart::parse("chart.toml", &text).unwrap_err();
            assert_eq!((errors[0].line, errors[0].key.as_str()), (line, key), "{text}\n{errors:?}");
        }
    }
}
