//! The file format of kinds of trades (`kinds.toml` of a template).

use super::{Arises, FIXED_NUMBERS, Kind, KindEvent, KindField, KindScope, Kinds, Undoable};
use crate::domain::authored::{AuthoredError, FormReader, Span};
use crate::domain::event::{Event, in_circle};
use crate::domain::field_change::FieldChange;
use crate::domain::trade::{TradeKind, TradeStatus};
use serde::Deserialize;
use std::fmt::Display;
use toml::Spanned;

/// Numbers for other events. A trade has at most three of them.
const FREE_NUMBERS: std::ops::RangeInclusive<i64> = 5..=7;

/// A list of words.
type Words = Spanned<Vec<Spanned<String>>>;

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
    parties: Option<Words>,
    undoes: Option<Words>,
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
    status: Option<Words>,
    after: Option<Spanned<String>>,
}

/// Where a kind is in its file.
struct KindPlaces {
    /// The whole kind.
    kind: Span,
    /// Its code; the place of a field that is left out.
    code: Span,
    money: Span,
    parties: Option<Span>,
    undoes: Option<Span>,
    undoes_up_to: Option<Span>,
    events: Vec<EventPlaces>,
}

/// Where an event of a kind is in its file.
struct EventPlaces {
    event: Option<Event>,
    name: Span,
    arises: Option<Span>,
}

const fn yes() -> bool {
    true
}

impl Kinds {
    /// Reads a kind file; `before` are the kinds in force so far.
    ///
    /// # Errors
    /// As [`Kinds::check`], for kinds without trades.
    pub fn parse(file: &str, text: &str, before: Option<&Self>) -> Result<Self, Vec<AuthoredError>> {
        Self::check(file, text, KindScope { before, ..KindScope::default() })
    }

    /// Reads a kind file and checks it against the kinds in force so far and their trades.
    ///
    /// # Errors
    /// Every mistake with its line and column: bad codes, words and names, duplicate kinds and events, a kind
    /// in force or an event of one that is missing, more events than a trade can have, another meaning of a
    /// kind that has trades.
    pub fn check(file: &str, text: &str, scope: KindScope<'_>) -> Result<Self, Vec<AuthoredError>> {
        let before = scope.before;
        let (mut reader, form) = FormReader::open::<KindsForm>(file, text)?;
        let codes: Vec<TradeKind> =
            form.kind.iter().filter_map(|kind| TradeKind::of_text(kind.get_ref().code.get_ref())).collect();
        let mut kinds: Vec<Kind> = Vec::new();
        let mut places = Vec::new();
        for kind in form.kind {
            let place = KindPlaces::of(&kind);
            let Some(kind) = read_kind(&mut reader, kind.into_inner(), &codes) else { continue };
            if kinds.iter().any(|known| known.code == kind.code) {
                reader.error(place.code.clone(), "kindfile.duplicate", &[("kind", &kind.code)]);
            }
            check_meaning(&mut reader, &kind, &place, scope);
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
                let args: [(&str, &dyn Display); 2] = [("kind", &kind.code), ("event", &gone.event)];
                reader.error(place.kind.clone(), "kindfile.event_gone", &args);
            }
        }
        if kinds.is_empty() && reader.mistakes() == 0 {
            reader.error(0..0, "kindfile.empty", &[]);
        }
        let mut numbers = before.map(|before| before.numbers.clone()).unwrap_or_default();
        for (kind, place) in kinds.iter().zip(&places) {
            let order: Vec<_> = kind.events.iter().map(|known| (known.event, known.after)).collect();
            if let Some(event) = in_circle(&order) {
                let args: [(&str, &dyn Display); 2] = [("kind", &kind.code), ("event", &event)];
                reader.error(place.kind.clone(), "kindfile.circle", &args);
            }
        }
        for (kind, place) in kinds.iter().zip(places) {
            number_events(&mut reader, &mut numbers, &kinds, kind, &place.kind);
        }
        reader.close(Some(Self { id: form.id.into_inner(), all: kinds, numbers }))
    }
}

impl KindPlaces {
    fn of(kind: &Spanned<KindForm>) -> Self {
        let form = kind.get_ref();
        let event = |event: &Spanned<EventForm>| {
            let event = event.get_ref();
            EventPlaces {
                event: Event::of_text(event.name.get_ref()),
                name: event.name.span(),
                arises: event.arises.as_ref().map(Spanned::span),
            }
        };
        Self {
            kind: kind.span(),
            code: form.code.span(),
            money: form.money.span(),
            parties: form.parties.as_ref().map(Spanned::span),
            undoes: form.undoes.as_ref().map(Spanned::span),
            undoes_up_to: form.undoes_up_to.as_ref().map(Spanned::span),
            events: form.event.iter().map(event).collect(),
        }
    }

