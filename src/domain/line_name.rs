//! What a line of a channel is called where its reference, or the channel's own number, means several lines.
//!
//! A name is the reference or the number, then what tells the line apart, each after `@`: `W2@1900000109`,
//! `W2@4200000123`, `AF1@refund`. A line that needs none of it goes by the reference or the number alone, and one that
//! has it in its name is found by it all the same.

use super::statement::StatementLine;

/// What stands between a name and what tells the line apart.
const APART: char = '@';

/// A line with the merchant number that it or its statement names.
#[derive(Debug, Clone, Copy)]
pub struct MarkedLine<'l> {
    /// The line.
    pub line: &'l StatementLine,
    /// The merchant number.
    pub merchant: Option<&'l str>,
}

impl MarkedLine<'_> {
    /// Returns whether another line lists the same payment: of one reference, under one number of the channel's
    /// own, and of one merchant number, or of none.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.line.lists_same(other.line)
            && self.line.channel_ref == other.line.channel_ref
            && self.merchant.zip(other.merchant).is_none_or(|(one, other)| one == other)
    }

    /// Returns what may tell the line from others, the most telling first; what it does not have is empty.
    fn marks(&self) -> [String; 6] {
        let line = self.line;
        [
            self.merchant.unwrap_or_default().to_owned(),
            line.channel_ref.to_string(),
            line.channel_no.clone(),
            line.kind.to_string(),
            line.occurred_at.local().to_string(),
            line.amount_minor.to_string(),
        ]
    }

    /// Returns what tells the line from others of its name; empty if there are none, or if nothing tells it from them.
    #[must_use]
    pub fn apart_from<'o>(&self, others: impl IntoIterator<Item = MarkedLine<'o>>) -> Vec<String> {
        let mut left: Vec<[String; 6]> = others.into_iter().map(|other| other.marks()).collect();
        let mut telling = Vec::new();
        for (at, mark) in self.marks().into_iter().enumerate() {
            let differs = |other: &[String; 6]| other.get(at).is_some_and(|theirs| *theirs != mark);
            if !mark.is_empty() && left.iter().any(differs) {
                left.retain(|other| !differs(other));
                telling.push(mark);
            }
        }
        telling
    }

    /// Returns whether the line has all that a name says of it behind the reference or the number.
    #[must_use]
    pub fn has(&self, said: &[&str]) -> bool {
        let marks = self.marks();
        said.iter().all(|said| marks.iter().any(|mark| mark == said))
    }
}

/// Returns a reference or number with what tells a line apart.
#[must_use]
pub fn joined(base: &str, telling: &[String]) -> String {
    let mut name = base.to_owned();
    for mark in telling {
        name.push(APART);
        name.push_str(mark);
    }
    name
}

/// Returns what a name may mean: a reference or number, and what it says of the line beside. The whole name
/// comes first, as references may have the sign too.
pub fn readings(name: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    let ends = name.rmatch_indices(APART).map(|(at, _)| at).filter(|at| *at > 0);
    std::iter::once(name.len()).chain(ends).filter_map(|end| {
        let (base, said) = (name.get(..end)?, name.get(end..)?);
        Some((base, said.split(APART).filter(|said| !said.is_empty()).collect()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;
    use crate::domain::statement::LineKind;
    use crate::domain::trade::TradeStatus;

    fn line(kind: LineKind, number: &str, amount_minor: i64) -> StatementLine {
        StatementLine {
            line: 1,
            kind,
            channel_ref: "W2".parse().unwrap(),
            original_ref: None,
            channel_no: number.to_owned(),
            amount_minor,
            fee_minor: 0,
            currency: Currency::CNY,
            status: TradeStatus::Succeeded,
            occurred_at: "2025-03-12T09:00:00+08:00".parse().unwrap(),
            merchant_no: None,
            merchant_discount_minor: 0,
            channel_discount_minor: 0,
            trouble: None,
        }
    }

    #[test]
    fn a_line_is_called_by_no_more_than_tells_it_apart() {
        let lines = [
            line(LineKind::Pay, "N1", 100),
            line(LineKind::Pay, "N2", 100),
            line(LineKind::Refund, "N2", 100),
        ];
        let merchants = [Some("M1"), Some("M1"), Some("M2")];
        let marked: Vec<_> =
            lines.iter().zip(merchants).map(|(line, merchant)| MarkedLine { line, merchant }).collect();
        let called = |at: usize| {
            let others = (0..3).filter(|other| *other != at).map(|other| marked[other]);
            joined("W2", &marked[at].apart_from(others))
        };
        assert_eq!([called(0), called(1), called(2)], ["W2@M1@N1", "W2@M1@N2", "W2@M2"]);
        assert_eq!(joined("W2", &marked[0].apart_from([])), "W2");
        assert!(marked[0].has(&["N1"]) && marked[0].has(&["pay", "M1"]) && !marked[0].has(&["N2"]));
    }

    #[test]
    fn a_name_is_read_as_a_whole_first() {
        let read: Vec<_> = readings("a@b@c").collect();
        assert_eq!(read, [("a@b@c", vec![]), ("a@b", vec!["c"]), ("a", vec!["b", "c"])]);
        assert_eq!(readings("W2").collect::<Vec<_>>(), [("W2", Vec::<&str>::new())]);
    }
}
