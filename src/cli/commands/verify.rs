//! `verify` and `seal`: whether the books are unchanged, and the head to compare them with later.

use crate::cli::files::read_seal;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::progress::LongWork;
use crate::cli::session::{RunCommand, Session};
use crate::i18n::text;
use crate::protocol::answer::Answer;
use crate::protocol::ledger::{CheckSeal, Problem, ShowLedger, VerifyLedger};
use crate::protocol::request::Request;
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
use clap::Args;
use std::path::PathBuf;

/// Verifies the ledger, and that it still holds a seal that was kept elsewhere.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[arg(long, value_name = "FILE")]
    seal: Option<PathBuf>,
    #[arg(long)]
    quick: bool,
    #[arg(long)]
    findings: bool,
}

impl RunCommand for VerifyArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let mut desk = session.open()?;
        let mut watch = session.watch(Some(LongWork::Verify));
        let verify = VerifyLedger { quick: self.quick, findings: self.findings };
        let mut verified = ask_for(&mut *desk, &session.context, verify, &mut watch)?;
        watch.finish();
        if let Some(path) = self.seal {
            let (seq, hash) = read_seal(&path)?;
            let ask = CheckSeal { seq, hash: hash.clone() };
            if !ask_for(&mut *desk, &session.context, ask, &mut Unwatched)? {
                verified.ok = false;
                let args = [("seq", seq.to_string()), ("hash", hash)];
                verified.problems.push(Problem {
                    check: "tail".to_owned(),
                    voucher_no: None,
                    account: None,
                    detail: text(session.lang, "cli.seal.lost", &args),
                });
            }
        }
        session.print(&Answer::Verified(verified))
    }
}

/// Prints the ledger's head, its seal.
#[derive(Debug, Args)]
pub struct SealArgs {}

impl RunCommand for SealArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(Request::Ledger(ShowLedger {}))
    }
}
