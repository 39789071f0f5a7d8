//! Steps as an operator writes them on the workstation's line, and the usage that it shows.

use crate::app::message::{Message, Tone};
use crate::i18n::{self, Lang};
use crate::protocol::steps::{SYNTAXES, StepRequest};
use crate::protocol::syntax::{Argument, Given, Syntax, Takes};

/// Reads a step: the verb in English or Chinese, then its arguments. Options are written as on the command
/// line (`--fee 0.60`); a value whose argument allows it also without its name (`reverse J00001 red`).
///
/// # Errors
/// How the step is written, or which steps there are.
pub fn step_request(line: &str, lang: Lang) -> Result<StepRequest, Message> {
    let mut words = line.split_whitespace();
    let verb = words.next().unwrap_or_default();
    let Some(syntax) = SYNTAXES.iter().find(|syntax| syntax.is_called(verb)) else {
        let verbs: Vec<&str> = SYNTAXES.iter().map(|syntax| syntax.kind.as_str()).collect();
        return Err(not_a_step(&verbs.join(" · ")));
    };
    let given = given(syntax, &words.collect::<Vec<_>>());
    given.and_then(|given| syntax.read(&given).ok()).ok_or_else(|| not_a_step(&usage(syntax, true, lang)))
}

fn not_a_step(usage: &str) -> Message {
    Message::new("why.step", Tone::Warn).with("usage", usage)
}

/// Returns the usage of every kind of step in short, for the line's explanation.
#[must_use]
pub fn usages(lang: Lang) -> String {
    SYNTAXES.iter().map(|syntax| usage(syntax, false, lang)).collect::<Vec<_>>().join(" · ")
}

/// Returns the values among the words after the verb; `None` if a word fits no argument.
fn given(syntax: &Syntax<StepRequest>, words: &[&str]) -> Option<Given> {
    let mut given = Given::default();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let named = word.strip_prefix("--");
        let argument = match named {
            Some(name) => syntax.option(name),
            None => syntax.arguments.iter().find(|argument| takes_bare(argument, word, &given)),
        }?;
        let first = match (named, argument.takes) {
            (Some(_), Takes::Nothing) => "",
            (Some(_), _) => words.next()?,
            (None, _) => word,
        };
        let value = match argument.takes {
            Takes::Text => std::iter::once(first).chain(words.by_ref()).collect::<Vec<_>>().join(" "),
            _ => first.to_owned(),
        };
        if !has_room(argument, &given) || argument.check(&value).is_err() {
            return None;
        }
        given.add(argument, value);
    }
    Some(given)
}

fn takes_bare(argument: &Argument, word: &str, given: &Given) -> bool {
    let excluded = argument.excludes.is_some_and(|other| given.has(other));
    argument.is_bare && has_room(argument, given) && !excluded && argument.check(word).is_ok()
}

fn has_room(argument: &Argument, given: &Given) -> bool {
    argument.takes == Takes::Many || !given.has(argument.id)
}

/// Returns how a step is written: what may stand without its name, and with `all` the options too.
fn usage(syntax: &Syntax<StepRequest>, all: bool, lang: Lang) -> String {
    let is_shown = |argument: &&Argument| argument.excludes.is_none() && (all || argument.is_bare);
    let mut words = vec![syntax.kind.as_str().to_owned()];
    words.extend(syntax.arguments.iter().filter(is_shown).map(|argument| written(syntax, argument, lang)));
    words.join(" ")
}