    /// Returns the place of a changed field, or of what it belongs to if the field is left out.
    fn of_change(&self, change: &FieldChange<KindField>) -> Span {
        let event = self.events.iter().find(|known| change.event.is_some() && known.event == change.event);
        let field = match change.field {
            KindField::Money => Some(&self.money),
            KindField::Parties => self.parties.as_ref(),
            KindField::Undoes => self.undoes.as_ref(),
            KindField::UndoesUpTo => self.undoes_up_to.as_ref(),
            KindField::FirstEvent => self.events.first().map(|first| &first.name),
            KindField::Arises => event.and_then(|event| event.arises.as_ref()),
            _ => None,
        };
        field.or_else(|| event.map(|event| &event.name)).unwrap_or(&self.code).clone()
    }
}

/// Checks that a kind with trades means what it did.
fn check_meaning(reader: &mut FormReader<'_>, kind: &Kind, places: &KindPlaces, scope: KindScope<'_>) {
    let trades = scope.trades.iter().find(|(code, _)| *code == kind.code);
    let before = scope.before.and_then(|before| before.get(kind.code));
    let (Some((_, trades)), Some(before)) = (trades, before) else { return };
    for change in kind.changes_from(before).iter().filter(|change| change.field.is_meaning()) {
        // Only a list has no value: it is empty.
        let [was, will_be] = [&change.was, &change.will_be].map(|value| value.as_deref().unwrap_or("[]"));
        let mut args: Vec<(&str, &dyn Display)> = vec![
            ("kind", &kind.code),
            ("field", &change.field),
            ("was", &was),
            ("will_be", &will_be),
            ("trades", trades),
        ];
        args.extend(change.event.as_ref().map(|event| ("event", event as &dyn Display)));
        reader.error(places.of_change(change), "kindfile.meaning_changes", &args);
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
    let parties = words(form.parties.as_ref()).filter_map(|party| reader.word(party)).collect();
    let undoes = words(form.undoes.as_ref())
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

/// Returns the words of a list that may be left out.
fn words(list: Option<&Words>) -> impl Iterator<Item = &Spanned<String>> {
    list.into_iter().flat_map(Spanned::get_ref)
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
            let args: [(&str, &dyn Display); 2] = [("kind", &kind.code), ("event", &known.event)];
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
            let args: [(&str, &dyn Display); 3] =
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

    #[test]
    fn a_kind_with_trades_keeps_its_meaning_and_each_change_is_told_at_its_field() {
        let meaning = "money = \"in\"\nparties = [\"customer\"]\n";
        let good = format!("id = \"x\"\n{}{}", kind("a", &["captured", "rate"]), kind("b", &["captured"]))
            .replacen("money = \"in\"\n", meaning, 1);
        let before = Kinds::parse("k.toml", &good, None).unwrap();
        let check = |text: &str, code: &str| {
            let trades = [(TradeKind::of_text(code).unwrap(), 7)];
            Kinds::check("k.toml", text, KindScope { before: Some(&before), trades: &trades })
        };
        let text = good
            .replacen(meaning, "money = \"out\"\nundoes = [\"b\"]\nundoes_up_to = \"any\"\n", 1)
            .replacen("name = \"rate\"\n", "name = \"rate\"\narises = \"clearing\"\n", 1)
            .replacen("name = \"captured\"", "name = \"early\"\n\n[[kind.event]]\nname = \"captured\"", 1);
        let errors = check(&text, "a").unwrap_err();
        let told: Vec<String> = errors
            .iter()
            .map(|e| {
                let arg = |name| e.arg(name).unwrap_or("-");
                let facts = ["kind", "event", "field", "was", "will_be", "trades"].map(arg).join(" ");
                format!("{}:{} {} {facts}", e.line, e.column, e.key)
            })
            .collect();
        assert_eq!(
            told,
            [
                "4:8 kindfile.meaning_changes a - parties customer [] 7",
                "7:9 kindfile.meaning_changes a - money in out 7",
                "8:10 kindfile.meaning_changes a - undoes [] b 7",
                "9:16 kindfile.meaning_changes a - undoes_up_to rest any 7",
                "12:8 kindfile.meaning_changes a - first_event captured early 7",
                "19:10 kindfile.meaning_changes a rate arises trade clearing 7",
            ]
        );
        assert!(check(&text, "b").is_ok(), "the other kind's trades do not matter");
        let back = text.replace("arises = \"clearing\"\n", "");
        let before = Kinds::parse("k.toml", &text, Some(&before)).unwrap();
        let trades = [(TradeKind::of_text("a").unwrap(), 1)];
        let errors =
            Kinds::check("k.toml", &back, KindScope { before: Some(&before), trades: &trades }).unwrap_err();
        assert_eq!(
            (errors[0].line, errors[0].column, errors.len()),
            (18, 8, 1),
            "left out: at the event's name"
        );
        // Additions, names, flags and when an event is due.
        let more = good
            .replacen("name_en = \"kind\"", "name_en = \"sort\"\nlisted = false\nowed_if_short = true", 1)
            .replacen("name = \"rate\"", "name = \"rate\"\nafter = \"captured\"\nstatus = [\"processing\"]\n\n[[kind.event]]\nname = \"more\"", 1);
        assert!(check(&format!("{more}{}", kind("c", &["captured"])), "a").is_ok());
    }
}
