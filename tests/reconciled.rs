//! Properties of reconciliation and of corrections over whole made-up ledgers: the channel's sum is that of its
//! standing lines, whatever the trades; and planning and committing every finding leaves none that has a plan.

use crate::support::{Shop, TRADES};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use storno::desk::Desk;
use storno::desk::ledger::OpenLedger;
use storno::domain::finding::{Cause, Finding};
use storno::domain::id::CaseNo;
use storno::domain::ledger_template::{DEFAULT_TEMPLATE, LedgerTemplate, SHIPPED_TEMPLATES};
use storno::domain::rejection::Code;
use storno::domain::statement::{BillState, Coverage, LineKind};
use storno::domain::trade::Channel;
use storno::files::import::open;
use storno::i18n::Lang;
use storno::protocol::answer::Answer;
use storno::protocol::bills::{FileOptions, ListBills, WithdrawBill};
use storno::protocol::cases::StageStep;
use storno::protocol::context::Context;
use storno::protocol::findings::{FindingFilter, ListFindings, PlanCorrection};
use storno::protocol::intake::Incoming;
use storno::protocol::ledger::VerifyLedger;
use storno::protocol::opening::{OpenCase, Opening};
use storno::protocol::page::{Page, Slice, Start};
use storno::protocol::preview::{Preview, PreviewCase};
use storno::protocol::receipt::CommitCase;
use storno::protocol::reports::{ReconSum, ReconcileChannel, Reconciliation};
use storno::protocol::request::Request;
use storno::protocol::service::Service;
use storno::protocol::steps::{Statement, StepRequest};
use storno::protocol::watch::Unwatched;
use storno::sample::{Planting, SamplePlan, demo_ledger_of};

/// A ledger in which one person may make and approve.
struct Books {
    desk: Desk,
    shop: Shop,
    now: &'static str,
}

impl Books {
    fn new(now: &'static str) -> Self {
        Self::of(&DEFAULT_TEMPLATE, now)
    }

    fn of(template: &LedgerTemplate<'_>, now: &'static str) -> Self {
        let shop = Shop::bare();
        let began = "2018-09-10T08:00:00+08:00".parse().unwrap();
        let (path, operator) = (shop.ledger(), "op".parse().unwrap());
        let new = demo_ledger_of(template, "id").unwrap();
        let ledger = OpenLedger::create(Path::new(&path), &new, &operator, began);
        Self { desk: Desk::from(ledger.unwrap()), shop, now }
    }

    fn context(&self) -> Context {
        Context { operator: "op".parse().unwrap(), now: self.now.parse().unwrap(), lang: Lang::En }
    }

    fn ask(&mut self, request: Request) -> Answer {
        let told = format!("{request:?}");
        self.desk
            .ask(&self.context(), request, &mut Unwatched)
            .unwrap_or_else(|refusal| panic!("{told}: {} {}", refusal.code(), refusal.message(Lang::En)))
    }

    /// Imports a file; a statement takes the place of those that it differs from.
    fn import(&mut self, name: &str, text: &str) {
        let path = self.shop.file(name, text);
        let mut source = open(Path::new(&path)).unwrap();
        let format = source.format().unwrap();
        let bill = FileOptions { supersede: Some("newer".to_owned()), ..FileOptions::default() };
        let incoming = Incoming {
            source: &mut source,
            format,
            dry_run: false,
            bill,
            case_no: None,
            refused_after: None,
        };
        let context = self.context();
        let done = self.desk.ledger_mut().import_quietly(&context, incoming);
        done.unwrap_or_else(|refusal| panic!("{}\n{text}", refusal.message(Lang::En)));
    }

    fn reconciled(&mut self, channel: Channel, day: &str) -> Reconciliation {
        let day = day.parse().unwrap();
        match self.ask(Request::Reconcile(ReconcileChannel { channel, day })) {
            Answer::Reconciliation(reconciled) => *reconciled,
            other => panic!("{other:?}"),
        }
    }

    fn findings(&mut self) -> Vec<Finding> {
        let page = Page { start: Start::First, limit: Page::MAX };
        match self.ask(Request::Findings(ListFindings { filter: FindingFilter::default(), page })) {
            Answer::Findings(found) => {
                assert!(!found.more_after, "one page holds them all");
                found.rows
            }
            other => panic!("{other:?}"),
        }
    }

