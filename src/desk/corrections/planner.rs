//! The planner: for a finding, the correction that the scenario table describes, as steps, or the reason why nothing is to
//! be booked.

use crate::desk::corrections::case_run::{CaseRun, RunOptions};
use crate::desk::corrections::effect::KeptStep;
use crate::desk::corrections::resolver::Author;
use crate::desk::findings::page::names_no_trade;
use crate::desk::findings::scan::{counting, keeper, live, parked};
use crate::desk::ledger::OpenLedger;
use crate::domain::account::Side;
use crate::domain::chart;
use crate::domain::compare::{compare, unmatched};
use crate::domain::due::facts_of;
use crate::domain::event::Event;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::id::{AccountCode, TradeNo};
use crate::domain::money::Money;
use crate::domain::position::TradePosition;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::{Expected, LinePart};
use crate::domain::statement::{LineKind, proves};
use crate::domain::trade::{Channel, TradeKind, TradeStatus};
use crate::domain::voucher::{Line, VoucherKind};
use crate::i18n;
use crate::protocol::context::Context;
use crate::protocol::findings::{Booked, ComparedLine, Plan};
use crate::protocol::page::Slice;
use crate::protocol::refusal::Refusal;
use crate::protocol::steps::{self, LineRef, StepLine, StepRequest, StepRow};
use crate::protocol::trades::{StatementRow, TradeRow};
use crate::protocol::watch::Unwatched;
use crate::store::accounts::account_head;
use crate::store::answered::Bar;
use crate::store::positions::positions;
use crate::store::{answered, statements, suspense, trades, vouchers};

/// Obstacles that one plan may go round.
const MENDS: usize = 6;

/// What the planner says about a finding, before it is dated.
pub(crate) struct Proposal {
    pub finding: Option<Finding>,
    pub steps: Vec<KeptStep>,
    /// The same, dated by their rehearsal.
    pub rows: Vec<StepRow>,
    pub why: Note,
}

impl Proposal {
    fn nothing(finding: Option<Finding>, why: &str) -> Self {
        Self { finding, steps: Vec::new(), rows: Vec::new(), why: Note::new(why) }
    }
}

impl OpenLedger {
    /// The proposal for a finding's identity or a trade's worst finding.
    pub(crate) fn propose(&mut self, context: &Context, target: &str) -> Result<Proposal, Refusal> {
        let Some((trade_no, mut found)) = self.target(context, target)? else {
            return self.propose_without_trade(context, target);
        };
        let row = self.trade_row(&trade_no)?;
        let chosen = found.iter().position(|finding| finding.finding == target);
        let worst = || {
            let order = |finding: &Finding| (!actionable(finding.cause), finding.severity);
            (0..found.len()).min_by_key(|at| found.get(*at).map(order))
        };
        let Some(at) = chosen.or_else(worst) else {
            return Ok(Proposal::nothing(None, "plan.nothing"));
        };
        let finding = found.swap_remove(at);
        let Some(standing) = positions(&mut *self.engine, row.id, row.id)?.pop() else {
            return Err(Rejection::not_found("trade", &trade_no).into());
        };
        let (steps, why) = self.steps_for(&standing, &finding)?;
        let (mut steps, mut tried) = self.mended(context, steps)?;
        let mut rows = std::mem::take(&mut tried.rows);
        if standing.trade.kind == TradeKind::Chargeback && finding.cause == Cause::Unposted {
            let lent = self.lend_what_lacks(&standing.trade.trade_no, &tried);
            if !lent.is_empty() {
                steps.splice(0..0, lent);
                rows = self.tried(context, &steps)?.rows;
            }
        }
        Ok(Proposal { finding: Some(finding), steps, rows, why })
    }

    /// The trade a target names, with its findings.
    fn target(
        &mut self,
        context: &Context,
        target: &str,
    ) -> Result<Option<(TradeNo, Vec<Finding>)>, Refusal> {
        let name = target.split('/').nth(1).unwrap_or(target);
        if target.contains('/') && names_no_trade(name) {
            return Ok(None);
        }
        let trade_no: TradeNo = name.parse()?;
        let row = self.trade_row(&trade_no)?;
        let found = self.findings_of(context, row.id)?;
        if target.contains('/') && !found.iter().any(|finding| finding.finding == target) {
            return Err(Rejection::not_found("finding", target).into());
        }
        Ok(Some((trade_no, found)))
    }

