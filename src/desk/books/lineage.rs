//! The lineage of a trade: trade, events, vouchers, reversals, re-postings and cases, as a tree in
//! drawing order.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::finding::Note;
use crate::domain::id::{TradeNo, VoucherNo};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::voucher::{Voucher, VoucherKind};
use crate::i18n::Lang;
use crate::protocol::cases::CaseRow;
use crate::protocol::context::Context;
use crate::protocol::lineage::{LineageNode, Node, ShowLineage};
use crate::protocol::names::Names;
use crate::protocol::refusal::Refusal;
use crate::protocol::trades::{EventRow, TradeDetail};
use crate::protocol::watch::Watch;

impl OpenLedger {
    /// Returns the lineage of a trade, or of a voucher's trade. A voucher without a trade is shown with
    /// its reversal only.
    pub(crate) fn lineage(
        &mut self,
        context: &Context,
        trade_no: Option<TradeNo>,
        voucher_no: Option<VoucherNo>,
    ) -> Result<Vec<LineageNode>, Refusal> {
        let trade_no = match (trade_no, voucher_no) {
            (Some(trade_no), _) => trade_no,
            (None, Some(voucher_no)) => {
                let voucher = self.voucher(&voucher_no)?;
                match voucher.trade_no.clone() {
                    Some(trade_no) => trade_no,
                    None => return self.alone(context, &voucher),
                }
            }
            (None, None) => {
                return Err(Rejection::new(Code::BadValue).with("what", "lineage").with("value", "").into());
            }
        };
        let detail = self.trade_detail(context, &trade_no)?;
        Ok(tree(self.words(context), &detail))
    }

    fn alone(&mut self, context: &Context, voucher: &Voucher) -> Result<Vec<LineageNode>, Refusal> {
        let root = match &voucher.reverses {
            Some(original) => self.voucher(original)?,
            None => voucher.clone(),
        };
        let mut nodes = vec![voucher_node(self.words(context), &root, None)];
        if let Some(by) = &root.reversed_by {
            let reversal = self.voucher(by).map_err(|_| Rejection::not_found("voucher", by))?;
            nodes.push(voucher_node(self.words(context), &reversal, Some(0)));
        }
        Ok(nodes)
    }

    fn words(&self, context: &Context) -> Words<'_> {
        Words { names: &self.in_force.names, lang: context.lang }
    }
}

/// What puts a note into words.
#[derive(Clone, Copy)]
struct Words<'n> {
    names: &'n Names,
    lang: Lang,
}

impl Words<'_> {
    fn note(self, note: &Note) -> String {
        self.names.note(self.lang, note)
    }
}

fn tree(words: Words<'_>, detail: &TradeDetail) -> Vec<LineageNode> {
    let trade = &detail.row.trade;
    let note = Note::new("lineage.trade").with("kind", trade.kind).with("channel", trade.channel);
    let mut nodes = vec![LineageNode {
        node: Node::Trade { trade_no: trade.trade_no.clone() },
        parent: None,
        date: trade.business_date,
        operator: None,
        amount_minor: trade.amount_minor,
        currency: trade.currency.code().to_owned(),
        text: words.note(&note),
    }];
    let mut places: Vec<(VoucherNo, usize)> = Vec::new();
    for event in &detail.events {
        nodes.push(event_node(words, event, trade.currency.code()));
        let at = nodes.len() - 1;
        for voucher in detail.vouchers.iter().filter(|voucher| voucher.event == Some(event.event)) {
            let parent = parent_of(voucher, detail, &places).unwrap_or(at);
            nodes.push(voucher_node(words, voucher, Some(parent)));
            places.push((voucher.voucher_no.clone(), nodes.len() - 1));
        }
    }
    for case in &detail.cases {
        let last =
            detail.vouchers.iter().rev().find(|voucher| voucher.case_no.as_ref() == Some(&case.case_no));
        let parent = last.and_then(|voucher| place(&places, &voucher.voucher_no)).unwrap_or(0);
        nodes.push(case_node(words, case, parent, trade));
    }
    in_drawing_order(&nodes)
}

