//! `ledgers`: the named ledgers of the configuration.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::place;
use crate::cli::session::{RunCommand, Session};
use crate::cli::show::{self, ListedLedger};
use crate::domain::rejection::{Code, Rejection};
use crate::i18n::text;
use clap::Args;

/// Lists the named ledgers, or forgets the head that was seen at an address.
#[derive(Debug, Args)]
pub struct LedgersArgs {
    #[arg(long, value_name = "LEDGER")]
    forget: Option<String>,
}

impl RunCommand for LedgersArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        match self.forget {
            Some(name) => forget(session, &name),
            None => list(session),
        }
    }
}

fn forget(session: &Session, name: &str) -> Result<CommandOutcome, Failure> {
    let address = place::profile(name)?.address.to_string();
    if !place::known().forget(&address) {
        return Err(Rejection::new(Code::NotFound).with("what", "ledger").with("value", address).into());
    }
    let line = text(session.lang, "cli.ledgers.forgotten", &[("address", &address)]);
    session.print_object(&serde_json::json!({ "forgotten": address }), &line)
}

fn list(session: &Session) -> Result<CommandOutcome, Failure> {
    let known = place::known();
    let rows: Vec<ListedLedger> = place::config()?
        .ledgers
        .into_iter()
        .map(|(name, profile)| {
            let address = profile.address.to_string();
            let last_head_seq = known.recall(&address).map(|seen| seen.head_seq);
            ListedLedger { name, address, role: profile.role, read_only: profile.read_only, last_head_seq }
        })
        .collect();
    session.print_table(&rows, &show::ledgers(&rows, session.lang))
}
