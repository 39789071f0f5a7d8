//! `template`: the shipped templates of ledgers, and a copy of one to start a template of one's own.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::show;
use crate::cli::template_files::ChosenTemplate;
use crate::domain::authored::rejection;
use crate::domain::ledger_template::{LedgerTemplate, SHIPPED_TEMPLATES, shipped};
use crate::domain::rejection::{Code, Rejection};
use crate::i18n::text;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// Works on templates.
#[derive(Debug, Args)]
pub struct TemplateArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List,
    Export {
        #[arg(value_name = "NAME", id = "template")]
        name: String,
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

impl RunCommand for TemplateArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        match self.verb {
            Verb::List => list(session),
            Verb::Export { name, folder } => export(session, &name, &folder),
        }
    }
}

fn list(session: &Session) -> Result<CommandOutcome, Failure> {
    let heads: Result<Vec<_>, _> = SHIPPED_TEMPLATES.iter().map(LedgerTemplate::read_head).collect();
    let rows = heads.map_err(rejection)?;
    session.print_table(&rows, &show::templates(&rows, session.lang))
}

/// Writes all files of a template into a folder that is empty or does not exist yet.
fn export(session: &Session, name: &str, folder: &Path) -> Result<CommandOutcome, Failure> {
    let chosen = ChosenTemplate::named(Some(name))?;
    let files = chosen.files()?.files();
    if folder.exists() && std::fs::read_dir(folder)?.next().is_some() {
        return Err(Rejection::new(Code::Exists).with("path", folder.display()).into());
    }
    std::fs::create_dir_all(folder)?;
    for (file, text) in &files {
        std::fs::write(folder.join(file), text)?;
    }
    let mut path = folder.display().to_string();
    if shipped(&path).is_some() {
        // As a name it would be the shipped template, as a path it is the folder.
        path = format!("./{path}");
    }
    let names: Vec<&str> = files.iter().map(|(file, _)| *file).collect();
    let args = [("name", name.to_owned()), ("path", path.clone()), ("count", names.len().to_string())];
    session.print_object(
        &serde_json::json!({ "template": name, "path": path, "files": names }),
        &text(session.lang, "cli.template.exported", &args),
    )
}