    fn propose_without_trade(&mut self, context: &Context, target: &str) -> Result<Proposal, Refusal> {
        let finding = self.channel_finding(context, target)?;
        let line = finding
            .channel
            .zip(finding.channel_ref.as_deref().and_then(|no| no.parse().ok()))
            .map(|(channel, channel_ref)| LineRef { channel, channel_ref });
        let no_trade = (Vec::new(), "plan.no_trade");
        let (steps, key) = match (finding.cause, line) {
            (Cause::Waiting, _) => (Vec::new(), "plan.waiting"),
            (Cause::ReversedInAdvance, Some(line)) => {
                (vec![kept(StepRequest::Stub(steps::Stub { line }), None)], "plan.reversed_in_advance")
            }
            (Cause::SuspenseOpen, line) => self.claimed(&finding, line)?,
            // Where customers pay, a line without a trade is a trade that is missing; at a bank it is money nobody knows.
            (Cause::Long, Some(line)) if line.channel == Channel::Bank => (
                vec![kept(
                    StepRequest::ParkLine(steps::ParkLine { line: Some(line), lines: Vec::new() }),
                    None,
                )],
                "plan.unclaimed",
            ),
            (Cause::Long, Some(line)) => self.paid_back_twice(&line)?.unwrap_or(no_trade),
            _ => no_trade,
        };
        if steps.is_empty() {
            return Ok(Proposal::nothing(Some(finding), key));
        }
        let (steps, tried) = self.mended(context, steps)?;
        Ok(Proposal { finding: Some(finding), steps, rows: tried.rows, why: Note::new(key) })
    }

    /// The channel paid the same back once more, under a number of its own: that is written down as found, and its money waits in
    /// suspense until it is claimed. A refund alone may be one that somebody made with the channel, which is nobody's to guess.
    fn paid_back_twice(&mut self, at: &LineRef) -> Result<Option<(Vec<KeptStep>, &'static str)>, Refusal> {
        let lines = statements::lines_of(&mut *self.engine, at.channel.as_str(), at.channel_ref.as_str())?;
        let [StatementRow { line, .. }] = lines.as_slice() else { return Ok(None) };
        let is_refund = line.kind == LineKind::Refund && proves(line, TradeStatus::Succeeded);
        let Some(paid) = line.original_ref.as_ref().filter(|_| is_refund) else { return Ok(None) };
        let refunds = trades::refunds_of(&mut *self.engine, at.channel, paid)?;
        let is_second = refunds.iter().any(|(_, amount_minor, _)| *amount_minor == line.amount_minor);
        let original = trades::trades_with_ref(&mut *self.engine, at.channel, paid)?.into_iter().next();
        let Some(original) = original.filter(|_| is_second) else { return Ok(None) };
        let Some(TradeRow { trade: original, .. }) = trades::trade(&mut *self.engine, &original)? else {
            return Ok(None);
        };
        // The channel's number becomes ours, where it can be one and no trade has it.
        let Ok(trade_no) = line.channel_ref.as_str().parse::<TradeNo>() else { return Ok(None) };
        if trades::trade(&mut *self.engine, &trade_no)?.is_some() {
            return Ok(None);
        }
        let record = StepRequest::Record(steps::Record {
            trade_no: trade_no.clone(),
            trade_kind: TradeKind::Refund,
            channel: at.channel,
            channel_ref: at.channel_ref.clone(),
            customer: original.customer,
            merchant: original.merchant,
            because: None,
        });
        Ok(Some((vec![kept(record, None), claim(&trade_no)], "plan.refund_twice")))
    }