    /// Opens a case with the plan for a finding; `None` if nothing is proposed, or if the finding is gone meanwhile.
    fn planned(&mut self, finding: &Finding) -> Option<CaseNo> {
        let opening = Opening { findings: vec![finding.finding.clone()], plan: true, ..Opening::default() };
        match self.desk.ask(&self.context(), Request::CaseOpen(OpenCase { opening }), &mut Unwatched) {
            Ok(Answer::Case(case)) => Some(case.row.case_no).filter(|_| !case.staged.is_empty()),
            Ok(other) => panic!("{other:?}"),
            Err(refusal) => {
                let nothing = [Code::Nothing.as_str(), Code::NotFound.as_str()];
                assert!(nothing.contains(&refusal.code()), "{finding:?}: {refusal:?}");
                None
            }
        }
    }

    /// Returns whether the plan of a refund names another one of the same payment that it may be.
    fn is_for_a_person_to_match(&mut self, finding: &Finding) -> bool {
        let target = finding.finding.clone();
        match self.ask(Request::Plan(PlanCorrection { target })) {
            Answer::Plan(plan) => {
                finding.cause == Cause::Long && plan.why.contains("match the two (storno match")
            }
            other => panic!("{other:?}"),
        }
    }

    fn preview(&mut self, case_no: &CaseNo) -> Preview {
        match self.ask(Request::Preview(PreviewCase { case_no: case_no.clone(), slice: Slice::ALL })) {
            Answer::Preview(preview) => *preview,
            other => panic!("{other:?}"),
        }
    }

    /// Commits a case; the days concerned are then reconciled as its preview said.
    fn commit(&mut self, case_no: CaseNo) {
        let preview = self.preview(&case_no);
        self.ask(Request::Commit(CommitCase { case_no, key: None }));
        for day in preview.days {
            let now = self.reconciled(day.channel, &day.day.to_string());
            let promised: Vec<ReconSum> = day.sums.into_iter().map(|sum| sum.after).collect();
            assert_eq!(now.sums, promised, "{} {}", day.channel, day.day);
        }
    }

    /// Plans and commits every finding, again and again until no plan is left. Returns what is left.
    fn put_right(&mut self) -> Vec<Finding> {
        for _ in 0..6 {
            let (mut done, mut left) = (0, Vec::new());
            for finding in self.findings() {
                if let Some(case_no) = self.planned(&finding) {
                    self.commit(case_no);
                    done += 1;
                } else {
                    left.push(finding);
                }
            }
            if done == 0 {
                return left;
            }
        }
        panic!("corrections bring up findings without end: {:?}", self.findings());
    }

    /// Returns what each customer has, and what channels paid for the customer: by their lines where a statement tells,
    /// each line once, else by the trade. A payout under way is not paid yet. What a channel paid back too much, and we
    /// claim from it, is none of the customer's.
    fn customers(&self) -> BTreeMap<String, (i64, i64)> {
        let paid = "SELECT coalesce(sum(CASE WHEN n.kind IN ('topup', 'return') THEN 1 ELSE -1 END * CASE \
              WHEN (n.status_now <> 'succeeded' OR n.recon = 'short') AND EXISTS ( \
                  SELECT 1 FROM trade o WHERE o.channel_ref = n.channel_ref AND o.channel = n.channel AND o.kind = n.kind AND o.id <> n.id) \
                THEN 0 \
              WHEN n.recon IN ('unmatched', 'waiting', 'overdue') \
                THEN CASE WHEN n.status_now = 'succeeded' THEN n.amount_now + CASE n.kind WHEN 'payout' THEN n.fee_now ELSE 0 END ELSE 0 END \
              ELSE (SELECT coalesce(sum(l.amount_minor), 0) FROM standing_line l WHERE l.channel_ref = n.channel_ref AND l.channel = n.channel \
                      AND l.kind = CASE n.kind WHEN 'topup' THEN 'pay' ELSE 'refund' END AND l.status = 'succeeded') END), 0) \
            FROM trade_recon n WHERE n.customer = substr(a.code, 6) AND n.merchant IS NULL AND n.kind IN ('topup', 'return', 'refund', 'payout')";
        let claimed = "SELECT coalesce(sum(o.amount_minor), 0) FROM open_item o JOIN account s ON s.id = o.account \
            JOIN voucher v ON v.id = o.voucher JOIN trade t ON t.id = v.trade \
            WHERE s.code = '1190' AND o.cleared_by IS NULL AND t.customer = substr(a.code, 6)";
        let rows = self.shop.rows(&format!(
            "SELECT a.code, a.balance_minor, ({paid}) + ({claimed}) FROM v_account a WHERE a.code LIKE '2001.%' ORDER BY a.code"
        ));
        rows.lines()
            .map(|row| {
                let words = row.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-');
                let cells: Vec<&str> = words.filter(|word| !["", "Text", "Integer"].contains(word)).collect();
                let number = |at: usize| cells[at].parse().unwrap_or_else(|_| panic!("{row}"));
                (cells[0].to_owned(), (number(1), number(2)))
            })
            .collect()
    }
}

