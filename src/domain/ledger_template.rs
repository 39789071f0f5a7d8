//! Templates: the files that a new ledger starts from. The shipped ones are folders below
//! `assets/templates`; a company may write a folder of its own and start from that.
//!
//! Code names no channel and no kind of trade of any template; it only knows that the files are there.

use super::authored::{self, AuthoredError};
use super::money::Currency;
use serde::{Deserialize, Serialize};

/// A file: its name for messages, and its text.
pub type FileText<'a> = (&'a str, &'a str);

/// The files that make a template, all from one folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerTemplate<'a> {
    /// Its name, which a ledger made from it remembers.
    pub name: &'a str,
    /// What the template is for: [`TemplateHead`].
    pub head: FileText<'a>,
    /// Chart of accounts.
    pub chart: FileText<'a>,
    /// Kinds of trades.
    pub kinds: FileText<'a>,
    /// Channels.
    pub channels: FileText<'a>,
    /// Posting rules.
    pub rules: FileText<'a>,
    /// Policy.
    pub policy: FileText<'a>,
    /// Calendar; `None` for the shipped one.
    pub calendar: Option<FileText<'a>>,
    /// Description of made-up trades; `None` if there is none.
    pub sample: Option<FileText<'a>>,
}

/// What a template says about itself (`template.toml`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateHead {
    /// Name of the template.
    pub id: String,
    /// Chinese description.
    pub name: String,
    /// English description.
    pub name_en: String,
    /// Currencies; the first is the ledger's main one.
    pub currencies: Vec<Currency>,
    /// Time zone of the ledger's days.
    pub zone: String,
    /// Languages in which its files have names.
    pub languages: Vec<String>,
}

/// A shipped folder as constants of the program.
macro_rules! shipped {
    ($name:literal) => {
        LedgerTemplate {
            name: $name,
            head: shipped!($name, "template.toml"),
            chart: shipped!($name, "chart.toml"),
            kinds: shipped!($name, "kinds.toml"),
            channels: shipped!($name, "channels.toml"),
            rules: shipped!($name, "rules.toml"),
            policy: shipped!($name, "policy.toml"),
            calendar: Some(shipped!($name, "calendar.toml")),
            sample: Some(shipped!($name, "sample.toml")),
        }
    };
    ($name:literal, $file:literal) => {
        ($file, include_str!(concat!("../../assets/templates/", $name, "/", $file)))
    };
}

/// The template of a ledger for which none is named.
pub const DEFAULT_TEMPLATE: LedgerTemplate<'static> = shipped!("cn-wallet");

/// The shipped templates, in the order in which they are listed.
pub const SHIPPED_TEMPLATES: &[LedgerTemplate<'static>] =
    &[DEFAULT_TEMPLATE, shipped!("eu-marketplace"), shipped!("jp-psp")];

impl<'a> LedgerTemplate<'a> {
    /// Reads what the template says about itself.
    ///
    /// # Errors
    /// The first mistake of `template.toml`.
    pub fn read_head(&self) -> Result<TemplateHead, Vec<AuthoredError>> {
        authored::read_form(self.head.0, self.head.1)
    }

    /// Returns its files.
    #[must_use]
    pub fn files(&self) -> Vec<FileText<'a>> {
        let always = [self.head, self.chart, self.kinds, self.channels, self.rules, self.policy];
        always.into_iter().chain(self.calendar).chain(self.sample).collect()
    }

    /// Makes a template of the files of a folder; `file` returns name and text of one. The error is the
    /// name of a file that is missing. A policy, calendar or description of made-up trades may be.
    ///
    /// # Errors
    /// The name of the first file that is missing.
    pub fn of_folder(
        name: &'a str,
        file: impl Fn(&str) -> Option<FileText<'a>>,
    ) -> Result<Self, &'static str> {
        let needed = |name: &'static str| file(name).ok_or(name);
        Ok(Self {
            name,
            head: needed("template.toml")?,
            chart: needed("chart.toml")?,
            kinds: needed("kinds.toml")?,
            channels: needed("channels.toml")?,
            rules: needed("rules.toml")?,
            policy: file("policy.toml").unwrap_or(DEFAULT_TEMPLATE.policy),
            calendar: file("calendar.toml"),
            sample: file("sample.toml"),
        })
    }
}

