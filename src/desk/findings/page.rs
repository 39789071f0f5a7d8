//! Pages of findings, out of those in memory.
//!
//! The list is in order of the trades' arrival; findings without a trade come last. A finding's key is its
//! identity, which names its trade: a page is found by one look-up, even if that finding was corrected in the
//! meantime.

use crate::desk::findings::evidence::name_beside;
use crate::desk::findings::memory::{AcceptedFindings, Found, Remembered};
use crate::desk::findings::scan::worded;
use crate::desk::findings::timing::{DueScope, InHand};
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::due_time::DueState;
use crate::domain::finding::{Cause, Finding};
use crate::domain::finding_id::{FindingId, FindingSubject, PlanTarget};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::vocabulary::Vocabulary;
use crate::i18n;
use crate::protocol::context::Context;
use crate::protocol::findings::{FindingFilter, ListFindings};
use crate::protocol::page::{Page, RowKey, Rows, Start};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::{Engine, named_lines, trades};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;

/// Place of the findings without a trade: after every trade.
const LAST: i64 = i64::MAX;

/// Returns the trade row in a place of the list.
const fn row_at(place: i64) -> i64 {
    if place == LAST { 0 } else { place }
}

/// A filter of findings, with what its text was found to mean.
struct ResolvedFilter<'a> {
    filter: &'a FindingFilter,
    zone: &'a TimeZone,
    /// Causes that the text names.
    causes: Vec<Cause>,
    /// Trades that the text names; `None` if they are too many to list and each is looked up by itself.
    named: Option<BTreeSet<i64>>,
    /// What people accepted, and the day of the request.
    accepted: (&'a AcceptedFindings, Date),
    /// How findings must stand to their due time, and what tells it.
    due: Option<(DueState, DueScope<'a>)>,
}

impl ResolvedFilter<'_> {
    /// Returns true if the filter accepts a finding of the trade in `row`.
    fn accepts(&self, engine: &mut dyn Engine, row: i64, finding: &Remembered) -> Result<bool, Refusal> {
        let filter = self.filter;
        if filter.cause.is_some_and(|cause| cause != finding.cause)
            || filter.day.is_some_and(|day| finding.since.in_zone(self.zone).date() != day)
            || self.accepted.0.holds(&finding.finding, &finding.mark, self.accepted.1) != filter.accepted
        {
            return Ok(false);
        }
        if let Some((state, scope)) = &self.due
            && scope.state(finding)? != Some(*state)
        {
            return Ok(false);
        }
        let Some(text) = &filter.text else { return Ok(true) };
        if self.causes.contains(&finding.cause) {
            return Ok(true);
        }
        let finding = finding.whole()?;
        let trade = finding.trade_no.as_ref().is_some_and(|no| no.as_str().starts_with(text.as_str()));
        let channel = finding.channel_ref.as_ref().is_some_and(|no| no.starts_with(text.as_str()));
        if trade || channel {
            return Ok(true);
        }
        match &self.named {
            Some(named) => Ok(named.contains(&row)),
            None => Ok(trades::is_named(engine, row, text)?),
        }
    }
}

impl OpenLedger {
    /// Returns a page of findings.
    pub(crate) fn findings(
        &mut self,
        context: &Context,
        filter: &FindingFilter,
        page: &Page,
        watch: &mut dyn Watch,
    ) -> Result<Rows<Finding>, Refusal> {
        let filter = &spelled_out(filter);
        let of_trade = if let Some(trade_no) = &filter.trade_no {
            let row = self.trade_row(trade_no)?.id;
            let found = self.findings_of(context, row)?.into_iter().map(Remembered::of);
            Some(Found::from([(row, found.collect::<Result<_, _>>()?)]))
        } else {
            self.update_findings(context, watch)?;
            None
        };
        let start = match &page.start {
            Start::After(RowKey::Text(key))
            | Start::Before(RowKey::Text(key))
            | Start::At(RowKey::Text(key)) => (self.place_of(key)?, key.as_str()),
            Start::Last => (LAST, ""),
            _ => (0, ""),
        };
        let (causes, named) = match &filter.text {
            Some(text) => {
                let named = trades::rows_named(&mut *self.engine, text)?;
                (i18n::causes_named(text, context.lang), named.map(|rows| rows.into_iter().collect()))
            }
            None => (Vec::new(), None),
        };
        self.read_accepted()?;
        let in_hand = filter.due.map(|_| InHand::read(&mut *self.engine)).transpose()?;
        let accepted = (&self.accepted, self.in_force.today(context));
        let scope = in_hand.map(|in_hand| in_hand.among(&self.in_force, &self.accepted, context.now));
        let due = filter.due.zip(scope);
        let filter = ResolvedFilter { filter, zone: &self.in_force.zone, causes, named, accepted, due };
        let found = of_trade.as_ref().unwrap_or(&self.memory.found);
        let rows =
            page_of(found, start, page, |row, finding| filter.accepts(&mut *self.engine, row, finding))?;
        let words = |one: &Remembered| Ok::<_, Refusal>(worded(one.whole()?, &self.in_force.names, context));
        let (more_before, more_after) = (rows.more_before, rows.more_after);
        let rows = rows.rows.into_iter().map(words).collect::<Result<_, _>>()?;
        Ok(Rows { rows: self.told_again(rows, context)?, more_before, more_after })
    }

