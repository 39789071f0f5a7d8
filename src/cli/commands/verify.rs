//! `verify` and `seal`: whether the books are unchanged, and the head to compare them with later.

use crate::cli::files::read_seal;
use crate::cli::outcome::{Failure, Outcome};
use crate::cli::progress::Work;
use crate::cli::session::{Run, Session};
use crate::desk::{Answer, Problem, Request, Unwatched};
use crate::i18n::text;
use clap::Args;
use std::path::PathBuf;

/// Verifies the whole ledger, and that it still holds a seal that was kept elsewhere.
#[derive(Debug, Args)]
pub struct Verify {
    #[arg(long, value_name = "FILE")]
    seal: Option<PathBuf>,
}

impl Run for Verify {
    fn run(self, session: &mut Session) -> Result<Outcome, Failure> {
        let mut desk = session.open()?;
        let mut bar = session.bar(Some(Work::Verify));
        let answer = desk.ask(&session.context, Request::Verify, &mut bar)?;
        bar.finish();
        let Answer::Verified(mut verified) = answer else { return Ok(Outcome::Done) };
        if let Some(path) = self.seal {
            let (seq, hash) = read_seal(&path)?;
            let request = Request::HoldsSeal { seq, hash: hash.clone() };
            if desk.ask(&session.context, request, &mut Unwatched)? != Answer::HoldsSeal(true) {
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
pub struct Seal {}

impl Run for Seal {
    fn run(self, session: &mut Session) -> Result<Outcome, Failure> {
        session.ask(Request::Ledger)
    }
}