/// Returns the shipped template of this name.
#[must_use]
pub fn shipped(name: &str) -> Option<&'static LedgerTemplate<'static>> {
    SHIPPED_TEMPLATES.iter().find(|template| template.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::Calendar;
    use crate::domain::channel::Channels;
    use crate::domain::chart::Chart;
    use crate::domain::currencies::Currencies;
    use crate::domain::kind::Kinds;
    use crate::domain::period::parse_zone;
    use crate::domain::policy::Policy;
    use crate::domain::rule::{RuleScope, RuleSet};
    use jiff::Span;
    use jiff::civil::{Date, Weekday, date};

    #[test]
    fn every_shipped_template_is_without_mistake() {
        for template in SHIPPED_TEMPLATES {
            let head = template.read_head().unwrap();
            assert_eq!(head.id, template.name);
            assert!(parse_zone(&head.zone).is_ok());
            assert_eq!(head.languages, ["zh-CN", "en"]);
            let currency = head.currencies[0];
            let (name, text) = template.chart;
            let chart = Chart::parse(name, text).unwrap();
            assert!(chart.subjects.iter().all(|subject| subject.name_en.is_some()), "{}", template.name);
            let channels = Channels::parse(template.channels.0, template.channels.1, None).unwrap();
            let kinds = Kinds::parse(template.kinds.0, template.kinds.1, None).unwrap();
            let currencies = Currencies::new(currency, &head.currencies);
            let scope = RuleScope {
                chart: &chart.subjects,
                channels: &channels,
                kinds: &kinds,
                currencies: &currencies,
            };
            let rules = RuleSet::parse(template.rules.0, template.rules.1, scope)
                .unwrap_or_else(|mistakes| panic!("{}: {mistakes:#?}", template.name));
            assert!(rules.rules().len() > 5);
            Policy::parse(template.policy.0, template.policy.1, currency).unwrap();
            let (name, text) = template.calendar.unwrap();
            let codes: Vec<_> = channels.codes().collect();
            Calendar::parse_over(name, text, None, Some(&codes)).unwrap();
        }
    }

    #[test]
    fn no_template_but_the_chinese_one_has_chinese_general_ledger_codes_in_its_rules() {
        for template in SHIPPED_TEMPLATES.iter().filter(|template| template.name != "cn-wallet") {
            for code in ["1191", "2001", "6001", "6401", "6901", "1221"] {
                assert!(!template.rules.1.contains(code), "{} {code}", template.name);
            }
        }
    }

    #[test]
    fn a_folder_lacks_no_file_that_a_ledger_needs() {
        let of = |left_out: &str| {
            LedgerTemplate::of_folder("mine", |name| {
                let all = DEFAULT_TEMPLATE.files();
                all.into_iter().find(|(known, _)| *known == name && *known != left_out)
            })
        };
        assert_eq!(of("rules.toml"), Err("rules.toml"));
        assert_eq!(of("sample.toml").unwrap().sample, None);
        assert_eq!(of("policy.toml").unwrap().policy, DEFAULT_TEMPLATE.policy);
        assert_eq!(of(""), Ok(LedgerTemplate { name: "mine", ..DEFAULT_TEMPLATE }));
    }

    fn calendar_of(name: &str) -> Calendar {
        let (file, text) = shipped(name).unwrap().calendar.unwrap();
        Calendar::parse(file, text).unwrap()
    }

    fn days_of(year: i16) -> impl Iterator<Item = Date> {
        date(year, 1, 1).series(Span::new().days(1)).take_while(move |day| day.year() == year)
    }

    fn is_weekend(day: Date) -> bool {
        matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    /// Easter Sunday by the rule of Gauss for 1900 to 2099, without its exceptions (1954, 1981, 2049, 2076).
    fn easter(year: i16) -> Date {
        let full_moon = (19 * (year % 19) + 24) % 30;
        let sunday = (2 * (year % 4) + 4 * (year % 7) + 6 * full_moon + 5) % 7;
        date(year, 3, 22).saturating_add(Span::new().days(full_moon + sunday))
    }

    #[test]
    fn the_closing_days_of_target_are_those_of_the_long_term_calendar() {
        let calendar = calendar_of("eu-marketplace");
        let (years, _) = calendar.years();
        assert_eq!(years, [2025, 2026]);
        for year in years {
            let easter = easter(*year);
            let closed = [
                date(*year, 1, 1),
                easter.saturating_sub(Span::new().days(2)),
                easter.saturating_add(Span::new().days(1)),
                date(*year, 5, 1),
                date(*year, 12, 25),
                date(*year, 12, 26),
            ];
            for day in days_of(*year) {
                assert_eq!(calendar.holiday(day).is_some(), closed.contains(&day), "{day}");
                assert_eq!(calendar.is_workday(day), !closed.contains(&day) && !is_weekend(day), "{day}");
            }
        }
    }

    /// National holidays by law, without the equinoxes, which are announced in the year before; then the days
    /// that the law adds, and those on which banks are closed besides.
    #[test]
    fn the_bank_holidays_of_japan_are_those_of_the_law() {
        let calendar = calendar_of("jp-psp");
        let equinoxes = [(2025, [(3, 20), (9, 23)]), (2026, [(3, 20), (9, 23)])];
        assert_eq!(calendar.years().0, equinoxes.map(|(year, _)| year));
        for (year, equinoxes) in equinoxes {
            let fixed =
                [(1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23)];
            let fixed = fixed.into_iter().chain(equinoxes).map(|(month, day)| date(year, month, day));
            let mondays = [(1, 2), (7, 3), (9, 3), (10, 2)];
            let mondays = mondays
                .map(|(month, nth)| date(year, month, 1).nth_weekday_of_month(nth, Weekday::Monday).unwrap());
            let national: Vec<Date> = fixed.chain(mondays).collect();
            let mut closed = national.clone();
            for sunday in national.iter().filter(|day| day.weekday() == Weekday::Sunday) {
                let mut after = sunday.series(Span::new().days(1));
                closed.extend(after.find(|day| !national.contains(day)));
            }
            let between = |day: &Date| {
                [day.yesterday(), day.tomorrow()].iter().all(|near| national.contains(near.as_ref().unwrap()))
            };
            closed.extend(days_of(year).filter(between));
            closed.extend([(1, 2), (1, 3), (12, 31)].map(|(month, day)| date(year, month, day)));
            for day in days_of(year) {
                assert_eq!(calendar.holiday(day).is_some(), closed.contains(&day), "{day}");
                assert_eq!(calendar.is_workday(day), !closed.contains(&day) && !is_weekend(day), "{day}");
            }
        }
    }
}
