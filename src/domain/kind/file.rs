//! The file format of kinds of trades (`kinds.toml` of a template).

use super::{Arises, FIXED_NUMBERS, Kind, KindEvent, Kinds, Undoable};
use crate::domain::authored::{AuthoredError, FormReader, Span};
use crate::domain::event::{Event, in_circle};
use crate::domain::trade::{TradeKind, TradeStatus};
use serde::Deserialize;
use toml::Spanned;

/// Numbers for other events. A trade has at most three of them.
const FREE_NUMBERS: std::ops::RangeInclusive<i64> = 5..=7;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KindsForm {
    id: Spanned<String>,
    kind: Vec<Spanned<KindForm>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KindForm {
    code: Spanned<String>,
    name: Spanned<String>,
    name_en: Spanned<String>,
    money: Spanned<String>,
    #[serde(default)]
    parties: Vec<Spanned<String>>,
    #[serde(default)]
    undoes: Vec<Spanned<String>>,
    undoes_up_to: Option<Spanned<String>>,
    #[serde(default)]
    claimed_if_twice: bool,
    #[serde(default)]
    owed_if_short: bool,
    #[serde(default = "yes")]
    listed: bool,
    statement: Option<StatementForm>,
    #[serde(default)]
    event: Vec<Spanned<EventForm>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementForm {
    zh: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventForm {
    name: Spanned<String>,
    zh: Option<Spanned<String>>,
    en: Option<Spanned<String>>,
    arises: Option<Spanned<String>>,
    status: Option<Spanned<Vec<Spanned<String>>>>,
    after: Option<Spanned<String>>,
}

const fn yes() -> bool {
    true
}

impl Kinds {
    /// Reads a kind file; `before` are the kinds in force so far.
    ///
    /// # Errors
    /// Every mistake with its line and column: bad codes, words and names, duplicate kinds and events, a kind
    /// of `before` or an event of one that is missing, more events than a trade can have.
    pub fn parse(file: &str, text: &str, before: Option<&Self>) -> Result<Self, Vec<AuthoredError>> {
        let (mut reader, form) = FormReader::open::<KindsForm>(file, text)?;
        let codes: Vec<TradeKind> =
            form.kind.iter().filter_map(|kind| TradeKind::of_text(kind.get_ref().code.get_ref())).collect();
        let mut kinds: Vec<Kind> = Vec::new();
        let mut places = Vec::new();
        for kind in form.kind {
            let place = kind.span();
            let kind = kind.into_inner();
            let code_place = kind.code.span();
            let Some(kind) = read_kind(&mut reader, kind, &codes) else { continue };
            if kinds.iter().any(|known| known.code == kind.code) {
                reader.error(code_place, "kindfile.duplicate", &[("kind", &kind.code)]);
            }
            kinds.push(kind);
            places.push(place);
        }
        for missing in before.iter().flat_map(|before| before.codes()).filter(|code| !codes.contains(code)) {
            reader.error(0..0, "kindfile.kind_gone", &[("kind", &missing)]);
        }
        for (kind, place) in kinds.iter().zip(&places) {
            let known =
                before.and_then(|before| before.get(kind.code)).into_iter().flat_map(|kind| &kind.events);
            for gone in known.filter(|known| kind.event(known.event).is_none()) {
                let args: [(&str, &dyn std::fmt::Display); 2] =
                    [("kind", &kind.code), ("event", &gone.event)];
                reader.error(place.clone(), "kindfile.event_gone", &args);
            }
        }
        if kinds.is_empty() && reader.mistakes() == 0 {
            reader.error(0..0, "kindfile.empty", &[]);
        }
        let mut numbers = before.map(|before| before.numbers.clone()).unwrap_or_default();
        for (kind, place) in kinds.iter().zip(&places) {
            let order: Vec<_> = kind.events.iter().map(|known| (known.event, known.after)).collect();
            if let Some(event) = in_circle(&order) {
                let args: [(&str, &dyn std::fmt::Display); 2] = [("kind", &kind.code), ("event", &event)];
                reader.error(place.clone(), "kindfile.circle", &args);
            }
        }
        for (kind, place) in kinds.iter().zip(places) {
            number_events(&mut reader, &mut numbers, &kinds, kind, &place);
        }
        reader.close(Some(Self { id: form.id.into_inner(), all: kinds, numbers }))
    }
}

fn read_kind(reader: &mut FormReader<'_>, form: KindForm, codes: &[TradeKind]) -> Option<Kind> {
    let code = TradeKind::of_text(form.code.get_ref());
    if code.is_none() {
        reader.error(form.code.span(), "kindfile.bad_code", &[("code", form.code.get_ref())]);
    }
    for name in [&form.name, &form.name_en] {
        if name.get_ref().trim().is_empty() {
            reader.error(name.span(), "kindfile.empty_name", &[("kind", form.code.get_ref())]);
        }
    }
    let money = reader.word(&form.money);
    let parties = form.parties.iter().filter_map(|party| reader.word(party)).collect();
    let undoes = form
        .undoes
        .iter()
        .filter_map(|text| reader.one_of(text, TradeKind::WHAT, codes, TradeKind::of_text))
        .collect();
    let undoes_up_to = match &form.undoes_up_to {
        None => Some(Undoable::Rest),
        Some(text) => reader.word(text),
    };
    if form.event.is_empty() {
        reader.error(form.code.span(), "kindfile.no_event", &[("kind", form.code.get_ref())]);
    }
    let names: Vec<Event> =
        form.event.iter().filter_map(|event| Event::of_text(event.get_ref().name.get_ref())).collect();
    let mut events: Vec<KindEvent> = Vec::new();
    for event in form.event {
        let event = event.into_inner();
        let place = event.name.span();
        let Some(event) = read_event(reader, &event, &names) else { continue };
        if events.iter().any(|known| known.event == event.event) {
            reader.error(place, "kindfile.duplicate_event", &[("event", &event.event)]);
        }
        events.push(event);
    }
    let (name, name_en) = (form.name.into_inner(), form.name_en.into_inner());
    Some(Kind {
        code: code?,
        on_statement: form.statement.map_or_else(|| (name.clone(), name_en.clone()), |s| (s.zh, s.en)),
        name,
        name_en,
        money: money?,
        parties,
        undoes,
        undoes_up_to: undoes_up_to?,
        claimed_if_twice: form.claimed_if_twice,
        owed_if_short: form.owed_if_short,
        listed: form.listed,
        events,
    })
}

fn read_event(reader: &mut FormReader<'_>, form: &EventForm, names: &[Event]) -> Option<KindEvent> {
    let event = Event::of_text(form.name.get_ref());
    if event.is_none() {
        reader.error(form.name.span(), "kindfile.bad_code", &[("code", form.name.get_ref())]);
    }
    let arises = match &form.arises {
        None => Some(Arises::Trade),
        Some(text) => reader.word(text),
    };
    let status = match &form.status {
        None => vec![TradeStatus::Succeeded],
        Some(texts) => texts.get_ref().iter().filter_map(|text| reader.word(text)).collect(),
    };
    let after = match &form.after {
        None => Some(None),
        Some(text) => reader.one_of(text, Event::WHAT, names, Event::of_text).map(Some),
    };
    if let Some(text) = form.after.as_ref().filter(|_| after.flatten().is_some() && after.flatten() == event)
    {
        reader.error(text.span(), "kindfile.after_itself", &[("event", text.get_ref())]);
    }
    for name in [&form.zh, &form.en].into_iter().flatten().filter(|name| name.get_ref().trim().is_empty()) {
        reader.error(name.span(), "kindfile.empty_event_name", &[("event", form.name.get_ref())]);
    }
    let text = |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.get_ref().clone());
    // One name for both languages is better than a code.
    let (zh, en) = (text(&form.zh), text(&form.en));
    let name = match (zh, en) {
        (Some(zh), Some(en)) => Some((zh, en)),
        (Some(only), None) | (None, Some(only)) => Some((only.clone(), only)),
        (None, None) => None,
    };
    Some(KindEvent { event: event?, arises: arises?, status, after: after?, name })
}

/// Gives each event of a kind that has none yet a number that no other event of the kinds with it has.
fn number_events(
    reader: &mut FormReader<'_>,
    numbers: &mut Vec<(Event, i64)>,
    kinds: &[Kind],
    kind: &Kind,
    place: &Span,
) {
    let number = |numbers: &[(Event, i64)], event| {
        FIXED_NUMBERS.iter().chain(numbers).find(|(known, _)| *known == event).map(|(_, number)| *number)
    };
    for known in &kind.events {
        if number(numbers, known.event).is_some() {
            continue;
        }
        let neighbours = kinds.iter().filter(|other| other.event(known.event).is_some());
        let taken: Vec<i64> = neighbours
            .flat_map(|other| &other.events)
            .filter_map(|other| number(numbers, other.event))
            .collect();
        let Some(free) = FREE_NUMBERS.clone().find(|free| !taken.contains(free)) else {
            let args: [(&str, &dyn std::fmt::Display); 2] = [("kind", &kind.code), ("event", &known.event)];
            reader.error(place.clone(), "kindfile.too_many_events", &args);
            return;
        };
        numbers.push((known.event, free));
    }
    let mut seen: Vec<(Option<i64>, Event)> = Vec::new();
    for known in &kind.events {
        let number = number(numbers, known.event);
        // An event that is there twice is reported as that.
        let same = seen.iter().find(|(taken, event)| *taken == number && *event != known.event);
        if let Some((_, other)) = same {
            let args: [(&str, &dyn std::fmt::Display); 3] =
                [("kind", &kind.code), ("event", &known.event), ("other", other)];
            reader.error(place.clone(), "kindfile.events_apart", &args);
        }
        seen.push((number, known.event));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../assets/templates/cn-wallet/kinds.toml");

    fn kind(code: &str, events: &[&str]) -> String {
        let events: String =
            events.iter().map(|event| format!("\n[[kind.event]]\nname = \"{event}\"\n")).collect();
        format!("\n[[kind]]\ncode = \"{code}\"\nname = \"类\"\nname_en = \"kind\"\nmoney = \"in\"\n{events}")
    }

    #[test]
    fn the_shipped_kinds_are_those_that_the_program_names() {
        let kinds = Kinds::parse("default.toml", SHIPPED, None).unwrap();
        assert_eq!(kinds.codes().collect::<Vec<_>>(), TradeKind::NAMED);
        assert_eq!(kinds.get(TradeKind::SETTLEMENT).map(Kind::first_event), Some(Event::SETTLED));
        assert_eq!(kinds.get(TradeKind::REFUND).unwrap().comes_in(), Some(false));
    }

    #[test]
    fn events_of_one_kind_have_different_numbers_which_stay() {
        let text =
            format!("id = \"x\"\n{}{}", kind("a", &["captured", "first", "second"]), kind("b", &["other"]));
        let before = Kinds::parse("k.toml", &text, None).unwrap();
        let number = |kinds: &Kinds, name: &str| kinds.number(Event::of_text(name).unwrap());
        assert_eq!(
            ["captured", "first", "second", "other"].map(|n| number(&before, n)),
            [Some(1), Some(5), Some(6), Some(5)]
        );
        assert_eq!(before.event_numbered(TradeKind::of_text("b").unwrap(), 5), Event::of_text("other"));
        let more = format!("{text}{}", kind("c", &["other", "third", "first_of_c"]));
        let after = Kinds::parse("k.toml", &more, Some(&before)).unwrap();
        assert_eq!(number(&after, "second"), Some(6));
        assert_eq!(["other", "third", "first_of_c"].map(|n| number(&after, n)), [Some(5), Some(6), Some(7)]);
    }

    #[test]
    fn all_mistakes_are_told_together_with_the_nearest_word() {
        let text = "id = \"x\"\n[[kind]]\ncode = \"a\"\nname_en = \"kind\"\nmony = \"in\"\nundoes = [\"bv\"]\n\
                    [[kind]]\ncode = \"bb\"\nname = \"类\"\nname_en = \"kind\"\nmoney = \"inn\"\n  event = [{ name = 5 }]\n";
        let errors = Kinds::parse("k.toml", text, None).unwrap_err();
        let told: Vec<String> = errors
            .iter()
            .map(|e| format!("{}:{} {} {}", e.line, e.column, e.key, e.nearest.as_deref().unwrap_or("-")))
            .collect();
        assert_eq!(
            told,
            [
                "2:1 rulefile.missing_key -",
                "2:1 rulefile.missing_key -",
                "3:8 kindfile.no_event -",
                "5:1 rulefile.unknown_key money",
                "6:11 rulefile.bad_word bb",
                "11:9 rulefile.bad_word in",
                "12:21 rulefile.syntax -",
            ]
        );
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let good = format!("id = \"x\"\n{}", kind("a", &["captured"]));
        let cases = [
            (good.replace("\"a\"", "\"A b\""), 4, "kindfile.bad_code"),
            (good.replace("money = \"in\"", "money = \"inn\""), 7, "rulefile.bad_word"),
            (good.replace("\"类\"", "\" \""), 5, "kindfile.empty_name"),
            (format!("{good}{}", kind("a", &["captured"])), 13, "kindfile.duplicate"),
            (good.replace("money", "undoes = [\"b\"]\nmoney"), 7, "rulefile.bad_word"),
            (format!("{good}after = \"captured\"\n"), 11, "kindfile.after_itself"),
            (
                format!("{good}after = \"x\"\n[[kind.event]]\nname = \"x\"\nafter = \"captured\"\n"),
                3,
                "kindfile.circle",
            ),
            (format!("{good}arises = \"soon\"\n"), 11, "rulefile.bad_word"),
            (format!("id = \"x\"\n{}", kind("a", &["e1", "e2", "e3", "e4"])), 3, "kindfile.too_many_events"),
        ];
        for (text, line, key) in cases {
            let errors = Kinds::parse("k.toml", &text, None).unwrap_err();
            assert_eq!((errors[0].line, errors[0].key.as_str()), (line, key), "{text}\n{errors:?}");
        }
        let before = Kinds::parse("k.toml", &good, None).unwrap();
        let errors = Kinds::parse("k.toml", &good.replace("\"a\"", "\"b\""), Some(&before)).unwrap_err();
        assert_eq!(errors[0].key, "kindfile.kind_gone");
        let errors =
            Kinds::parse("k.toml", &good.replace("\"captured\"", "\"paid\""), Some(&before)).unwrap_err();
        assert_eq!((errors[0].line, errors[0].key.as_str()), (3, "kindfile.event_gone"));
    }
}