    /// Returns a finding without a trade by its identity.
    pub(crate) fn channel_finding(&mut self, context: &Context, target: &str) -> Result<Finding, Refusal> {
        self.update_findings(context, &mut crate::protocol::watch::Unwatched)?;
        let meant = self.findings_meant(target)?;
        let all = self.memory.found.get(&0).into_iter().flatten();
        let named: Vec<&Remembered> = all.filter(|one| meant.contains(&*one.finding)).collect();
        let found = match named.as_slice() {
            [] => return Err(Rejection::not_found("finding", target).into()),
            [only] => *only,
            several => {
                let names: BTreeSet<&str> = several.iter().map(|one| &*one.finding).collect();
                let names = names.into_iter().collect::<Vec<_>>().join(", ");
                return Err(several_meant("finding", target, &names).into());
            }
        };
        let finding = worded(found.whole()?, &self.in_force.names, context);
        self.one_told_again(finding, context)
    }

    /// Returns the identities that the name of a finding without a trade may mean: itself, or those of the
    /// lines that it means. A line is called by more than its reference once another one bears that, and by
    /// less once none does.
    fn findings_meant(&mut self, target: &str) -> Result<BTreeSet<String>, Refusal> {
        let all = self.memory.found.get(&0).into_iter().flatten();
        let id = FindingId::read(target, &self.in_force.channels)?;
        let mut meant = BTreeSet::from([target.to_owned()]);
        if all.into_iter().any(|one| &*one.finding == target) {
            return Ok(meant);
        }
        let (FindingSubject::Channel(channel), Some(part)) = (&id.about, &id.part) else { return Ok(meant) };
        for line in named_lines::named(&mut *self.engine, *channel, part, false)? {
            let reference = line.listed.line.channel_ref.as_str();
            let beside = named_lines::bearing(&mut *self.engine, *channel, reference)?;
            let id = FindingId::of_channel(id.cause, *channel).with_part(name_beside(&line, &beside));
            meant.insert(id.to_string());
        }
        Ok(meant)
    }

    /// Returns the place in the list of a finding, or of the first finding of a trade.
    fn place_of(&mut self, key: &str) -> Result<i64, Refusal> {
        let target = PlanTarget::read(key, &self.in_force.channels)?;
        let Some(trade_no) = target.trade_no() else { return Ok(LAST) };
        let row = trades::trade_id(&mut *self.engine, trade_no)?;
        Ok(row.ok_or_else(|| Rejection::not_found("trade", trade_no))?)
    }
}

/// Returns the refusal of a value that means several findings, with the names that mean one each.
pub(super) fn several_meant(what: &str, value: &str, names: &str) -> Rejection {
    let several = Rejection::new(Code::BadValue).with("what", what).with("value", value);
    several.with("problem", "finding.several").with("allowed", names)
}

/// Returns a filter whose text is no word of a finding, but `accepted:yes` or `due:` and a state, as the
/// filter that this means.
fn spelled_out(filter: &FindingFilter) -> FindingFilter {
    let mut filter = filter.clone();
    let text = filter.text.take();
    match text.as_deref().and_then(|text| text.split_once(':')) {
        Some(("accepted", "yes")) => filter.accepted = true,
        Some(("due", word)) if DueState::of_word(word).is_some() => filter.due = DueState::of_word(word),
        _ => filter.text = text,
    }
    filter
}

/// Returns one page of the findings that `accepts` lets through, from a place in the list and a key there.
/// A key that no longer exists counts as before the other findings of its trade.
fn page_of<'f>(
    found: &'f Found,
    (place, key): (i64, &str),
    page: &Page,
    mut accepts: impl FnMut(i64, &Remembered) -> Result<bool, Refusal>,
) -> Result<Rows<&'f Remembered>, Refusal> {
    let limit = page.limit.clamp(1, Page::MAX);
    let at = |list: &[Remembered]| list.iter().position(|one| &*one.finding == key);
    let here = if place == 0 { None } else { found.get(&row_at(place)) };
    let here = here.map(Vec::as_slice).unwrap_or_default();
    // Number of findings of the trade in this place before the page.
    let before = match &page.start {
        Start::First => 0,
        Start::Last => here.len(),
        Start::After(_) => at(here).map_or(0, |at| at + 1),
        Start::Before(_) | Start::At(_) => at(here).unwrap_or(0),
    };
    let (start, rest) = here.split_at(before.min(here.len()));
    let row = row_at(place);
    let behind = || {
        let others = found.range(1..place.max(1)).rev();
        let others = others.flat_map(|(row, list)| list.iter().rev().map(|finding| (*row, finding)));
        start.iter().rev().map(move |finding| (row, finding)).chain(others)
    };
    let ahead = || {
        let channels = found.get_key_value(&0).filter(|_| place != LAST);
        let others = found.range(place.saturating_add(1)..).chain(channels);
        let others = others.flat_map(|(row, list)| list.iter().map(|finding| (*row, finding)));
        rest.iter().map(move |finding| (row, finding)).chain(others)
    };
    let mut take = |list: &mut dyn Iterator<Item = (i64, &'f Remembered)>, most: usize| {
        let mut taken = Vec::new();
        for (row, finding) in list {
            if taken.len() == most {
                break;
            }
            if accepts(row, finding)? {
                taken.push(finding);
            }
        }
        Ok::<_, Refusal>(taken)
    };
    let backwards = matches!(page.start, Start::Last | Start::Before(_));
    let mut rows = if backwards { take(&mut behind(), limit + 1)? } else { take(&mut ahead(), limit + 1)? };
    let more = rows.len() > limit;
    rows.truncate(limit);
    let (more_before, more_after) = match &page.start {
        Start::First => (false, more),
        Start::Last => (more, false),
        Start::After(_) => (true, more),
        Start::Before(_) => (more, true),
        Start::At(_) => (!take(&mut behind(), 1)?.is_empty(), more),
    };
    if backwards {
        rows.reverse();
    }
    Ok(Rows { rows, more_before, more_after })
}

