//! `import`: trades, bills of channels, statements of accounts, and journals from other systems.

use crate::cli::new_file::refuse_existing;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::progress::LongWork;
use crate::cli::rejects::{all_refused, write_rejects};
use crate::cli::session::{RunCommand, Session};
use crate::cli::show;
use crate::cli::values::{day, word as word_of};
use crate::domain::id::{AccountCode, CaseNo};
use crate::files::import::{self, FileKind, Format, Source};
use crate::i18n::{Lang, text, word};
use crate::protocol::bills::FileOptions;
use crate::protocol::intake::{Incoming, other_kind};
use crate::protocol::refusal::Refusal;
use crate::runtime::local_files::profile_named;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use std::path::PathBuf;
use std::sync::Arc;

/// The word of `--format` for a format told by the file's content.
const AUTO: &str = "auto";

/// Returns the words of `--format`: [`AUTO`] and the words of the readers.
fn import_formats() -> PossibleValuesParser {
    [AUTO].into_iter().chain(Format::options()).into()
}

/// Imports a file.
#[derive(Debug, Args)]
pub struct ImportArgs {
    #[arg(value_enum)]
    kind: ImportKind,
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, default_value = AUTO, value_parser = import_formats())]
    format: String,
    /// The profile that reads a table of somebody else's.
    #[arg(long, value_name = "PROFILE", conflicts_with = "format")]
    profile: Option<String>,
    #[arg(long)]
    dry_run: bool,
    /// Where the bad rows of a refused file are written.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    #[arg(long, value_parser = day)]
    day: Option<Date>,
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[arg(long, requires = "reason")]
    supersede: bool,
    #[arg(long, value_name = "TEXT", requires = "supersede")]
    reason: Option<String>,
    /// The books' account that statements of an account are of.
    #[arg(long, value_name = "CODE", value_parser = word_of::<AccountCode>)]
    account: Option<AccountCode>,
    /// The account's number at the bank or channel.
    #[arg(id = "holder_number", long = "number", value_name = "NUMBER")]
    number: Option<String>,
    /// The case that books a journal.
    #[arg(long, value_name = "CASE", value_parser = word_of::<CaseNo>)]
    case: Option<CaseNo>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ImportKind {
    Trades,
    Bill,
    Journal,
    Account,
}

impl RunCommand for ImportArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let named = self.kind.format_named(&self.format, session.lang)?;
        if let Some(path) = &self.rejects {
            refuse_existing(path)?;
        }
        let bill = self.file_options(session.lang)?;
        if self.case.is_some() && self.kind != ImportKind::Journal {
            return Err(Failure::Usage(word(session.lang, "cli.of_journals_only")));
        }
        let mut source = match &self.profile {
            Some(profile) => import::table(&self.file, Arc::new(profile_named(profile)?.of_day(self.day))),
            None => import::open(&self.file),
        }
        .map_err(Refusal::from)?;
        source.tell_day(self.day);
        let format = self.kind.format_of(&source, named, session.lang)?;
        let mut desk = session.open()?;
        let mut watch = session.watch(Some(LongWork::Import));
        let (dry_run, case_no) = (self.dry_run, self.case);
        let mut import = |dry_run, refused_after| {
            let (bill, case_no) = (bill.clone(), case_no.clone());
            let source = &mut source;
            let incoming = Incoming { source, format, dry_run, bill, case_no, refused_after };
            desk.import(&session.context, incoming, &mut watch)
        };
        let taken = import(dry_run, None);
        let mut refused = Vec::new();
        if let (Err(refusal), Some(_)) = (&taken, &self.rejects) {
            refused = all_refused(refusal, &mut |after| import(true, Some(after)));
        }
        watch.finish();
        drop(desk);
        if let (Err(refusal), Some(path)) = (&taken, &self.rejects)
            && !refusal.mistakes().is_empty()
        {
            write_rejects(session, &mut source, format, &refused, path)?;
        }
        let answer = taken?;
        session.print_object(&answer, &show::imported(&answer, session.lang))
    }
}

impl ImportArgs {
    /// Returns what is said beside the file of a bill or of account statements; of other files nothing may be said.
    fn file_options(&self, lang: Lang) -> Result<FileOptions, Failure> {
        let reason = self.reason.as_ref().map(|reason| reason.trim().to_owned());
        let options = FileOptions {
            day: self.day,
            until: self.until.clone(),
            supersede: reason,
            account: self.account.clone(),
            number: self.number.clone(),
        };
        let of_bills = options.until.is_some();
        let of_accounts = options.account.is_some() || options.number.is_some();
        let of_both = options.day.is_some() || options.supersede.is_some();
        let (may_bill, may_account) = (self.kind == ImportKind::Bill, self.kind == ImportKind::Account);
        if (of_bills && !may_bill) || (of_both && !may_bill && !may_account) {
            return Err(Failure::Usage(word(lang, "cli.of_bills_only")));
        }
        if of_accounts && !may_account {
            return Err(Failure::Usage(word(lang, "cli.of_accounts_only")));
        }
        if options.supersede.as_deref() == Some("") {
            return Err(Failure::Usage(word(lang, "cli.empty_reason")));
        }
        Ok(options)
    }
}

impl ImportKind {
    /// Returns true if the command takes files of this format.
    const fn takes(self, format: Format) -> bool {
        matches!(
            (self, format.kind()),
            (Self::Trades, FileKind::Trades)
                | (Self::Journal, FileKind::Journal)
                | (Self::Bill, FileKind::Bill)
                | (Self::Account, FileKind::Account)
        )
    }

    /// Returns the format that `--format` names, `None` for [`AUTO`]. A format of another kind is refused.
    fn format_named(self, name: &str, lang: Lang) -> Result<Option<Format>, Failure> {
        if name == AUTO {
            return Ok(None);
        }
        let named = Format::ALL.iter().find(|format| format.option() == name && self.takes(**format));
        named
            .copied()
            .map(Some)
            .ok_or_else(|| Failure::Usage(text(lang, "cli.format_contradicts", &[("format", name)])))
    }

    /// Returns the format of a file: the one named, else by its content. A file that another command imports is
    /// refused.
    fn format_of(self, source: &Source, named: Option<Format>, lang: Lang) -> Result<Format, Failure> {
        let format = match (source.format(), named) {
            (Ok(other), _) if !self.takes(other) => other,
            (_, Some(format)) => return Ok(format),
            (found, None) => return Ok(found.map_err(Refusal::from)?),
        };
        Err(other_kind(source.name(), format, lang).into())
    }
}
