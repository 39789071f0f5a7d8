//! `reconcile`: the books beside a channel's statement of a day, or beside the statements of an account (对账), and the
//! sign-off of an account's days (对账确认).

use crate::cli::new_file::write_new;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{day, word};
use crate::documents::{BankReconciliation, ReportDocument, ReportForm, bank_reconciliation};
use crate::domain::id::{AccountCode, Operator};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::sign_off::Keeper;
use crate::domain::trade::Channel;
use crate::i18n::text;
use crate::protocol::account_reconciliation::ReconcileAccount;
use crate::protocol::reports::{ListChannelDays, ReconcileChannel};
use crate::protocol::request::Request;
use crate::protocol::service::ask_for;
use crate::protocol::sign_offs::{ListSignOffs, ShowSignOff, SignOffAccount};
use crate::protocol::watch::Unwatched;
use clap::Args;
use jiff::civil::Date;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Reconciles a channel's day or an account, or without either lists the days with statements.
#[derive(Debug, Args)]
pub struct ReconcileArgs {
    #[arg(long, value_parser = word::<Channel>, requires = "day")]
    channel: Option<Channel>,
    #[arg(long, value_parser = day)]
    day: Option<Date>,
    #[arg(long, value_name = "CODE", value_parser = word::<AccountCode>, conflicts_with = "channel")]
    account: Option<AccountCode>,
    #[arg(long, value_parser = day, requires = "account", conflicts_with = "day")]
    from: Option<Date>,
    #[arg(long, value_parser = day, requires = "account", conflicts_with = "day")]
    to: Option<Date>,
    /// Sign off the days up to `day`.
    #[arg(long, requires_all = ["account", "day"])]
    sign_off: bool,
    /// Who sees to the open items.
    #[arg(id = "sign_off_holder", long = "holder", value_name = "NAME", value_parser = word::<Operator>, requires_all = ["sign_off", "sign_off_due"])]
    holder: Option<Operator>,
    /// Until when.
    #[arg(id = "sign_off_due", long = "due", value_name = "DAY", value_parser = day, requires_all = ["sign_off", "sign_off_holder"])]
    due: Option<Date>,
    /// Open items that change hands before their day.
    #[arg(id = "sign_off_item", long = "item", value_name = "ITEM", requires = "sign_off_holder")]
    items: Vec<String>,
    #[arg(id = "sign_off_note", long = "note", value_name = "TEXT", requires = "sign_off")]
    note: Option<String>,
    /// Show what was signed for a day.
    #[arg(id = "signed_day", long = "as-of", value_name = "DAY", value_parser = day, requires = "account", conflicts_with_all = ["day", "from", "to", "sign_off"])]
    as_of: Option<Date>,
    /// Which sign-off of the day.
    #[arg(id = "sign_off_no", long = "sign-off-no", value_name = "N", requires = "signed_day")]
    sign_off_no: Option<i64>,
    /// List the sign-offs.
    #[arg(long, conflicts_with_all = ["channel", "day", "from", "to", "sign_off", "signed_day"])]
    sign_offs: bool,
    /// List the pairs, and by what each belongs together.
    #[arg(long, requires = "account", conflicts_with_all = ["sign_off", "sign_offs", "signed_day", "report"])]
    pairs: bool,
    /// Write the bank reconciliation statement to a file.
    #[arg(long, value_name = "FILE", requires = "account", conflicts_with_all = ["sign_off", "sign_offs"])]
    report: Option<PathBuf>,
}

impl RunCommand for ReconcileArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        if let Some(path) = self.report.clone() {
            return self.write_report(session, &path);
        }
        if self.sign_offs {
            return session.ask(Request::SignOffs(ListSignOffs { account: self.account }));
        }
        if self.sign_off {
            session.must_write()?;
        }
        let (from, to) = self.days();
        let keeper = self.holder.zip(self.due).map(|(holder, due)| Keeper { holder, due });
        session.ask(match (self.account, self.channel, self.day) {
            (Some(account), _, Some(day)) if self.sign_off => {
                Request::SignOff(SignOffAccount { account, day, keeper, items: self.items, note: self.note })
            }
            (Some(account), ..) => match self.as_of {
                Some(day) => Request::SignOffShow(ShowSignOff { account, day, id: self.sign_off_no }),
                None => Request::AccountReconcile(ReconcileAccount { account, from, to, pairs: self.pairs }),
            },
            (None, Some(channel), Some(day)) => Request::Reconcile(ReconcileChannel { channel, day }),
            _ => Request::ChannelDays(ListChannelDays {}),
        })
    }
}

/// What is printed after a report was written.
#[derive(Serialize)]
struct WrittenReport {
    file: String,
}

impl ReconcileArgs {
    /// Returns the first and the last day asked for.
    fn days(&self) -> (Option<Date>, Option<Date>) {
        (self.day.or(self.from), self.day.or(self.to))
    }

    /// Writes the bank reconciliation statement of the last day, as it is now or as it was signed.
    fn write_report(self, session: &mut Session, path: &Path) -> Result<CommandOutcome, Failure> {
        let form = ReportForm::of(path).ok_or_else(|| {
            Rejection::new(Code::BadValue)
                .with("what", "file")
                .with("value", path.display())
                .with("allowed", ".md, .html, .csv")
        })?;
        let document = self.document(session)?;
        write_new(path, form.write(&document).as_bytes())?;
        let written = WrittenReport { file: path.display().to_string() };
        let line = text(session.lang, "account_sign_off.written", &[("file", &written.file)]);
        session.print_object(&written, &line)
    }

    fn document(self, session: &mut Session) -> Result<ReportDocument, Failure> {
        let mut desk = session.open()?;
        let (lang, (from, to)) = (session.lang, self.days());
        let Some(account) = self.account else {
            return Err(Rejection::new(Code::BadValue).with("what", "account").into());
        };
        if let Some(day) = self.as_of {
            let ask = ShowSignOff { account, day, id: self.sign_off_no };
            let signed = ask_for(&mut *desk, &session.context, ask, &mut Unwatched)?;
            return Ok(bank_reconciliation(lang, &BankReconciliation::signed(&signed)));
        }
        let ask = ReconcileAccount { account, from, to, pairs: self.pairs };
        let found = ask_for(&mut *desk, &session.context, ask, &mut Unwatched)?;
        Ok(bank_reconciliation(lang, &BankReconciliation::of(&found)))
    }
}