/// Returns an argument as a usage shows it, with its alternative.
fn written(syntax: &Syntax<StepRequest>, argument: &Argument, lang: Lang) -> String {
    let placeholder = |argument: &Argument| {
        if argument.words.is_empty() {
            i18n::word(lang, &format!("placeholder.{}", argument.value))
        } else {
            argument.words.join("|")
        }
    };
    let option = argument.option.unwrap_or_default();
    let mut text = match (argument.is_bare, argument.takes) {
        (true, _) => placeholder(argument),
        (false, Takes::Nothing) => format!("--{option}"),
        (false, _) => format!("--{option} {}", placeholder(argument)),
    };
    if let Some(other) = syntax.arguments.iter().find(|other| other.excludes == Some(argument.id)) {
        text = format!("{text}|{}", placeholder(other));
    }
    let more = if argument.takes == Takes::Many { " …" } else { "" };
    if argument.is_required { text } else { format!("[{text}{more}]") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Event;
    use crate::domain::step::StepKind;
    use crate::domain::trade::TradeStatus;
    use crate::domain::voucher::Mode;
    use crate::protocol::steps;

    fn read(line: &str) -> Result<StepRequest, Message> {
        step_request(line, Lang::En)
    }

    #[test]
    fn steps_are_read_in_either_language_and_nonsense_is_refused() {
        let reverse = read("reverse J00001 red").unwrap();
        assert!(matches!(reverse, StepRequest::Reverse(steps::Reverse { mode: Some(Mode::Red), .. })));
        assert_eq!(read("冲销 J00001 red").unwrap(), reverse);
        let StepRequest::Repost(steps::Repost { event, set, .. }) =
            read("repost T0002 cleared merchant=M2").unwrap()
        else {
            panic!()
        };
        assert_eq!(event, Some(Event::CLEARED));
        assert_eq!(set, [("merchant".to_owned(), "M2".to_owned())]);
        let parked = read("park BANK/B500").unwrap();
        assert!(
            matches!(&parked, StepRequest::ParkLine(steps::ParkLine { line: Some(line), .. }) if line.to_string() == "BANK/B500")
        );
        assert_eq!(read("挂账 BANK/B500").unwrap(), parked);
        assert!(matches!(read("park T0003").unwrap(), StepRequest::Park(_)));
        assert_eq!(read("unpark V00001 2001.A").unwrap(), read("销账 V00001 2001.A").unwrap());
        assert_eq!(
            read("counter T1 5.00 paid in error").unwrap(),
            read("反交易 T1 5.00 paid in error").unwrap()
        );
        assert!(matches!(read("stub WECHAT/R0").unwrap(), StepRequest::Stub(_)));
        for bad in [
            "unpark V00001",
            "stub T0001",
            "",
            "reverse",
            "reverse J1 sideways",
            "repost T1 Customer",
            "delete J1",
        ] {
            assert_eq!(read(bad).unwrap_err().key, "why.step", "{bad:?}");
        }
    }

    #[test]
    fn every_kind_is_read_and_explained() {
        let kinds: Vec<StepKind> = SYNTAXES.iter().map(|syntax| syntax.kind).collect();
        // A journal comes from a file, not from a line.
        let typed = |kind: &&StepKind| **kind != StepKind::Journal;
        assert!(StepKind::ALL.iter().filter(typed).all(|kind| kinds.contains(kind)), "{kinds:?}");
        let lines = [
            "reverse J00001",
            "repost T1",
            "supplement T1 cleared",
            "adjust T1 --debit 6401=0.60 --credit 1101.WECHAT=0.60 --red --aside",
            "park T1 captured --instead-of 2001.A",
            "record WECHAT R1 T9 refund --customer A --because the shop sent a copy",
            "counter T1 5.00 --fee -0.03 --because paid in error",
            "stub WECHAT/R0",
            "unpark V00001 2001.A --by BANK/B500",
            "status T1 failed",
            "dismiss T1 amount --because the list was a draft",
            "statement 2 withdrawn --because of another company",
        ];
        for line in lines {
            let verb = line.split(' ').next().unwrap();
            assert_eq!(read(line).unwrap().kind().as_str(), verb, "{line}");
        }
        for syntax in SYNTAXES {
            let why = step_request(syntax.kind.as_str(), Lang::Zh).unwrap_err().text(Lang::Zh);
            assert!(why.contains(&usage(syntax, true, Lang::Zh)), "a verb alone is explained: {why}");
            assert!(!why.contains("placeholder"), "{why}");
        }
        for (lang, name) in [(Lang::En, "VOUCHER"), (Lang::Zh, "凭证")] {
            let usages = usages(lang);
            assert!(kinds.iter().all(|kind| usages.contains(kind.as_str())), "{usages}");
            assert!(usages.contains(name) && !usages.contains("placeholder"), "{usages}");
        }
    }

    #[test]
    fn options_are_read_by_name_as_on_the_command_line() {
        let StepRequest::Counter(counter) = read("counter T1 --ref R1 --because it was 测试 twice").unwrap()
        else {
            panic!()
        };
        assert_eq!((counter.evidence.unwrap().as_str(), counter.amount), ("R1", None));
        assert_eq!(counter.because.as_deref(), Some("it was 测试 twice"));
        let StepRequest::Adjust(adjust) = read("adjust T1 --credit 2001.A=1 --debit 1101=1").unwrap() else {
            panic!()
        };
        let accounts: Vec<&str> = adjust.lines.iter().map(|line| line.account.as_str()).collect();
        assert_eq!(accounts, ["1101", "2001.A"], "debits come first");
        let StepRequest::Status(status) = read("更正状态 T1 succeeded").unwrap() else { panic!() };
        assert_eq!(status.status, TradeStatus::Succeeded);
        for bad in [
            "reverse J1 --mode",
            "reverse J1 --mode red blue",
            "status T1 gone",
            "park BANK/B500 captured",
            "park --line BANK/B500 --event captured",
            "adjust T1 --debit 1101",
            "adjust T1 1101=1",
            "record WECHAT R1 T9",
        ] {
            let why = read(bad).unwrap_err();
            let verb = bad.split(' ').next().unwrap();
            assert!(why.text(Lang::En).contains(&format!("{verb} ")), "{bad}: {}", why.text(Lang::En));
        }
        let why = read("delete J1").unwrap_err().text(Lang::En);
        let typed = |kind: &&StepKind| **kind != StepKind::Journal;
        assert!(StepKind::ALL.iter().filter(typed).all(|kind| why.contains(kind.as_str())), "{why}");
    }
}