fn place(places: &[(VoucherNo, usize)], voucher_no: &VoucherNo) -> Option<usize> {
    places.iter().find(|(known, _)| known == voucher_no).map(|(_, at)| *at)
}

/// Returns the parent of a voucher: a reversal's is its original, a re-posting's the reversal before it.
fn parent_of(voucher: &Voucher, detail: &TradeDetail, places: &[(VoucherNo, usize)]) -> Option<usize> {
    if let Some(original) = &voucher.reverses {
        return place(places, original);
    }
    if voucher.kind != VoucherKind::Repost {
        return None;
    }
    let reversal = detail.vouchers.iter().rev().find(|other| {
        other.kind == VoucherKind::Reverse && other.event == voucher.event && other.seq < voucher.seq
    })?;
    place(places, &reversal.voucher_no)
}

fn event_node(words: Words<'_>, event: &EventRow, currency: &str) -> LineageNode {
    let note = Note::new("lineage.event").with("event", event.event).with("posting", event.posting);
    LineageNode {
        node: Node::Event { event: event.event, posting: event.posting },
        parent: Some(0),
        date: event.business_date,
        operator: None,
        amount_minor: event.amount_minor,
        currency: currency.to_owned(),
        text: words.note(&note),
    }
}

fn voucher_node(words: Words<'_>, voucher: &Voucher, parent: Option<usize>) -> LineageNode {
    let moved = voucher.principal();
    let note = Note::new("lineage.voucher").with("voucher_kind", voucher.kind).with("memo", &voucher.memo);
    LineageNode {
        node: Node::Voucher {
            voucher_no: voucher.voucher_no.clone(),
            kind: voucher.kind,
            mode: voucher.mode,
        },
        parent,
        date: voucher.accounting_date,
        operator: Some(voucher.maker.clone()),
        amount_minor: moved.map_or(0, |entry| entry.amount_minor),
        currency: moved.map_or_else(String::new, |entry| entry.currency.code().to_owned()),
        text: words.note(&note),
    }
}

fn case_node(
    words: Words<'_>,
    case: &CaseRow,
    parent: usize,
    trade: &crate::domain::trade::Trade,
) -> LineageNode {
    let note = Note::new("lineage.case").with("state", case.state).with("reason", &case.reason);
    LineageNode {
        node: Node::Case { case_no: case.case_no.clone(), state: case.state },
        parent: Some(parent),
        date: case.opened_at.date(),
        operator: Some(case.maker.clone()),
        amount_minor: trade.amount_minor,
        currency: trade.currency.code().to_owned(),
        text: words.note(&note),
    }
}

/// Sorts the nodes depth first, children in their order of appearance, and renumbers the parents.
fn in_drawing_order(nodes: &[LineageNode]) -> Vec<LineageNode> {
    let mut order = Vec::with_capacity(nodes.len());
    let mut stack: Vec<usize> = (0..nodes.len()).rev().filter(|at| parent_at(nodes, *at).is_none()).collect();
    while let Some(at) = stack.pop() {
        order.push(at);
        stack.extend((0..nodes.len()).rev().filter(|child| parent_at(nodes, *child) == Some(at)));
    }
    let new_place = |old: usize| order.iter().position(|at| *at == old);
    order
        .iter()
        .filter_map(|at| nodes.get(*at).cloned())
        .map(|node| LineageNode { parent: node.parent.and_then(new_place), ..node })
        .collect()
}

fn parent_at(nodes: &[LineageNode], at: usize) -> Option<usize> {
    nodes.get(at).and_then(|node| node.parent)
}

impl Handle for ShowLineage {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { trade_no, voucher_no } = self;
        ledger.lineage(context, trade_no, voucher_no)
    }
}
