//! What the choice between ledgers looks like.

use super::desk::operator;
use super::pictures::{SIZES, shown};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use storno::app::{Keymap, NamedLedger, Picker, PickerAction, ThemeName};
use storno::config::Colour;
use storno::domain::rejection::{Code, Rejection};
use storno::i18n::Lang;
use storno::protocol::refusal::Refusal;
use storno::ui::render_picker;

/// Three ledgers of a configuration.
fn picker(lang: Lang) -> Picker {
    let named = |name: &str, address: &str, role: Option<&str>| NamedLedger {
        name: name.to_owned(),
        address: address.to_owned(),
        role: role.map(str::to_owned),
        read_only: false,
        colour: None,
        last_head: None,
    };
    let ledgers = vec![
        NamedLedger {
            colour: Some(Colour::Magenta),
            last_head: Some(4_000_123),
            ..named("books", "ssh://ops@books.example/srv/ledgers/books.db", Some("prod"))
        },
        NamedLedger {
            read_only: true,
            ..named("branch", "rqlite://a.example:4001,b.example:4001", Some("test"))
        },
        named("here", "day.db", None),
    ];
    let operator = operator("op1");
    Picker::new(operator, lang, ThemeName::Mono, Keymap::shipped().unwrap(), ledgers)
}

/// The choice between ledgers as it is drawn.
fn choice(picker: &Picker, size: (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| render_picker(picker, frame)).unwrap();
    shown(terminal.backend().buffer())
}

#[test]
fn pictures_of_the_choice_between_ledgers() {
    for size in SIZES {
        for lang in [Lang::En, Lang::Zh] {
            let plain = picker(lang);
            let mut opening = plain.clone();
            opening.open("branch");
            opening.update(PickerAction::Tick(4_000));
            let mut failed = plain.clone();
            failed.open("books");
            let args = ["host", "program", "detail"].map(|name| {
                let value = match name {
                    "host" => "books.example",
                    "program" => "storno",
                    _ => "Host key verification failed.",
                };
                (name.to_owned(), value.to_owned())
            });
            failed.update(PickerAction::Failed(
                1,
                Refusal::Fault { code: "STORNO-SSH-HOST-KEY".to_owned(), args: args.to_vec() },
            ));
            for (name, one) in [("picker", plain), ("picker_opening", opening), ("picker_failed", failed)] {
                let file = format!("{name}-{}x{}-{}", size.0, size.1, lang.tag());
                insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                    insta::assert_snapshot!(file, choice(&one, *size));
                });
            }
        }
    }
}

#[test]
fn no_size_makes_the_choice_fall_over() {
    let mut picker = picker(Lang::Zh);
    picker.open("books");
    picker.update(PickerAction::Failed(1, Rejection::new(Code::NotFound).into()));
    for columns in (1..=130).step_by(3) {
        for rows in 1..=40 {
            choice(&picker, (columns, rows));
        }
    }
}
