//! What the screens rely on in the desk's answers.

use super::desk::SampleDesk;
use storno::protocol::accounts::{ListAccounts, ListChain};
use storno::protocol::answer::Answer;
use storno::protocol::cases::{CaseFilter, ListCases};
use storno::protocol::days::ListDays;
use storno::protocol::findings::{FindingFilter, ListFindings};
use storno::protocol::opening::{OpenCase, Opening};
use storno::protocol::page::{HasRowKey, Page, RowKey, Rows, Start};
use storno::protocol::request::Request;
use storno::protocol::trades::{ListTrades, TradeFilter};
use storno::protocol::vouchers::{ListVouchers, VoucherFilter};

/// The whole list by small pages, and that each says truly what comes before and after it.
fn paged<T: HasRowKey + Clone>(mut ask: impl FnMut(Page) -> Rows<T>) -> Vec<RowKey> {
    let keys = |rows: &Rows<T>| rows.rows.iter().map(HasRowKey::key).collect::<Vec<_>>();
    let whole = ask(Page::first());
    assert!(!whole.more_before && !whole.more_after);
    let whole = keys(&whole);
    let mut down = ask(Page { start: Start::First, limit: 3 });
    while let Some(last) = down.next() {
        let page = ask(Page { start: Start::After(last), limit: 3 });
        assert!(page.more_before && !page.rows.is_empty());
        down.join(page);
    }
    assert_eq!(keys(&down), whole);
    let end = ask(Page { start: Start::Last, limit: 3 });
    assert_eq!(keys(&end), whole[whole.len().saturating_sub(3)..]);
    if let [first, second, ..] = &whole[..] {
        let page = ask(Page { start: Start::Before(second.clone()), limit: 3 });
        assert_eq!((keys(&page), page.more_before), (vec![first.clone()], false));
        let page = ask(Page { start: Start::At(second.clone()), limit: 1 });
        assert_eq!(
            (keys(&page), page.more_before, page.more_after),
            (vec![second.clone()], true, whole.len() > 2)
        );
    }
    whole
}

#[test]
fn answers_are_sorted_chained_and_complete_page_by_page() {
    let mut desk = SampleDesk::new();
    let trades =
        paged(|page| match desk.look(Request::Trades(ListTrades { filter: TradeFilter::default(), page })) {
            Answer::Trades(rows) => rows,
            other => panic!("{other:?}"),
        });
    assert!(trades.is_sorted());
    let vouchers = paged(|page| {
        match desk.look(Request::Vouchers(ListVouchers { filter: VoucherFilter::default(), page })) {
            Answer::Vouchers(rows) => rows,
            other => panic!("{other:?}"),
        }
    });
    assert!(vouchers.is_sorted());
    let accounts =
        paged(|page| match desk.look(Request::Accounts(ListAccounts { prefix: String::new(), page })) {
            Answer::Accounts(rows) => rows,
            other => panic!("{other:?}"),
        });
    assert!(accounts.is_sorted());
    let account = "2001.A".parse().unwrap();
    let Answer::Chain(chain) = desk.look(Request::Chain(ListChain { account, page: Page::first() })) else {
        panic!()
    };
    for (row, seq) in chain.rows.iter().zip(1..) {
        assert_eq!(row.entry.account_seq, seq);
    }
    for pair in chain.rows.windows(2) {
        assert_eq!(pair[0].entry.balance_after_minor, pair[1].entry.balance_before_minor);
    }
    let filter = FindingFilter::default();
    paged(|page| match desk.look(Request::Findings(ListFindings { filter: filter.clone(), page })) {
        Answer::Findings(rows) => rows,
        other => panic!("{other:?}"),
    });
    let Answer::Findings(found) = desk.look(Request::Findings(ListFindings { filter, page: Page::first() }))
    else {
        panic!()
    };
    for finding in &found.rows {
        assert!(finding.finding.starts_with(finding.cause.as_str()), "{}", finding.finding);
        assert_eq!(finding.severity, finding.cause.severity());
        assert!(finding.amount_minor >= 0 && !finding.detail.is_empty());
        assert!(finding.trade_no.is_some() || finding.channel_ref.is_some());
    }
    let Answer::Days(days) = desk.look(Request::Days(ListDays {})) else { panic!() };
    assert!(days.is_sorted_by_key(|day| day.day));
    assert!(days.iter().all(|day| day.blockers == day.unposted + day.open_cases));
}

#[test]
fn a_case_just_opened_is_the_row_of_the_list() {
    let mut desk = SampleDesk::new();
    let opening = Opening::planned("T0001".parse().unwrap(), Some("wrong_account/T0001/captured".to_owned()));
    let Answer::Case(case) = desk.look(Request::CaseOpen(OpenCase { opening })) else { panic!() };
    let filter = CaseFilter { undone: true, text: Some("C".to_owned()), ..CaseFilter::default() };
    let list = Request::Cases(ListCases { filter, page: Page::first() });
    let Answer::Cases(cases) = desk.look(list) else { panic!() };
    assert_eq!(cases.rows, [case.row]);
}