    /// Money in suspense that no trade made: once the trade of its line has come, that is posted in its place.
    fn claimed(
        &mut self,
        finding: &Finding,
        line: Option<LineRef>,
    ) -> Result<(Vec<KeptStep>, &'static str), Refusal> {
        let trade_no = match line {
            Some(line) => trades::trades_with_ref(&mut *self.engine, line.channel, &line.channel_ref)?.pop(),
            None => None,
        };
        let Some((trade_no, voucher_no)) = trade_no.zip(finding.voucher_no.as_ref()) else {
            return Ok((Vec::new(), "plan.suspense_decide"));
        };
        let event = Some(Event::Captured);
        let steps = vec![
            reverse(voucher_no),
            kept(StepRequest::Supplement(steps::Supplement { trade_no, event }), None),
        ];
        Ok((steps, "plan.claimed"))
    }

    fn steps_for(
        &mut self,
        standing: &TradePosition,
        finding: &Finding,
    ) -> Result<(Vec<KeptStep>, Note), Refusal> {
        let trade_no = &standing.trade.trade_no;
        let event = finding.event.unwrap_or(Event::Captured);
        let nothing = |key: &str| Ok((Vec::new(), Note::new(key)));
        match finding.cause {
            Cause::Waiting => nothing("plan.waiting"),
            Cause::ReversedInAdvance => Ok((undone(standing), Note::new("plan.reversed_in_advance_trade"))),
            Cause::OverLimit => nothing("plan.over_limit"),
            Cause::Unposted if finding.note.key == "finding.late" => nothing("plan.late"),
            Cause::Unposted if finding.note.key == "finding.no_rule" => nothing("plan.no_rule"),
            Cause::Unposted => {
                let (channel, channel_ref) = (standing.trade.channel, &standing.trade.channel_ref);
                if let Some(Bar::Booked(parked)) = answered::bar(&mut *self.engine, channel, channel_ref)? {
                    let still = vouchers::voucher(&mut *self.engine, &parked)?.map(|voucher| voucher.seq);
                    let still = still.map(|seq| suspense::open_item(&mut *self.engine, seq)).transpose()?;
                    if still.flatten().is_none() {
                        return nothing("plan.line_cleared");
                    }
                    let event = Some(event);
                    let post =
                        StepRequest::Supplement(steps::Supplement { trade_no: trade_no.clone(), event });
                    return Ok((vec![reverse(&parked), kept(post, None)], Note::new("plan.claimed")));
                }
                let booked_before = standing.vouchers.iter().any(|voucher| voucher.event == Some(event));
                let step = if booked_before {
                    repost(trade_no, event, Vec::new())
                } else {
                    StepRequest::Supplement(steps::Supplement {
                        trade_no: trade_no.clone(),
                        event: Some(event),
                    })
                };
                Ok((vec![kept(step, None)], Note::new("plan.unposted")))
            }
            Cause::PostedTwice => self.untwin(standing, event),
            // The rest of the posting is right: only the fee's difference is booked.
            Cause::WrongFee => Ok((vec![adjust(trade_no, event)], Note::new("plan.wrong_fee"))),
            Cause::WrongAccount | Cause::WrongAmount | Cause::WrongSide | Cause::WrongDate => {
                if live(standing, Event::Settled).next().is_some() && event != Event::Settled {
                    // The money has gone already: the posting stays, and so does its clearing.
                    return Ok((vec![adjust(trade_no, event)], Note::new("plan.settled")));
                }
                let mut steps = take_back(standing, event);
                steps.push(kept(repost(trade_no, event, Vec::new()), None));
                Ok((steps, Note::new(&format!("plan.{}", finding.cause))))
            }
            Cause::HalfPosted => Ok((vec![adjust(trade_no, event)], Note::new("plan.half_posted"))),
            Cause::SuspenseOpen => Ok(self.out_of_suspense(standing, event)),
            Cause::RefundFeeRest => self.rest_of_fee(standing, finding),
            Cause::PostedNotDue => Ok((take_back(standing, event), Note::new("plan.posted_not_due"))),
            Cause::Short => Ok((undone(standing), Note::new("plan.short"))),
            Cause::Long => self.deliver(standing),
            Cause::AmountDiff | Cause::ChannelFeeDiff => self.follow_channel(standing, finding.cause),
        }
    }

