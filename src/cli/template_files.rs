//! The template that a command names: a shipped one, or a folder with files of the same names.

use crate::cli::outcome::Failure;
use crate::domain::ledger_template::{DEFAULT_TEMPLATE, LedgerTemplate, SHIPPED_TEMPLATES, shipped};
use crate::domain::rejection::{Code, Rejection};
use crate::runtime::local_files::read_text;
use std::path::Path;

/// A template as chosen on the command line.
pub enum ChosenTemplate {
    /// A shipped one.
    Shipped(&'static LedgerTemplate<'static>),
    /// A folder: its name, and the names and texts of its files.
    Folder(String, Vec<(String, String)>),
}

/// Returns the code of mistakes in a file of a template, by its name.
fn code_of(file: &str) -> Code {
    match file {
        "channels.toml" => Code::BadChannels,
        "kinds.toml" => Code::BadKinds,
        "policy.toml" => Code::BadPolicy,
        "calendar.toml" => Code::BadCalendar,
        _ => Code::BadRules,
    }
}

impl ChosenTemplate {
    /// Finds a template by its name, or by the path of its folder; the default one if none is named.
    ///
    /// # Errors
    /// A refusal that names the shipped templates; a fault if a file cannot be read.
    pub fn named(name: Option<&str>) -> Result<Self, Failure> {
        let Some(name) = name else { return Ok(Self::Shipped(&DEFAULT_TEMPLATE)) };
        if let Some(template) = shipped(name) {
            return Ok(Self::Shipped(template));
        }
        let folder = Path::new(name);
        if !folder.is_dir() {
            let names: Vec<&str> = SHIPPED_TEMPLATES.iter().map(|template| template.name).collect();
            return Err(Rejection::new(Code::BadValue)
                .with("what", "template")
                .with("value", name.escape_debug())
                .with("allowed", names.join(", "))
                .into());
        }
        let mut files = Vec::new();
        for (file, _) in DEFAULT_TEMPLATE.files() {
            let path = folder.join(file);
            if path.exists() {
                files.push((file.to_owned(), read_text(&path, code_of(file))?.1));
            }
        }
        let name =
            folder.file_name().map_or_else(|| name.to_owned(), |name| name.to_string_lossy().into_owned());
        Ok(Self::Folder(name, files))
    }

    /// Returns the files.
    ///
    /// # Errors
    /// [`Code::NotFound`] with the name of a file that the folder lacks.
    pub fn files(&self) -> Result<LedgerTemplate<'_>, Failure> {
        match self {
            Self::Shipped(template) => Ok(**template),
            Self::Folder(name, files) => LedgerTemplate::of_folder(name, |wanted| {
                let file = files.iter().find(|(file, _)| file == wanted);
                file.map(|(file, text)| (file.as_str(), text.as_str()))
            })
            .map_err(|missing| {
                Rejection::new(Code::NotFound)
                    .with("what", "file")
                    .with("value", format!("{name}/{missing}"))
                    .into()
            }),
        }
    }
}