impl Books {
    /// Returns the references of channels that keep their fee whose money is not in the books to the cent: what the
    /// trades of the reference and the cases that answered its lines moved on the channel's account is not what the
    /// lines pay, less their fees. A payment that two statements list counts once, and one that was revoked not at all.
    fn lines_not_booked(&self) -> BTreeSet<String> {
        let rows = self.shop.rows(
            "SELECT l.channel_ref FROM ( \
                SELECT DISTINCT channel, channel_ref, kind, channel_no, \
                       CASE kind WHEN 'pay' THEN 1 ELSE -1 END * (amount_minor - merchant_discount_minor) - fee_minor AS moved \
                  FROM standing_line WHERE status = 'succeeded' OR (kind = 'refund' AND status = 'processing')) l \
              JOIN account c ON c.code = CASE l.channel WHEN 'WECHAT' THEN '1101.WECHAT' WHEN 'ALIPAY' THEN '1102.ALIPAY' \
                                                        WHEN 'UNIONPAY' THEN '1103.UNIONPAY' END \
             GROUP BY l.channel, l.channel_ref \
            HAVING NOT EXISTS (SELECT 1 FROM standing_line x WHERE x.kind = 'revoke' AND x.channel = l.channel \
                                  AND l.channel_ref IN (x.channel_ref, x.original_ref)) \
               AND sum(l.moved) <> ( \
                SELECT coalesce(sum(e.side * e.amount_minor), 0) FROM voucher v JOIN entry e ON e.voucher = v.id \
                 WHERE e.account = c.id AND ( \
                   v.trade IN (SELECT t.id FROM trade t WHERE t.channel_ref = l.channel_ref AND t.channel = l.channel) \
                   OR coalesce(v.reverses, v.id) IN (SELECT a.voucher FROM answered_line a \
                        WHERE a.channel_ref = l.channel_ref AND a.channel = l.channel)))",
        );
        let cells = rows.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        cells.filter(|word| !["", "Text"].contains(word)).map(str::to_owned).collect()
    }
}

