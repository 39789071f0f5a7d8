//! The lineage of a voucher as a tree: trade, event, vouchers, case.

use super::{Layout, Show};
use crate::protocol::lineage::{LineageNode, Node};

impl Show for Vec<LineageNode> {
    fn text(&self, layout: &Layout) -> String {
        let mut shown = String::new();
        for node in self {
            let mut depth = 0;
            let mut parent = node.parent;
            while let Some(at) = parent {
                depth += 1;
                parent = self.get(at).and_then(|node| node.parent);
            }
            let name = match &node.node {
                Node::Trade { trade_no } => trade_no.to_string(),
                Node::Event { event, .. } => layout.event(*event),
                Node::Voucher { voucher_no, .. } => voucher_no.to_string(),
                Node::Case { case_no, .. } => case_no.to_string(),
            };
            let branch = if depth == 0 { String::new() } else { format!("{}└ ", "  ".repeat(depth - 1)) };
            shown.push_str(&format!(
                "{branch}{name}  {}  {}  {}\n",
                node.date,
                layout.amount(node.amount_minor, &node.currency),
                node.text
            ));
        }
        shown
    }
}
