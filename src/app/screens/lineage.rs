//! The family of a trade as a small graph: its events, their vouchers, and the cases that corrected them.

use super::Route;
use super::behaviour::{StatusLine, Surroundings};
use super::document::{Document, DocumentScreen};
use crate::app::command::Command;
use crate::app::message::Tone;
use crate::domain::id::{TradeNo, VoucherNo};
use crate::i18n::{self, Lang};
use crate::protocol::answer::Answer;
use crate::protocol::lineage::{LineageNode, Node, ShowLineage};
use crate::protocol::request::Request;

/// The family of a trade.
pub type LineageScreen = DocumentScreen<LineageDocument>;

impl LineageScreen {
    /// Returns the screen of the family of a trade or a voucher.
    #[must_use]
    pub fn at(trade_no: Option<TradeNo>, voucher_no: Option<VoucherNo>) -> Self {
        Self::new(LineageDocument { trade_no, voucher_no })
    }
}

/// The family of a trade; every node is a link.
#[derive(Debug, Clone)]
pub struct LineageDocument {
    /// The trade,
    pub trade_no: Option<TradeNo>,
    /// or a voucher of the trade.
    pub voucher_no: Option<VoucherNo>,
}

impl Document for LineageDocument {
    /// Nodes, parents before children.
    type Content = Vec<LineageNode>;
    const FOOTER: &'static [Command] = &[Command::Open, Command::Copy];

    fn request(&self) -> Option<Request> {
        Some(Request::Lineage(ShowLineage {
            trade_no: self.trade_no.clone(),
            voucher_no: self.voucher_no.clone(),
        }))
    }
    fn content(answer: Answer) -> Option<Self::Content> {
        if let Answer::Lineage(nodes) = answer { Some(nodes) } else { None }
    }
    fn links(&self, nodes: &Self::Content) -> usize {
        nodes.len()
    }
    fn open(&self, nodes: Option<&Self::Content>, link: usize) -> Option<Route> {
        match &nodes?.get(link)?.node {
            Node::Trade { trade_no } => Some(Route::Trade(trade_no.clone())),
            Node::Event { .. } => self.trade(nodes).map(Route::Explain),
            Node::Voucher { voucher_no, .. } => Some(Route::Voucher(voucher_no.clone())),
            Node::Case { case_no, .. } => Some(Route::Case(case_no.clone())),
        }
    }
    fn name(&self, nodes: Option<&Self::Content>, link: usize) -> Option<String> {
        match &nodes?.get(link)?.node {
            Node::Trade { trade_no } => Some(trade_no.to_string()),
            Node::Event { event, .. } => Some(event.to_string()),
            Node::Voucher { voucher_no, .. } => Some(voucher_no.to_string()),
            Node::Case { case_no, .. } => Some(case_no.to_string()),
        }
    }
    fn trade(&self, nodes: Option<&Self::Content>) -> Option<TradeNo> {
        let root = nodes?.iter().find_map(|node| match &node.node {
            Node::Trade { trade_no } => Some(trade_no.clone()),
            _ => None,
        });
        root.or_else(|| self.trade_no.clone())
    }
    fn status(&self, _: Option<&Self::Content>, around: &Surroundings) -> StatusLine {
        StatusLine::of(i18n::word(around.view.lang, "status.lineage"), Tone::Dim)
    }
    fn crumb(&self, _: Option<&Self::Content>, _: Lang) -> Option<String> {
        let voucher = || self.voucher_no.as_ref().map(ToString::to_string);
        self.trade_no.as_ref().map(ToString::to_string).or_else(voucher)
    }
}
