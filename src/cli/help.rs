//! Help in the operator's language.
//!
//! The texts are in the locales: `cli.storno.<command>` for a command, `cli.arg.<id>` for an argument.

use crate::files::export::Format;
use crate::files::import::{self, Accepts};
use crate::i18n::{Lang, text, word};
use clap::{Arg, Command};

/// Returns the command with all its help texts in `lang`.
pub fn localised(command: Command, lang: Lang) -> Command {
    texts(command, "storno", lang)
}

fn texts(command: Command, path: &str, lang: Lang) -> Command {
    let about = word(lang, &format!("cli.{path}"));
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let mut command = command.about(about).mut_args(|arg| help_of(arg, lang));
    if path == "storno.import" {
        command = command.after_help(columns_help(lang));
    }
    for name in names {
        let below = format!("{path}.{name}");
        command = command.mut_subcommand(name, |sub| texts(sub, &below, lang));
    }
    command
}

fn help_of(arg: Arg, lang: Lang) -> Arg {
    let name = arg.get_id().to_string();
    if name == "help" || name == "version" {
        return arg.help(word(lang, &format!("cli.arg.{name}")));
    }
    let help = word(lang, &format!("cli.arg.{name}"));
    if name == "writer" {
        let formats = Format::ALL.iter().map(|format| writer_help(*format, lang));
        return arg.help(format!("{help}: {}", formats.collect::<Vec<_>>().join("; ")));
    }
    arg.help(help)
}

/// Returns the columns of the files of our own that can be imported: required or not, and what they contain.
fn columns_help(lang: Lang) -> String {
    let mut help = String::new();
    for format in import::Format::ALL.iter().filter(|format| !format.columns().is_empty()) {
        let args = [("kind", format.kind().as_str())];
        help.push_str(&format!("{}\n", text(lang, "cli.columns.title", &args)));
        for column in format.columns() {
            let mark = if column.required { ' ' } else { '*' };
            help.push_str(&format!("{mark} {:<22} {}\n", column.name, accepted(column.accepts, lang)));
        }
        help.push('\n');
    }
    help.push_str(&word(lang, "cli.columns.statement_end"));
    help.push('\n');
    help.push_str(&word(lang, "cli.columns.left_out"));
    help
}

/// Returns what the fields of a column contain.
fn accepted(accepts: Accepts, lang: Lang) -> String {
    let key = match accepts {
        Accepts::Words(words) => return words().join(", "),
        Accepts::Name => "cli.columns.name",
        Accepts::Text => "cli.columns.text",
        Accepts::Number => "cli.columns.number",
        Accepts::Amount => "cli.columns.amount",
        Accepts::Currency => "cli.columns.currency",
        Accepts::Time => "cli.columns.time",
        Accepts::Date => "cli.columns.date",
        Accepts::TradeKind => "cli.columns.trade_kind",
        Accepts::Channel => "cli.columns.channel",
        Accepts::Event => "cli.columns.event",
    };
    word(lang, key)
}

/// Returns the word of an export format and its description.
fn writer_help(format: Format, lang: Lang) -> String {
    format!("{format} ({})", word(lang, &format!("cli.writer.{format}")))
}

/// clap's own words in a help page, and the key of our text for each.
const CLAP_WORDS: [(&str, &str); 12] = [
    ("Usage:", "cli.help.usage"),
    ("Commands:", "cli.help.commands"),
    ("Arguments:", "cli.help.arguments"),
    ("Options:", "cli.help.options"),
    ("[OPTIONS]", "cli.help.some_options"),
    ("<COMMAND>", "cli.help.a_command"),
    ("[COMMAND]", "cli.help.some_command"),
    ("[env: ", "cli.help.env"),
    ("[default: ", "cli.help.default"),
    ("[possible values: ", "cli.help.possible"),
    ("Print this message or the help of the given subcommand(s)", "cli.storno.help"),
    ("Print version", "cli.arg.version"),
];

/// Returns a help page in the operator's language. clap itself speaks English only.
pub fn page(text: &str, lang: Lang) -> String {
    if lang == Lang::En {
        return text.to_owned();
    }
    let long = text.replace("Usage: ", "Usage:").replace("Print help (see more with '--help')", "Print help");
    let text = long.replace("Print help", &word(lang, "cli.arg.help"));
    CLAP_WORDS.iter().fold(text, |text, (theirs, key)| text.replace(theirs, &word(lang, key)))
}

/// Returns the language before the arguments are parsed, because help needs it: `--lang`, else
/// `STORNO_LANG`, else the locale.
pub fn early_lang(args: &[String], environment: impl Fn(&str) -> Option<String>) -> Lang {
    let mut words = args.iter();
    while let Some(arg) = words.next() {
        let value = match arg.strip_prefix("--lang") {
            Some("") => words.next().cloned(),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        if let Some(lang) = value.and_then(|value| value.parse().ok()) {
            return lang;
        }
    }
    if let Some(lang) = environment("STORNO_LANG").and_then(|value| value.parse().ok()) {
        return lang;
    }
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| environment(name).filter(|value| !value.is_empty()))
        .map_or(Lang::En, |value| Lang::of_locale(&value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_of_import_names_the_columns_their_words_and_which_may_be_missing() {
        let help = columns_help(Lang::En);
        for line in [
            "  trade_status           SUCCESS, FAILED, PROCESSING, UNKNOWN, CREATED, CLOSED",
            "* merchant_no            a number or name without blanks around it",
            "* product                any text",
            "  side                   debit, credit",
        ] {
            assert!(help.lines().any(|shown| shown == line), "{line}: {help}");
        }
    }

    #[test]
    fn the_language_is_known_before_parsing() {
        let args = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let none = |_: &str| None;
        assert_eq!(early_lang(&args("findings --lang zh-CN"), none), Lang::Zh);
        assert_eq!(early_lang(&args("--lang=zh"), none), Lang::Zh);
        let chinese = |name: &str| (name == "LANG").then(|| "zh_CN.UTF-8".to_owned());
        assert_eq!(early_lang(&[], chinese), Lang::Zh);
        assert_eq!(early_lang(&args("--lang en"), chinese), Lang::En);
    }
}