    /// Takes back all live postings of an event but the one to keep; that one too where it is wrong itself.
    fn untwin(&self, standing: &TradePosition, event: Event) -> Result<(Vec<KeptStep>, Note), Refusal> {
        let facts = facts_of(&standing.trade, standing.status_now, &standing.amendments)?;
        let expected = self.in_force.expected(&facts, event)?;
        let keep = keeper(standing, event, &expected);
        let right = keep
            .filter(|voucher| compare(&expected.lines, &voucher.lines.iter().collect::<Vec<_>>()).is_none());
        let mut steps: Vec<KeptStep> = live(standing, event)
            .filter(|voucher| right.is_none_or(|keep| keep.seq != voucher.seq))
            .map(|voucher| reverse(&voucher.voucher_no))
            .collect();
        if right.is_none() {
            steps.push(kept(repost(&standing.trade.trade_no, event, Vec::new()), None));
        }
        Ok((steps, Note::new("plan.posted_twice")))
    }

    /// What was parked because its account took no postings goes where the rules say as soon as that account is open; what
    /// was parked for a decision waits for it.
    fn out_of_suspense(&self, standing: &TradePosition, event: Event) -> (Vec<KeptStep>, Note) {
        let Some(parked) = parked(standing, event) else {
            return (Vec::new(), Note::new("plan.nothing"));
        };
        let happened = standing.status_now == TradeStatus::Succeeded;
        if !happened || self.is_claim(standing) {
            return (Vec::new(), Note::new("plan.suspense_decide"));
        }
        let trade_no = &standing.trade.trade_no;
        let mut steps = vec![reverse(&parked.voucher_no)];
        let wrong = take_back(standing, event);
        let again = !wrong.is_empty();
        steps.extend(wrong);
        steps.push(if again {
            kept(repost(trade_no, event, Vec::new()), None)
        } else {
            kept(
                StepRequest::Supplement(steps::Supplement { trade_no: trade_no.clone(), event: Some(event) }),
                None,
            )
        });
        (steps, Note::new("plan.suspense_open"))
    }

    /// Whether what is parked is a shortage that somebody else has to make good: a refund that the channel made twice.
    fn is_claim(&self, standing: &TradePosition) -> bool {
        standing.trade.kind == TradeKind::Refund
            && standing.vouchers.iter().any(|voucher| {
                voucher.open_item
                    && voucher.lines.iter().any(|line| {
                        let subject = chart::subject_of(&self.in_force.chart, &line.account);
                        subject.is_some_and(|subject| subject.suspense && subject.normal_side == Side::Debit)
                    })
            })
    }

    /// Runs the steps without writing, and where a known obstacle stands in the way, goes round it as the practice does: what
    /// a customer has spent becomes a debt, what was cleared is un-cleared first, a frozen account is represented by suspense.
    fn mended(
        &mut self,
        context: &Context,
        steps: Vec<KeptStep>,
    ) -> Result<(Vec<KeptStep>, CaseRun), Refusal> {
        let mut steps = steps;
        let mut tried = self.tried(context, &steps)?;
        for _ in 0..MENDS {
            let Some((step, refusal)) = &tried.refused else { break };
            let at = usize::try_from(step - 1).unwrap_or_default();
            if !self.go_round(&mut steps, at, refusal)? {
                break;
            }
            tried = self.tried(context, &steps)?;
        }
        Ok((steps, tried))
    }

    /// Runs the steps of a plan without writing.
    fn tried(&mut self, context: &Context, steps: &[KeptStep]) -> Result<CaseRun, Refusal> {
        let numbered: Vec<(i64, KeptStep)> = (1..).zip(steps.iter().cloned()).collect();
        let author = Author { case_no: None, maker: &context.operator, checker: None, reason: "plan" };
        let wanted = RunOptions { rows: Some(Slice::ALL), ..RunOptions::default() };
        self.dry_run(context, &author, &numbered, wanted, &mut Unwatched)
    }

