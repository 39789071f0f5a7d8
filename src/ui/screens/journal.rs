//! Vouchers, chains and lineage.

use super::{fact, facts, table_lines};
use crate::app::screens::cases::state as case_state;
use crate::app::screens::journal::entries;
use crate::app::screens::trades::posting;
use crate::app::{Tone, format};
use crate::domain::voucher::Voucher;
use crate::protocol::lineage::{LineageNode, Node};
use crate::ui::Look;
use crate::ui::doc::{self, Doc};
use crate::ui::text::{self, Strip};

/// Returns a voucher on one line.
pub fn voucher_line(look: Look, voucher: &Voucher) -> Strip {
    let lang = look.state.lang;
    let kind = format::label(lang, "vkind", voucher.kind.as_str());
    let event = voucher.event.map(|event| look.view().event(event)).unwrap_or_default();
    let day = format::day(voucher.accounting_date, look.state.now);
    let line = Strip::of(format!("{}  ", voucher.voucher_no), Tone::Strong)
        .and(format!("{kind} {event}  {day}  {}", voucher.maker), Tone::Plain);
    match (&voucher.reverses, &voucher.reversed_by) {
        (Some(original), _) => line.and(
            format!("  {}", look.text("chain.reverses", &[("voucher", original.to_string())])),
            Tone::Warn,
        ),
        (_, Some(by)) => line.and(
            format!("  {}", look.text("voucher.reversed_by", &[("voucher", by.to_string())])),
            Tone::Warn,
        ),
        _ => line,
    }
}

/// Returns a voucher as a document; its links are those of the voucher screen.
pub fn voucher(look: Look, voucher: &Voucher, width: u16) -> Doc {
    let cells = doc::cells(width);
    let mut doc = voucher_body(look, voucher, cells);
    doc.extend(seal(look, "voucher.hash", &voucher.hash, cells));
    doc.extend(seal(look, "voucher.prev", &voucher.prev_hash, cells));
    doc
}

/// Returns a voucher as a document beside a list. Its hashes are short: written out they would be a third
/// of the bytes that a move of the cursor sends, and for comparing them the voucher is opened.
pub fn voucher_beside(look: Look, voucher: &Voucher, width: u16) -> Doc {
    let cells = doc::cells(width);
    let mut doc = voucher_body(look, voucher, cells);
    doc.extend(seal(look, "voucher.hash", &format::short_hash(&voucher.hash), cells));
    doc.extend(seal(look, "voucher.prev", &format::short_hash(&voucher.prev_hash), cells));
    doc
}

/// Returns a hash under its name, on as many lines as it takes.
fn seal(look: Look, key: &str, hash: &str, cells: usize) -> Vec<Strip> {
    let label = text::left(&look.word(key), 10);
    text::wrap(hash, cells.saturating_sub(11).max(16))
        .into_iter()
        .enumerate()
        .map(|(at, part)| {
            let label = if at == 0 { label.clone() } else { " ".repeat(10) };
            Strip::of(label, Tone::Dim).and(format!(" {part}"), Tone::Plain)
        })
        .collect()
}

/// Returns a voucher without its seal.
fn voucher_body(look: Look, voucher: &Voucher, cells: usize) -> Doc {
    let mut doc = Doc::default();
    doc.push(
        Strip::of(format!("{}  ", voucher.voucher_no), Tone::Strong).and(voucher.memo.as_str(), Tone::Plain),
    );
    doc.extend(facts(cells, voucher_facts(look, voucher)));
    doc.gap();
    let table = entries(&voucher.entries, look.view());
    let mut lines = table_lines(look, &table, cells).into_iter();
    doc.extend(lines.next());
    let mut link = 0;
    for line in lines {
        doc.push(line.linked(link));
        link += 1;
    }
    doc.gap();
    let relatives = [
        ("column.trade", voucher.trade_no.as_ref().map(ToString::to_string)),
        ("voucher.reverses", voucher.reverses.as_ref().map(ToString::to_string)),
        ("voucher.by", voucher.reversed_by.as_ref().map(ToString::to_string)),
        ("column.case", voucher.case_no.as_ref().map(ToString::to_string)),
    ];
    for (key, name) in relatives {
        if let Some(name) = name {
            doc.push(fact(look, key, name).linked(link));
            link += 1;
        }
    }
    doc.heading(look.word("voucher.seal"));
    doc
}

