//! Files: looked at in a dry run, taken, and taken in place of what stands.

use super::call::{Availability, Call, ensure, leave};
use super::typed_options::typed_options;
use crate::app::command::Command;
use crate::app::message::{Message, Tone};
use crate::app::overlay::{Confirm, Decision, Prompt};
use crate::app::places::Screen;
use crate::app::screens::imports::ImportScreen;
use crate::app::screens::{Route, ScreenKind};
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::domain::period;
use crate::protocol::intake::LocalFile;

macro_rules! file_commands {
    ($($collected:tt)*) => { collect_commands! { $($collected)*
        Import = "import", "dr", ButOn(&[K::Case]), Draft(Make), takes "argument.import" => files::import;
        TakeFile = "take-file", "qrdr", On(&[K::Import]), Draft(Make), waits true => files::take, files::can_take;
        ImportOptions = "import-options", "drxx", On(&[K::Import]), None(Look) => files::options;
        Supersede = "supersede", "thzd", On(&[K::Import]), Draft(Make), waits true
            => files::supersede, files::can_supersede;
    } };
}

/// Looks at a file: the argument is its path, and what is said beside it as on the command line.
pub fn import(call: &mut Call) {
    let Some(line) = call.argument else {
        let folder = call.state.last_folder.clone();
        return call.prompt(Prompt::new("prompt.import", Command::Import, folder).completing());
    };
    let Some(file) = local_file(line) else { return call.refuse("why.import") };
    if file.path.ends_with('/') {
        return call.refuse("why.folder");
    }
    let state = &mut *call.state;
    state.last_folder = file.path.rfind('/').map_or_else(String::new, |at| file.path[..=at].to_owned());
    if state.kind() == ScreenKind::Import {
        leave(state, call.effects);
    }
    state.push(&Route::Import(file), call.effects);
}

/// Asks what else is to be said beside the file that is looked at.
pub fn options(call: &mut Call) {
    let Screen::Import(screen) = call.state.screen() else { return };
    let line = format!("{} ", written(&screen.file));
    call.prompt(Prompt::new("prompt.import", Command::Import, line).completing());
}

/// The options of a file, as they are typed.
pub const OPTIONS: &[&str] = &["profile", "account", "number", "day", "until"];

/// Reads `FILE [--profile PROFILE] [--account CODE] [--number NUMBER] [--day DAY] [--until TIME]`.
fn local_file(line: &str) -> Option<LocalFile> {
    let (path, told) = typed_options(line.trim_end())?;
    let mut file = LocalFile { path, ..LocalFile::default() };
    for option in told {
        match option {
            ("profile", named) => file.profile = Some(named.to_owned()),
            ("account", code) => file.options.account = Some(code.parse().ok()?),
            ("number", number) => file.options.number = Some(number.to_owned()),
            ("day", day) => file.options.day = Some(period::parse_date(day).ok()?),
            ("until", time) => file.options.until = Some(time.to_owned()),
            _ => return None,
        }
    }
    (!file.path.is_empty()).then_some(file)
}

/// Returns a file as it is typed.
fn written(file: &LocalFile) -> String {
    let told = [
        file.profile.clone(),
        file.options.account.as_ref().map(ToString::to_string),
        file.options.number.clone(),
        file.options.day.map(|day| day.to_string()),
        file.options.until.clone(),
    ];
    let told = OPTIONS.iter().zip(told).filter_map(|(name, value)| Some(format!(" --{name} {}", value?)));
    std::iter::once(file.path.clone()).chain(told).collect()
}

/// Takes the file. Trades and vouchers of an older system can never be taken out again, so it asks before.
pub fn take(call: &mut Call) {
    let Screen::Import(screen) = call.state.screen() else { return };
    let Some(answer) = screen.new_file() else { return };
    let file = screen.file.clone();
    if answer.bill.is_some() || answer.account.is_some() {
        return call.import(file);
    }
    let (name, count) = (answer.file.clone(), usize::try_from(answer.rows).ok());
    let claims = (answer.contradicting > 0)
        .then(|| Message::new("import_screen.contradicting", Tone::Warn).with("n", answer.contradicting));
    let facts = claims.into_iter().collect();
    let yes = Decision::Import(Box::new(file));
    call.confirm(Confirm { name, count, facts, ..Confirm::new("confirm.take_file", yes) });
}

fn looked_at(state: &State) -> Result<&ImportScreen, Unavailable> {
    let Screen::Import(screen) = state.screen() else { return Err(Unavailable::Elsewhere) };
    ensure(screen.found.is_some(), Unavailable::Loading)?;
    Ok(screen)
}

pub fn can_take(state: &State) -> Availability {
    let screen = looked_at(state)?;
    ensure(screen.found.as_ref().is_some_and(Result::is_ok), Unavailable::FileRefused)?;
    ensure(screen.new_file().is_some(), Unavailable::FileKnown)
}

/// Takes the file in place of what stands; a reason is required.
pub fn supersede(call: &mut Call) {
    let Screen::Import(screen) = call.state.screen() else { return };
    let mut file = screen.file.clone();
    let Some(reason) = call.argument else {
        return call.prompt(Prompt::new("prompt.supersede", Command::Supersede, ""));
    };
    if reason.is_empty() {
        return call.refuse("why.reason");
    }
    file.options.supersede = Some(reason.to_owned());
    call.import(file);
}

pub fn can_supersede(state: &State) -> Availability {
    ensure(looked_at(state)?.may_supersede(), Unavailable::NothingToSupersede)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_as_on_the_command_line() {
        let plain = local_file(" my files/a bill.csv ").unwrap();
        assert_eq!(plain, LocalFile { path: "my files/a bill.csv".to_owned(), ..LocalFile::default() });
        let line = "a--b.csv --profile bank-icbc --account 1001 --day 2018-09-12 --until 18:00";
        let told = local_file(line).unwrap();
        assert_eq!((told.path.as_str(), told.profile.as_deref()), ("a--b.csv", Some("bank-icbc")));
        assert_eq!(told.options.account.as_ref().map(ToString::to_string).as_deref(), Some("1001"));
        assert_eq!(told.options.day, Some("2018-09-12".parse().unwrap()));
        assert_eq!(told.options.until.as_deref(), Some("18:00"));
        assert_eq!(written(&told), line, "it is shown as it was typed");
        for bad in ["", " --day 2018-09-12", "a.csv --day", "a.csv --day tomorrow", "a.csv --force yes"] {
            assert_eq!(local_file(bad), None, "{bad:?}");
        }
    }
}