impl Handle for ListFindings {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { filter, page } = self;
        ledger.findings(context, &filter, &page, watch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finding(name: String) -> Remembered {
        let at = "2018-09-12T12:00:00+08:00".parse().unwrap();
        let id = FindingId::of_unclaimed(Cause::Unposted);
        Remembered::of(Finding { finding: name, amount_minor: 1, ..id.finding(at, at, "CNY") }).unwrap()
    }

    /// Findings by row; every third is hidden by the filter.
    fn found(counts: &[usize]) -> Found {
        let of = |row: i64, n: usize| (0..n).map(|at| finding(format!("unposted/{row}/{at}"))).collect();
        counts.iter().zip(0..).filter(|(n, _)| **n > 0).map(|(n, row)| (row, of(row, *n))).collect()
    }

    fn shown(finding: &Remembered) -> bool {
        !finding.finding.ends_with('2')
    }

    fn page(found: &Found, start: Start, limit: usize) -> (Vec<String>, bool, bool) {
        let place = match &start {
            Start::First => (0, String::new()),
            Start::Last => (LAST, String::new()),
            Start::After(RowKey::Text(key))
            | Start::Before(RowKey::Text(key))
            | Start::At(RowKey::Text(key)) => {
                let row: i64 = key.split('/').nth(1).unwrap().parse().unwrap();
                (if row == 0 { LAST } else { row }, key.clone())
            }
            _ => panic!("{start:?}"),
        };
        let rows =
            page_of(found, (place.0, &place.1), &Page { start, limit }, |_, one| Ok(shown(one))).unwrap();
        (rows.rows.iter().map(|one| one.finding.to_string()).collect(), rows.more_before, rows.more_after)
    }

    proptest! {
        #[test]
        fn pages_in_either_direction_make_up_the_list(
            counts in prop::collection::vec(0_usize..5, 1..12),
            limit in 1_usize..7,
        ) {
            let found = found(&counts);
            let trades = found.iter().filter(|(row, _)| **row > 0);
            let rows = trades.chain(found.get_key_value(&0)).flat_map(|(_, list)| list);
            let whole: Vec<String> = rows.filter(|one| shown(one)).map(|one| one.finding.to_string()).collect();

            let (mut down, _, mut more) = page(&found, Start::First, limit);
            while more {
                let last = RowKey::Text(down.last().unwrap().clone());
                let (rows, before, after) = page(&found, Start::After(last), limit);
                prop_assert!(before && !rows.is_empty());
                down.extend(rows);
                more = after;
            }
            prop_assert_eq!(&down, &whole);

            let (mut up, mut more, _) = page(&found, Start::Last, limit);
            while more {
                let first = RowKey::Text(up.first().unwrap().clone());
                let (rows, before, after) = page(&found, Start::Before(first), limit);
                prop_assert!(after && !rows.is_empty());
                up.splice(0..0, rows);
                more = before;
            }
            prop_assert_eq!(&up, &whole);

            for (at, key) in whole.iter().enumerate() {
                let (rows, before, after) = page(&found, Start::At(RowKey::Text(key.clone())), limit);
                let end = (at + limit).min(whole.len());
                prop_assert_eq!((&rows[..], before, after), (&whole[at..end], at > 0, end < whole.len()));
            }
        }
    }

    #[test]
    fn a_page_behind_a_finding_put_right_meanwhile_starts_with_the_rest_of_its_trade() {
        let found = found(&[0, 1, 2, 1]);
        let gone = || RowKey::Text("unposted/2/gone".to_owned());
        let rest = ["unposted/2/0", "unposted/2/1", "unposted/3/0"];
        assert_eq!(page(&found, Start::After(gone()), 9).0, rest);
        assert_eq!(page(&found, Start::Before(gone()), 9).0, ["unposted/1/0"]);
    }
}
