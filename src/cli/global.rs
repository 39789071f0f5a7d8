//! Options that every command takes.

use super::values::{moment, word};
use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::i18n::Lang;
use clap::Args;

#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct Global {
    #[arg(long, global = true, env = "STORNO_LEDGER", value_name = "LEDGER")]
    pub ledger: Option<String>,
    #[arg(long, global = true, env = "STORNO_OPERATOR", value_name = "NAME", value_parser = word::<Operator>)]
    pub operator: Option<Operator>,
    #[arg(long, global = true, env = "STORNO_NOW", value_name = "TIME", value_parser = moment)]
    pub now: Option<Moment>,
    #[arg(long, global = true)]
    pub json: bool,
    #[arg(long, global = true)]
    pub all: bool,
    #[arg(long, global = true)]
    pub read_only: bool,
    #[arg(long, global = true, env = "STORNO_LANG", value_name = "LANG")]
    pub lang: Option<Lang>,
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
}