/// Returns why a finding may stay although all that can be planned is committed.
fn why_it_stays(finding: &Finding) -> Option<&'static str> {
    Some(match finding.cause {
        Cause::Waiting => "nothing is wrong yet: a window or a statement decides",
        Cause::OverLimit => "the payment has to be made another way",
        Cause::SuspenseOpen => "money in suspense moves once somebody knows whose it is",
        Cause::StatementMissing | Cause::StatementGap => "only the statement ends it",
        Cause::DebtOpen => "the customer or the channel has to pay",
        Cause::PayoutOverdue => "only news of the payout ends it",
        Cause::Ambiguous => "a person decides which trade the line is of",
        Cause::DateDiff => "a person says that both days mean the same, or the channel lists it anew",
        Cause::Overdue => "a person or the channel's next statement says where its line is",
        Cause::BelowFloor => "its trade was right: people decide who owes what is lacking",
        Cause::Long if finding.trade_no.is_none() => "the trade list that has its trade is still to come",
        _ => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 8,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever `generate` plants.
    #[test]
    fn every_finding_of_a_made_up_ledger_is_put_right_and_no_customer_gains(
        seed in any::<u64>(),
        one_of_each in any::<bool>(),
        template in 0..2 * SHIPPED_TEMPLATES.len(),
    ) {
        put_right(seed, one_of_each, template)?;
    }
}

/// Made-up ledgers in which a customer once gained, or a finding had no plan: seed, one of each mistake, template.
const ONCE_WRONG: [(u64, bool, usize); 6] = [
    (2_088_405_821_552_733_290, false, 0),
    (4_858_028_437_819_228_561, true, 0),
    (4_520_023_455_283_985_268, true, 2),
    (11, false, 0),
    (5_364_935_120_374_099_863, false, 0),
    (15_203_140_553_990_292_976, false, 4),
];

#[test]
fn no_customer_gains_where_one_did_before() {
    for (seed, one_of_each, template) in ONCE_WRONG {
        put_right(seed, one_of_each, template).unwrap();
    }
}

/// Makes a ledger with mistakes, carries out the plans of all its findings, and compares customers with channels.
fn put_right(seed: u64, one_of_each: bool, template: usize) -> Result<(), TestCaseError> {
    // Mostly the default template, whose customers have accounts.
    let template = SHIPPED_TEMPLATES.get(template).unwrap_or(&DEFAULT_TEMPLATE);
    let mut books = Books::of(template, "2018-09-18T23:59:59+08:00");
    let context = books.context();
    let planted = if one_of_each { Planting::OneOfEach } else { Planting::Random };
    let plan = SamplePlan {
        planted,
        errors: "8%".parse().unwrap(),
        ..SamplePlan::new(500, 30, seed, "2018-09-12".parse().unwrap(), 7)
    };
    let made = books.desk.ledger_mut().generate(&context, &plan, &mut Unwatched, &mut |_| Ok(())).unwrap();
    prop_assert!(made.planted > 10);
    let before = books.customers();
    let is_default = template.name == DEFAULT_TEMPLATE.name;
    let (mut open, mut named) = (BTreeSet::new(), BTreeSet::new());
    for finding in books.put_right() {
        let stays = why_it_stays(&finding).is_some() || books.is_for_a_person_to_match(&finding);
        prop_assert!(stays, "has no plan: {finding:?}");
        open.extend(finding.account.as_ref().map(ToString::to_string));
        let customer = "SELECT coalesce(max('2001.' || customer), '') FROM trade WHERE trade_no = ";
        // What the channel took more than once waits for the customer in suspense.
        let owed = "SELECT coalesce(max('2001.' || customer), '') FROM trade WHERE channel_ref = ";
        // What waits in suspense has moved all the same.
        if finding.cause != Cause::SuspenseOpen {
            named.extend(finding.channel_ref.clone());
            let of_trade = "SELECT coalesce(max(channel_ref), '') FROM trade WHERE trade_no = ";
            named.extend(finding.trade_no.as_ref().map(|no| books.shop.text(&format!("{of_trade}'{no}'"))));
        }
        let of_line = finding.channel_ref.filter(|_| finding.trade_no.is_none());
        open.extend(of_line.map(|reference| books.shop.text(&format!("{owed}'{reference}'"))));
        open.extend(finding.trade_no.map(|trade| books.shop.text(&format!("{customer}'{trade}'"))));
    }
    for (account, (has, paid)) in books.customers() {
        let (had, _) = before.get(&account).copied().unwrap_or_default();
        if is_default && !open.contains(&account) {
            // Nothing of this customer is left open.
            prop_assert_eq!(has, paid, "{} had {}", account, had);
        }
        prop_assert!(
            !is_default || has <= had.max(paid),
            "{account} had {had}, has {has}, channels paid {paid}"
        );
    }
    if is_default {
        let lacking: Vec<_> = books.lines_not_booked().difference(&named).cloned().collect();
        prop_assert!(lacking.is_empty(), "the channels' accounts lack what these lines move: {lacking:?}");
    }
    let Answer::Verified(verified) =
        books.ask(Request::Verify(VerifyLedger { findings: true, ..VerifyLedger::default() }))
    else {
        unreachable!()
    };
    prop_assert!(verified.ok, "{:?}", verified.problems);
    Ok(())
}

/// A line of a made-up statement.
#[derive(Debug, Clone)]
struct Listed {
    kind: usize,
    reference: usize,
    number: usize,
    cents: i64,
    status: usize,
}

/// What happens to the ledger.
#[derive(Debug, Clone)]
enum Happening {
    Statement { day: usize, merchant: usize, covers: usize, lines: Vec<Listed> },
    Withdrawal(usize),
    Trade { day: usize, kind: usize, reference: usize, cents: i64, status: usize },
}

const DAYS: [&str; 2] = ["2018-09-12", "2018-09-13"];
const KINDS: [&str; 3] = ["pay", "refund", "revoke"];
const STATES: [&str; 4] = ["SUCCESS", "SUCCESS", "FAILED", "PROCESSING"];
const COVERS: [&str; 3] = ["all", "payments", "refunds"];

fn happening() -> impl Strategy<Value = Happening> {
    let listed = (0..3_usize, 0..5_usize, 0..2_usize, 1..9_i64, 0..4_usize);
    let listed = listed.prop_map(|(kind, reference, number, yuan, status)| Listed {
        kind,
        reference,
        number,
        cents: yuan * 100,
        status,
    });
    let lines = prop::collection::vec(listed, 1..6);
    prop_oneof![
        3 => (0..2_usize, 0..2_usize, 0..3_usize, lines)
            .prop_map(|(day, merchant, covers, lines)| Happening::Statement { day, merchant, covers, lines }),
        1 => (0..8_usize).prop_map(Happening::Withdrawal),
        4 => (0..2_usize, 0..2_usize, 0..5_usize, 1..9_i64, 0..4_usize)
            .prop_map(|(day, kind, reference, yuan, status)| Happening::Trade { day, kind, reference, cents: yuan * 100, status }),
    ]
}

fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Returns the text of a statement, and what its lines add up to: payments, refunds and revocations.
fn statement(day: usize, merchant: usize, covers: usize, lines: &[Listed]) -> (String, [i64; 3]) {
    let mut text = "channel,day,merchant_no,covers,kind,reference,original_reference,channel_no,amount,currency,channel_fee,status,time\n".to_owned();
    let (mut totals, mut sums) = ([0, 0], [0, 0, 0]);
    let mut rows = 0;
    let mut known = BTreeSet::new();
    for line in lines {
        let Listed { kind, reference, number, cents, status } = line;
        let of_its_kinds = match covers {
            0 => true,
            1 => *kind == 0,
            _ => *kind != 0,
        };
        if !of_its_kinds || !known.insert((kind, reference, number)) {
            continue;
        }
        rows += 1;
        totals[usize::from(*kind != 0)] += cents;
        if STATES[*status] != "FAILED" {
            sums[*kind] += cents;
        }
        let original = if *kind == 0 { String::new() } else { "R0".to_owned() };
        text.push_str(&format!(
            "UNIONPAY,{},M{merchant},{},{},R{reference},{original},N{kind}{reference}{number}{merchant},{},CNY,0.00,{},{} 10:00:00\n",
            DAYS[day],
            COVERS[covers],
            KINDS[*kind],
            money(*cents),
            STATES[*status],
            DAYS[day]
        ));
    }
    text.push_str(&format!("total,{rows},{},{},0.00,end\n", money(totals[0]), money(totals[1])));
    if rows == 0 { (String::new(), sums) } else { (text, sums) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Statements that come, take each other's place and are withdrawn, beside trades that have nothing to do with them
    /// or fight for their lines.
    #[test]
    fn the_channels_sum_is_that_of_its_standing_lines_whatever_the_trades(
        happenings in prop::collection::vec(happening(), 1..14),
    ) {
        let mut books = Books::new("2018-09-14T12:00:00+08:00");
        let mut sums: BTreeMap<String, (usize, [i64; 3])> = BTreeMap::new();
        for (n, happening) in happenings.iter().enumerate() {
            match happening {
                Happening::Statement { day, merchant, covers, lines } => {
                    let (text, sum) = statement(*day, *merchant, *covers, lines);
                    if !text.is_empty() {
                        let name = format!("s{n}.csv");
                        books.import(&name, &text);
                        sums.insert(name, (*day, sum));
                    }
                }
                Happening::Withdrawal(which) => {
                    let standing = books.standing();
                    if let Some((id, ..)) = standing.get(*which % standing.len().max(1)) {
                        books.ask(Request::BillWithdraw(WithdrawBill { id: *id, reason: "x".to_owned() }));
                    }
                }
                Happening::Trade { day, kind, reference, cents, status } => {
                    let (kind, original) = [("topup", ""), ("refund", "R0")][*kind];
                    let row = format!(
                        "T{n},{kind},agreement,UNIONPAY,R{reference},{original},{},CNY,0.00,C,,{} 10:00:00,{},UNCLEARED\n",
                        money(*cents), DAYS[*day], STATES[*status]
                    );
                    books.import(&format!("t{n}.csv"), &format!("{TRADES}{row}"));
                }
            }
        }
        let standing = books.standing();
        for (n, day) in DAYS.into_iter().enumerate() {
            let mut expected = [0, 0];
            for (_, file, covers) in &standing {
                // The same bytes came again: the statement has its first name. What is left of one beside a newer one
                // of its payments or refunds has its name as well.
                let (of, [paid, refunded, revoked]) = sums[file];
                if of == n && covers.lists(LineKind::Pay) {
                    expected[0] += paid;
                }
                if of == n && covers.lists(LineKind::Refund) {
                    expected[0] -= revoked;
                    expected[1] += refunded;
                }
            }
            let told = books.reconciled(Channel::UNIONPAY, day);
            let of = |way: LineKind| told.sums.iter().filter(|sum| sum.way == way).map(|sum| sum.theirs_minor).sum::<i64>();
            let paid = of(LineKind::Pay) - of(LineKind::Revoke);
            prop_assert_eq!([paid, of(LineKind::Refund)], expected, "{} {:?}", day, &told);
            // Each line counts in exactly one status.
            let counted: [i64; 2] = told.counts.iter().fold([0, 0], |[paid, refunded], count| {
                [paid + count.theirs_minor - count.their_revoked_minor, refunded + count.their_refunds_minor]
            });
            prop_assert_eq!(counted, expected, "{} {:?}", day, &told);
        }
    }
}

impl Books {
    /// Returns the statements that count: row, file and the lines that they cover.
    fn standing(&mut self) -> Vec<(i64, String, Coverage)> {
        let all = ListBills { all: false, channel: None, day: None };
        match self.ask(Request::Bills(all)) {
            Answer::Bills(bills) => {
                let standing = bills.into_iter().filter(|bill| bill.state == BillState::Standing);
                standing.map(|bill| (bill.id, bill.file, bill.head.covers)).collect()
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A statement of one merchant number for a day, and which trades of the day it lists.
#[derive(Debug, Clone)]
struct DayBill {
    day: usize,
    merchant: usize,
    lists: [bool; 3],
}

const TIMES: [&str; 3] = ["00:01:00", "10:00:00", "23:58:00"];
const SPAN: usize = 7;

fn on(day: usize) -> String {
    format!("2018-09-{:02}", 10 + day)
}

/// Returns the text of a bill of WeChat Pay.
fn day_bill(bill: &DayBill) -> String {
    let mut text =
        "channel,day,merchant_no,kind,reference,channel_no,amount,currency,channel_fee,status,time\n"
            .to_owned();
    let (mut rows, DayBill { day, merchant, lists }) = (0, bill);
    for (n, time) in TIMES.iter().enumerate().filter(|(n, _)| lists[*n] && n % 2 == *merchant) {
        rows += 1;
        text.push_str(&format!(
            "WECHAT,{0},M{merchant},pay,R{day}-{n},N{day}-{n},10.00,CNY,0.00,SUCCESS,{0} {time}\n",
            on(*day)
        ));
    }
    // A bill has a line at least, of a payment that we know nothing of.
    text.push_str(&format!(
        "WECHAT,{0},M{merchant},pay,X{day}-{merchant},Y{day}-{merchant},1.00,CNY,0.00,SUCCESS,{0} 12:00:00\n",
        on(*day)
    ));
    text.push_str(&format!("total,{},{},0.00,0.00,end\n", rows + 1, money(1000 * rows + 100)));
    text
}

impl Books {
    /// Returns the reconciliation of every day.
    fn all_days(&mut self) -> BTreeMap<String, Reconciliation> {
        (0..SPAN).map(|day| (on(day), self.reconciled(Channel::WECHAT, &on(day)))).collect()
    }

    /// Opens a case that withdraws a statement.
    fn withdrawal(&mut self, bill: i64) -> CaseNo {
        let opening = Opening { note: Some("of another company".to_owned()), ..Opening::default() };
        let case = match self.ask(Request::CaseOpen(OpenCase { opening })) {
            Answer::Case(case) => case.row.case_no,
            other => panic!("{other:?}"),
        };
        let step = StepRequest::Statement(Statement {
            bill,
            state: BillState::Withdrawn,
            because: "of another company".to_owned(),
        });
        self.ask(Request::Stage(StageStep { case_no: case.clone(), step, reason: None }));
        case
    }
}

/// Returns what is in one list and not in the other, as texts.
fn without<T: std::fmt::Debug>(these: &[T], those: &[T]) -> Vec<String> {
    let known: Vec<String> = those.iter().map(|one| format!("{one:?}")).collect();
    let mut left: Vec<_> =
        these.iter().map(|one| format!("{one:?}")).filter(|one| !known.contains(one)).collect();
    left.sort();
    left
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Trades across a week, which no line names a merchant number of, and bills of two merchant numbers.
    #[test]
    fn a_preview_of_a_withdrawal_lists_every_day_that_it_changes(
        trades in prop::collection::vec((0..SPAN, 0..3_usize), 1..10),
        bills in prop::collection::vec((0..SPAN, 0..2_usize, any::<[bool; 3]>()), 1..10),
        which in any::<prop::sample::Index>(),
    ) {
        let mut books = Books::new("2018-09-17T12:00:00+08:00");
        let trades: BTreeSet<_> = trades.into_iter().collect();
        let rows: String = trades
            .iter()
            .map(|(day, n)| {
                let at = format!("{} {}", on(*day), TIMES[*n]);
                format!("T{day}-{n},topup,agreement,WECHAT,R{day}-{n},,10.00,CNY,0.00,C,,{at},SUCCESS,UNCLEARED\n")
            })
            .collect();
        books.import("trades.csv", &format!("{TRADES}{rows}"));
        let mut known = BTreeSet::new();
        for (day, merchant, lists) in bills {
            if known.insert((day, merchant)) {
                books.import(&format!("b{day}-{merchant}.csv"), &day_bill(&DayBill { day, merchant, lists }));
            }
        }
        let standing = books.standing();
        let (bill, ..) = standing[which.index(standing.len())];
        let case_no = books.withdrawal(bill);
        let (before, found) = (books.all_days(), books.findings());
        let preview = books.preview(&case_no);
        prop_assert_eq!(preview.count.days, preview.days.len());
        books.ask(Request::Commit(CommitCase { case_no, key: None }));
        let (after, left) = (books.all_days(), books.findings());
        for (day, was) in before {
            let is = &after[&day];
            let told = preview.days.iter().find(|told| told.day.to_string() == day);
            let (gone, came) = (without(&was.rows, &is.rows), without(&is.rows, &was.rows));
            let (lost, lacks) = (without(&was.missing, &is.missing), without(&is.missing, &was.missing));
            let nothing: [Vec<String>; 4] = Default::default();
            let promised = told.map_or(nothing, |told| {
                [
                    without(&told.gone, &[]),
                    without(&told.came, &[]),
                    without(&told.missing_gone, &[]),
                    without(&told.missing_came, &[]),
                ]
            });
            prop_assert_eq!([gone, came, lost, lacks], promised, "{}", day);
            if let Some(told) = told {
                // A day that nothing is left of has no sums.
                let is_something = |sum: &&ReconSum| (sum.ours_minor, sum.theirs_minor) != (0, 0);
                let sums: Vec<&ReconSum> = is.sums.iter().filter(is_something).collect();
                let promised: Vec<&ReconSum> =
                    told.sums.iter().map(|sum| &sum.after).filter(is_something).collect();
                prop_assert_eq!(sums, promised, "{}", day);
            }
        }
        let days: BTreeSet<String> =
            preview.days.iter().filter(|day| day.changes()).map(|day| day.day.to_string()).collect();
        let key = |finding: &Finding| (finding.finding.clone(), finding.note.clone());
        for finding in found.iter().chain(&left) {
            let same = |other: &&Finding| key(other) == key(finding);
            if found.iter().any(|one| same(&one)) && left.iter().any(|one| same(&one)) {
                continue;
            }
            let Some(trade_no) = &finding.trade_no else { continue };
            let day = on(trade_no.as_str()[1..2].parse().unwrap());
            prop_assert!(days.contains(&day), "{} {days:?}", finding.finding);
        }
    }
}
