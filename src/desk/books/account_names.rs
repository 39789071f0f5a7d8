//! Account names in the language of an answer.
//!
//! The ledger keeps the name of the chart. If the chart also has an English one, answers in English show
//! that. A name that an operator gave to an account is not translated.

use crate::domain::account::Subject;
use crate::i18n::Lang;
use crate::protocol::answer::Answer;
use crate::protocol::preview::Preview;

/// Translates the account names of an answer.
#[must_use]
pub fn localized(mut answer: Answer, chart: &[Subject], lang: Lang) -> Answer {
    if lang == Lang::Zh {
        return answer;
    }
    let put = |code: &str, name: &mut String| localize(chart, code, name);
    match &mut answer {
        Answer::Accounts(rows) => {
            for row in &mut rows.rows {
                put(row.account.code.as_str(), &mut row.account.name);
            }
        }
        Answer::Account(row) => put(row.account.code.as_str(), &mut row.account.name),
        Answer::Subjects(rows) => rows.iter_mut().for_each(|row| put(&row.code, &mut row.name)),
        Answer::Turnover(report) => {
            let rows = report.subjects.iter_mut().chain(&mut report.accounts);
            rows.for_each(|row| put(&row.code, &mut row.name));
        }
        Answer::TrialBalance(trial) => {
            let rows = trial.subjects.iter_mut().chain(&mut trial.accounts);
            rows.for_each(|row| put(&row.code, &mut row.name));
        }
        Answer::BalanceDays(days) => put(days.account.as_str(), &mut days.name),
        Answer::Statement(statement) => {
            statement.balances.iter_mut().for_each(|held| put(held.account.as_str(), &mut held.name));
        }
        Answer::Plan(plan) => {
            let booked = plan.booked.iter_mut().flat_map(|booked| &mut booked.lines);
            let lines = plan.expected.iter_mut().chain(booked);
            lines.for_each(|line| put(line.account.as_str(), &mut line.account_name));
        }
        Answer::Preview(preview) => localize_preview(preview, chart, lang),
        _ => {}
    }
    answer
}

/// Translates the account names of a preview whose entries were streamed apart from it.
pub fn localize_preview(preview: &mut Preview, chart: &[Subject], lang: Lang) {
    if lang == Lang::En {
        for change in &mut preview.balances {
            localize(chart, change.account.as_str(), &mut change.name);
        }
    }
}

/// Translates the name of a subject, or of an automatically opened account (subject name plus leaf).
fn localize(chart: &[Subject], code: &str, name: &mut String) {
    let own = code.split_once('.').map_or(code, |(subject, _)| subject);
    let Some(subject) = chart.iter().find(|subject| subject.code == own) else { return };
    let Some(english) = &subject.name_en else { return };
    let rest = name.strip_prefix(&subject.name).filter(|rest| rest.is_empty() || rest.starts_with(' '));
    if let Some(rest) = rest {
        *name = format!("{english}{rest}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::chart::Chart;

    #[test]
    fn what_the_chart_named_is_worded_and_a_name_of_its_own_stays() {
        let chart = Chart::parse("demo.toml", include_str!("../../../assets/templates/cn-wallet/chart.toml"))
            .unwrap();
        let localized = |code: &str, name: &str| {
            let mut name = name.to_owned();
            localize(&chart.subjects, code, &mut name);
            name
        };
        let subject = chart.subjects.iter().find(|subject| subject.code == "2001").unwrap();
        let english = subject.name_en.clone().unwrap();
        assert_eq!(localized("2001", &subject.name), english);
        assert_eq!(localized("2001.A", &format!("{} A", subject.name)), format!("{english} A"));
        for own in ["Reserve of A", "张三", &format!("{}甲", subject.name)] {
            assert_eq!(localized("2001.A", own), own);
        }
        assert_eq!(localized("9999", "x"), "x");
    }
}