fn voucher_facts(look: Look, voucher: &Voucher) -> Vec<Strip> {
    let lang = look.state.lang;
    let mut list = vec![
        fact(look, "column.accounting_day", voucher.accounting_date.to_string()),
        fact(look, "column.business_date", voucher.business_date.to_string()),
        fact(look, "column.value_date", voucher.value_date.to_string()),
        fact(look, "column.maker", voucher.maker.as_str()),
    ];
    list.extend(voucher.checker.as_ref().map(|checker| fact(look, "column.checker", checker.as_str())));
    list.extend(voucher.rule.as_ref().map(|rule| fact(look, "column.rule", rule.as_str())));
    list.extend(voucher.reason.as_ref().map(|reason| {
        let key = format!("cause.{reason}");
        let word = if crate::i18n::has(lang, &key) { look.word(&key) } else { reason.clone() };
        fact(look, "column.reason", word)
    }));
    list.push(fact(look, "column.posted_at", format::time(voucher.posted_at, look.state.now)));
    list
}

/// Returns the family of a trade as a tree; every node is a link.
pub fn lineage(look: Look, nodes: &[LineageNode], width: u16) -> Doc {
    let cells = doc::cells(width);
    let mut doc = Doc::default();
    for (at, node) in nodes.iter().enumerate() {
        let (name, tone) = node_words(look, &node.node);
        let tree = branch(nodes, at);
        let left =
            Strip::of(tree, Tone::Dim).and(format!("{name}  "), tone).and(node_text(look, node), Tone::Dim);
        let who = node.operator.as_ref().map(|operator| format!("  {operator}")).unwrap_or_default();
        let right = Strip::of(format::money(node.amount_minor, &node.currency), Tone::Plain)
            .and(format!("  {}{who}", format::day(node.date, look.state.now)), Tone::Dim);
        doc.push(left.and_right(right, cells).linked(at));
    }
    if nodes.is_empty() {
        doc.push(Strip::of(look.word("lineage.none"), Tone::Dim));
    }
    doc
}

/// Returns the text of a node, its codes translated; empty for an event, whose name says everything.
fn node_text(look: Look, node: &LineageNode) -> String {
    let families: &[&str] = match &node.node {
        Node::Event { .. } => return String::new(),
        Node::Trade { .. } => &["kind"],
        Node::Voucher { .. } => &["vkind", "event"],
        Node::Case { .. } => &["state.case", "cause"],
    };
    let lang = look.state.lang;
    let is_code = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (mut said, mut rest) = (String::new(), node.text.as_str());
    while !rest.is_empty() {
        let end = rest.find(|c| !is_code(c)).unwrap_or(rest.len());
        let (code, after) = rest.split_at(end);
        let known = families
            .iter()
            .find(|family| !code.is_empty() && crate::i18n::has(lang, &format!("{family}.{code}")));
        said.push_str(&known.map_or_else(|| code.to_owned(), |family| format::label(lang, family, code)));
        let end = after.find(is_code).unwrap_or(after.len());
        let (between, after) = after.split_at(end);
        said.push_str(between);
        rest = after;
    }
    said
}

fn node_words(look: Look, node: &Node) -> (String, Tone) {
    let lang = look.state.lang;
    match node {
        Node::Trade { trade_no } => (trade_no.to_string(), Tone::Strong),
        Node::Event { event, posting: status } => {
            let (state, tone) = posting(lang, *status);
            (format!("{} {state}", look.view().event(*event)), tone)
        }
        Node::Voucher { voucher_no, kind, mode } => {
            let kind = format::label(lang, "vkind", kind.as_str());
            let mode = match mode {
                crate::domain::voucher::Mode::Normal => String::new(),
                mode => format!(" · {}", format::label(lang, "mode", mode.as_str())),
            };
            (format!("{voucher_no} {kind}{mode}"), Tone::Plain)
        }
        Node::Case { case_no, state } => {
            let (state, tone) = case_state(lang, *state);
            (format!("{case_no} {state}"), tone)
        }
    }
}

/// Returns the branches that lead to a node: `│  └─ `. Takes at most as many steps as there are nodes, so
/// that a broken answer cannot hang the screen.
fn branch(nodes: &[LineageNode], at: usize) -> String {
    let is_last = |at: usize| {
        let parent = nodes[at].parent;
        !nodes.iter().skip(at + 1).any(|node| node.parent == parent)
    };
    let mut pieces = Vec::new();
    let mut here = at;
    for _ in 0..nodes.len() {
        let Some(parent) = nodes[here].parent.filter(|parent| *parent < here) else { break };
        pieces.push(match (here == at, is_last(here)) {
            (true, true) => "└─ ",
            (true, false) => "├─ ",
            (false, true) => "   ",
            (false, false) => "│  ",
        });
        here = parent;
    }
    pieces.reverse();
    pieces.concat()
}
