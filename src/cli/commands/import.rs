//! `import`: trades, bills of channels, and journals from other systems.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::progress::LongWork;
use crate::cli::session::{RunCommand, Session};
use crate::cli::show;
use crate::desk::import::{Incoming, bad_file};
use crate::domain::rejection::{Code, Rejection};
use crate::files::import::{self, Format, Source};
use crate::i18n::{Lang, text, word};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Imports a file.
#[derive(Debug, Args)]
pub struct ImportArgs {
    #[arg(value_enum)]
    kind: ImportKind,
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, default_value = "auto", value_parser = ["auto", "wechat", "alipay", "csv"])]
    format: String,
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ImportKind {
    Trades,
    Bill,
    Journal,
}

impl RunCommand for ImportArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let named = self.kind.format_named(&self.format, session.lang)?;
        let mut source = import::open(&self.file).map_err(|error| bad_file(&error))?;
        let format = match named {
            Some(format) => format,
            None => self.kind.format_of(&source, session.lang)?,
        };
        let mut desk = session.open()?;
        let mut watch = session.watch(Some(LongWork::Import));
        let incoming = Incoming { source: &mut source, format, dry_run: self.dry_run };
        let answer = desk.import(&session.context, incoming, &mut watch)?;
        watch.finish();
        session.print_object(&answer, &show::imported(&answer, session.lang))
    }
}

impl ImportKind {
    /// Returns the format that `--format` names, `None` for `auto`. A format of another kind is refused.
    fn format_named(self, name: &str, lang: Lang) -> Result<Option<Format>, Failure> {
        Ok(Some(match (name, self) {
            ("auto", _) => return Ok(None),
            ("wechat", Self::Bill) => Format::WechatTrade,
            ("alipay", Self::Bill) => Format::AlipayTrade,
            ("csv", Self::Trades) => Format::LocalTrades,
            ("csv", Self::Journal) => Format::LocalJournal,
            _ => {
                let message = text(lang, "cli.format_contradicts", &[("format", name)]);
                return Err(Failure::Usage(message));
            }
        }))
    }

    /// Returns the format of a file by its content. A format of another kind is refused.
    fn format_of(self, source: &Source, lang: Lang) -> Result<Format, Failure> {
        let format = source.format().map_err(|error| bad_file(&error))?;
        let fits = match self {
            Self::Trades => format == Format::LocalTrades,
            Self::Journal => format == Format::LocalJournal,
            Self::Bill => matches!(format, Format::WechatTrade | Format::AlipayTrade),
        };
        if fits {
            return Ok(format);
        }
        let rejection = Rejection::new(Code::BadFile)
            .with("file", source.name())
            .with("place", source.name())
            .with("problem", "cli.other_kind")
            .with("format", word(lang, &format!("file.kind.{format}")));
        Err(rejection.into())
    }
}