    /// A chargeback takes from a merchant what is there; what is not, the merchant owes us. The account itself knows no floor, because
    /// within a day its postings come in any order.
    fn lend_what_lacks(&self, trade_no: &TradeNo, tried: &CaseRun) -> Vec<KeptStep> {
        let mut lent = Vec::new();
        for (account, head) in &tried.before {
            let after = tried.after.get(account).copied().unwrap_or(head.balance_minor);
            let lacks = head.balance_minor.min(0).saturating_sub(after);
            if lacks <= 0 || !head.account.customer_visible {
                continue;
            }
            let short = Money::new(lacks, head.account.currency).to_string();
            let of = (trade_no.clone(), Event::Captured);
            let Some((trade_no, event, lines)) = self.lend(of, account, &short) else { continue };
            let why = Note::new("why.lend").with("account", account).with("short", &short);
            let request = StepRequest::Adjust(steps::Adjust {
                trade_no,
                event: Some(event),
                lines,
                red: false,
                aside: true,
            });
            lent.insert(0, kept(request, Some(why)));
        }
        lent
    }

    /// Changes the steps so that the one at `at` is not refused again; `false` where no way is known.
    fn go_round(
        &mut self,
        steps: &mut Vec<KeptStep>,
        at: usize,
        refusal: &Rejection,
    ) -> Result<bool, Refusal> {
        let Some(step) = steps.get(at).cloned() else { return Ok(false) };
        let account = refusal.arg("account").and_then(|code| code.parse::<AccountCode>().ok());
        match (refusal.code, &step.request, account) {
            (Code::Floor, _, Some(account)) => {
                let of = self.trade_of(&step.request)?;
                let lend =
                    refusal.arg("short").zip(of).and_then(|(short, of)| self.lend(of, &account, short));
                let Some((trade_no, event, lines)) = lend else { return Ok(false) };
                let why = Note::new("why.lend").with("account", &account).with("short", &lines[0].amount);
                let request = StepRequest::Adjust(steps::Adjust {
                    trade_no,
                    event: Some(event),
                    lines,
                    red: false,
                    aside: true,
                });
                steps.insert(at, kept(request, Some(why)));
                Ok(true)
            }
            (Code::Cleared, StepRequest::Reverse(steps::Reverse { voucher_no, .. }), _) => {
                let Some(clearing) = refusal.arg("clearing").and_then(|no| no.parse().ok()) else {
                    return Ok(false);
                };
                let trade =
                    vouchers::voucher(&mut *self.engine, voucher_no)?.and_then(|voucher| voucher.trade_no);
                let Some(trade_no) = trade else { return Ok(false) };
                let mut unclear = reverse(&clearing);
                unclear.why = Some(Note::new("why.unclear"));
                steps.insert(at, unclear);
                let posts_again = steps.iter().any(|step| {
                    matches!(&step.request, StepRequest::Repost(steps::Repost { trade_no: again, .. }) if *again == trade_no)
                });
                if posts_again {
                    let why = Some(Note::new("why.reclear"));
                    steps.push(kept(repost(&trade_no, Event::Cleared, Vec::new()), why));
                }
                Ok(true)
            }
            (Code::AccountNotActive, request, Some(account)) => {
                let Some((trade_no, event)) = self.trade_of(request)? else { return Ok(false) };
                // What was to be taken back on that account stays; what is lacking elsewhere is booked against suspense.
                steps.retain(|step| {
                    !matches!(
                        step.request,
                        StepRequest::Reverse(_) | StepRequest::Repost(_) | StepRequest::Supplement(_)
                    )
                });
                let why = Note::new("why.frozen").with("account", &account);
                let request = StepRequest::Park(steps::Park {
                    trade_no,
                    event: Some(event),
                    instead_of: Some(account),
                    lines: Vec::new(),
                });
                steps.push(kept(request, Some(why)));
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// The trade and event that a step books or takes back.
    fn trade_of(&mut self, request: &StepRequest) -> Result<Option<(TradeNo, Event)>, Refusal> {
        Ok(match request {
            StepRequest::Repost(steps::Repost { trade_no, event, .. })
            | StepRequest::Supplement(steps::Supplement { trade_no, event }) => {
                Some((trade_no.clone(), event.unwrap_or(Event::Captured)))
            }
            StepRequest::Reverse(steps::Reverse { voucher_no, .. }) => {
                vouchers::voucher(&mut *self.engine, voucher_no)?
                    .and_then(|voucher| voucher.trade_no.zip(voucher.event))
            }
            _ => None,
        })
    }

    /// The channel gave back a little less or more than the fee it took: the rest is cost, or less of it.
    fn rest_of_fee(
        &self,
        standing: &TradePosition,
        finding: &Finding,
    ) -> Result<(Vec<KeptStep>, Note), Refusal> {
        let trade = &standing.trade;
        let facts = facts_of(trade, standing.status_now, &standing.amendments)?;
        let expected = self.in_force.expected(&facts, Event::Captured)?;
        let back = (finding.actual_minor.unwrap_or(0) - finding.expected_minor.unwrap_or(0)).signum();
        let amount = Money::new(finding.amount_minor, trade.currency).to_string();
        // The fee's own lines name the two accounts; more is owed to us on their sides, less on the other ones.
        let lines: Vec<StepLine> = expected
            .lines
            .iter()
            .filter(|line| line.part == LinePart::ChannelFee)
            .map(|line| StepLine {
                side: if back > 0 { line.line.side } else { line.line.side.other() },
                account: line.line.account.clone(),
                amount: amount.clone(),
            })
            .collect();
        let (trade_no, event) = (trade.trade_no.clone(), Some(Event::Captured));
        let step = StepRequest::Adjust(steps::Adjust { trade_no, event, lines, red: false, aside: true });
        Ok((vec![kept(step, None)], Note::new("plan.refund_fee_rest")))
    }

    /// Whether another refund of the same original and amount stands: then this one was made twice.
    fn refunded_before(&mut self, standing: &TradePosition) -> Result<bool, Refusal> {
        let trade = &standing.trade;
        let Some(original) = trade.original_ref.as_ref().filter(|_| trade.kind == TradeKind::Refund) else {
            return Ok(false);
        };
        Ok(trades::refunds_of(&mut *self.engine, trade.channel, original)?
            .iter()
            .any(|(id, amount_minor, _)| *id < standing.id && *amount_minor == trade.amount_minor))
    }

    /// The lines that let a customer owe what its account lacks.
    fn lend(
        &self,
        (trade_no, event): (TradeNo, Event),
        account: &AccountCode,
        short: &str,
    ) -> Option<(TradeNo, Event, Vec<StepLine>)> {
        let subject = chart::subject_of(&self.in_force.chart, account)?;
        let owed = chart::receivable(&self.in_force.chart)?;
        if !subject.customer_visible {
            return None;
        }
        let line = |side, account: AccountCode| StepLine { side, account, amount: short.to_owned() };
        let debtor = format!("{}.{}", owed.code, account.leaf()?).parse().ok()?;
        Some((trade_no, event, vec![line(Side::Debit, debtor), line(Side::Credit, account.clone())]))
    }

    /// The channel has it, we do not: deliver what the channel proves.
    fn deliver(&mut self, standing: &TradePosition) -> Result<(Vec<KeptStep>, Note), Refusal> {
        let trade = &standing.trade;
        let lines =
            statements::lines_of(&mut *self.engine, trade.channel.as_str(), trade.channel_ref.as_str())?;
        let [line] = lines.as_slice() else { return Ok((Vec::new(), Note::new("plan.duplicate"))) };
        if !proves(&line.line, TradeStatus::Succeeded) {
            return Ok((Vec::new(), Note::new("plan.channel_not_final").with("status", line.line.status)));
        }
        let mut steps = vec![status(&trade.trade_no, TradeStatus::Succeeded)];
        if self.refunded_before(standing)? {
            steps.push(claim(&trade.trade_no));
            return Ok((steps, Note::new("plan.refund_twice")));
        }
        // What was put into suspense meanwhile comes out of it first.
        steps.extend(parked(standing, Event::Captured).map(|parked| reverse(&parked.voucher_no)));
        if live(standing, Event::Captured).next().is_none() {
            let event = Some(Event::Captured);
            steps.push(kept(
                StepRequest::Supplement(steps::Supplement { trade_no: trade.trade_no.clone(), event }),
                None,
            ));
        }
        Ok((steps, Note::new("plan.long")))
    }

    /// Amount or fee follow the channel: the fact is amended and the posting made anew.
    fn follow_channel(
        &mut self,
        standing: &TradePosition,
        cause: Cause,
    ) -> Result<(Vec<KeptStep>, Note), Refusal> {
        let trade = &standing.trade;
        let lines =
            statements::lines_of(&mut *self.engine, trade.channel.as_str(), trade.channel_ref.as_str())?;
        let [line] = lines.as_slice() else { return Ok((Vec::new(), Note::new("plan.duplicate"))) };
        let facts = facts_of(trade, standing.status_now, &standing.amendments)?;
        let money = |minor| Money::new(minor, trade.currency).to_string();
        let mut set = Vec::new();
        if line.line.amount_minor != facts.amount_minor {
            set.push(("amount".to_owned(), money(line.line.amount_minor)));
        }
        if line.line.fee_minor != facts.fee_minor {
            set.push(("fee".to_owned(), money(line.line.fee_minor)));
        }
        let mut steps = take_back(standing, Event::Captured);
        steps.push(kept(repost(&trade.trade_no, Event::Captured, set), None));
        Ok((steps, Note::new(&format!("plan.{cause}"))))
    }

    /// The finding with what should stand, what stands, and the proposed steps, dated.
    pub(crate) fn plan(&mut self, context: &Context, target: &str) -> Result<Plan, Refusal> {
        let proposal = self.propose(context, target)?;
        let why = i18n::note(context.lang, &proposal.why);
        let trade_no = match &proposal.finding {
            Some(finding) => finding.trade_no.clone(),
            None => Some(target.parse()?),
        };
        let mut plan = Plan {
            trade_no: trade_no.clone(),
            cause: proposal.finding.as_ref().map(|finding| finding.cause),
            trade: None,
            rule: None,
            expected: Vec::new(),
            booked: Vec::new(),
            lines: Vec::new(),
            steps: Vec::new(),
            why,
            finding: None,
        };
        if let Some(trade_no) = &trade_no {
            let event =
                proposal.finding.as_ref().and_then(|finding| finding.event).unwrap_or(Event::Captured);
            self.show_standing(trade_no, event, &mut plan)?;
        }
        plan.steps = proposal.rows;
        plan.finding = proposal.finding;
        Ok(plan)
    }

    fn show_standing(&mut self, trade_no: &TradeNo, event: Event, plan: &mut Plan) -> Result<(), Refusal> {
        let row = self.trade_row(trade_no)?;
        let Some(standing) = positions(&mut *self.engine, row.id, row.id)?.pop() else { return Ok(()) };
        let facts = facts_of(&standing.trade, standing.status_now, &standing.amendments)?;
        let expected = self.in_force.expected(&facts, event).ok();
        plan.rule = expected.as_ref().map(|expected| expected.rule.to_string());
        plan.lines = statements::lines_of(
            &mut *self.engine,
            row.trade.channel.as_str(),
            row.trade.channel_ref.as_str(),
        )?;
        plan.trade = Some(row);
        let should: Vec<&Line> =
            expected.iter().flat_map(|expected| &expected.lines).map(|line| &line.line).collect();
        let does = counting(&standing, event);
        let (lacking, _) = unmatched(&should, &does);
        for (at, line) in should.iter().enumerate() {
            let shown = self.compared(line, lacking.contains(&at))?;
            plan.expected.push(shown);
        }
        self.show_booked(&standing, event, expected.as_ref(), plan)
    }

    /// The vouchers of the event that stand, each marked against what is expected.
    fn show_booked(
        &mut self,
        standing: &TradePosition,
        event: Event,
        expected: Option<&Expected>,
        plan: &mut Plan,
    ) -> Result<(), Refusal> {
        let should: Vec<&Line> =
            expected.iter().flat_map(|expected| &expected.lines).map(|line| &line.line).collect();
        let keep = expected.and_then(|expected| keeper(standing, event, expected)).map(|voucher| voucher.seq);
        for voucher in standing.vouchers.iter().filter(|voucher| {
            voucher.event == Some(event) && !voucher.reversed && voucher.kind != VoucherKind::Reverse
        }) {
            let lines: Vec<&Line> = voucher.lines.iter().collect();
            let (_, extra) = unmatched(&should, &lines);
            let surplus = voucher.kind.posts_event() && keep.is_some_and(|keep| keep != voucher.seq);
            let mut shown = Vec::new();
            for (at, line) in lines.iter().enumerate() {
                shown.push(self.compared(line, surplus || extra.contains(&at))?);
            }
            plan.booked.push(Booked {
                voucher_no: voucher.voucher_no.clone(),
                accounting_date: voucher.accounting_date,
                lines: shown,
            });
        }
        Ok(())
    }

    fn compared(&mut self, line: &Line, differs: bool) -> Result<ComparedLine, Refusal> {
        Ok(ComparedLine {
            side: line.side,
            account_name: self.account_name(&line.account)?,
            account: line.account.clone(),
            amount_minor: line.amount_minor,
            differs,
        })
    }

    fn account_name(&mut self, code: &AccountCode) -> Result<String, Refusal> {
        if let Some(head) = account_head(&mut *self.engine, code)? {
            return Ok(head.account.name);
        }
        let subject = self.in_force.chart.iter().find(|subject| subject.holds(code));
        Ok(subject.map_or_else(String::new, |subject| subject.name.clone()))
    }
}

fn adjust(trade_no: &TradeNo, event: Event) -> KeptStep {
    let (trade_no, lines) = (trade_no.clone(), Vec::new());
    kept(
        StepRequest::Adjust(steps::Adjust { trade_no, event: Some(event), lines, red: false, aside: false }),
        None,
    )
}

/// What a refund took that was made twice waits in suspense until it is claimed.
fn claim(trade_no: &TradeNo) -> KeptStep {
    let (trade_no, event) = (trade_no.clone(), Some(Event::Captured));
    kept(StepRequest::Park(steps::Park { trade_no, event, instead_of: None, lines: Vec::new() }), None)
}

/// Whether the planner may have something to book for a cause.
const fn actionable(cause: Cause) -> bool {
    !matches!(cause, Cause::Waiting | Cause::OverLimit)
}

fn kept(request: StepRequest, why: Option<Note>) -> KeptStep {
    KeptStep { request, why }
}

fn reverse(voucher_no: &crate::domain::id::VoucherNo) -> KeptStep {
    kept(StepRequest::Reverse(steps::Reverse { voucher_no: voucher_no.clone(), mode: None }), None)
}

fn repost(trade_no: &TradeNo, event: Event, set: Vec<(String, String)>) -> StepRequest {
    StepRequest::Repost(steps::Repost { trade_no: trade_no.clone(), event: Some(event), set })
}

fn status(trade_no: &TradeNo, status: TradeStatus) -> KeptStep {
    kept(StepRequest::Status(steps::Status { trade_no: trade_no.clone(), status }), None)
}

/// The trade failed: so it says, and everything that stands for it is taken back.
fn undone(standing: &TradePosition) -> Vec<KeptStep> {
    let mut steps = vec![status(&standing.trade.trade_no, TradeStatus::Failed)];
    for event in [Event::Settled, Event::Cleared, Event::Captured] {
        steps.extend(take_back(standing, event));
    }
    steps
}

/// Takes back everything that stands for an event: its live postings, and the differences booked to them.
fn take_back(standing: &TradePosition, event: Event) -> Vec<KeptStep> {
    standing
        .vouchers
        .iter()
        .filter(|voucher| {
            voucher.event == Some(event)
                && !voucher.reversed
                && (voucher.kind.posts_event() || voucher.kind == VoucherKind::Adjust)
        })
        .map(|voucher| reverse(&voucher.voucher_no))
        .collect()
}
