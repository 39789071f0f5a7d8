//! Kinds of trades and their events, as a ledger's kind file lists them (`kinds.toml` of a template). Rules,
//! findings, the planner, imports and screens ask a kind what it is; none of them knows a kind by its name.

use super::authored::{AuthoredError, FormReader, Span};
use super::event::{Event, in_circle};
use super::rejection::Rejection;
use super::trade::{TradeKind, TradeStatus};
use super::vocabulary::vocabulary;
use serde::{Deserialize, Serialize};
use toml::Spanned;

vocabulary! {
    /// Which way the money of a kind of trade goes, seen from us.
    MoneyWay, "way of the money" {
        /// Comes in from the channel.
        In = "in",
        /// Goes out to the channel.
        Out = "out",
        /// Follows from the trade that it undoes.
        Either = "either",
        /// Stays with us: from one account to another.
        Within = "within",
    }
}

vocabulary! {
    /// A party of a trade.
    PartyFact, "party" {
        /// The customer.
        Customer = "customer",
        /// The merchant.
        Merchant = "merchant",
    }
}

vocabulary! {
    /// When an event of a trade comes to be.
    Arises, "origin of an event" {
        /// With the trade itself.
        Trade = "trade",
        /// When the trade is cleared (清分).
        Clearing = "clearing",
        /// When the money has moved (结算).
        Settlement = "settlement",
    }
}

vocabulary! {
    /// How much of a trade the trades that undo it may take back together.
    Undoable, "limit of what is undone" {
        /// What no other trade has undone yet.
        Rest = "rest",
        /// Any amount.
        Any = "any",
    }
}

/// An event that trades of a kind may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindEvent {
    /// The event.
    pub event: Event,
    /// When it comes to be.
    pub arises: Arises,
    /// States of the trade in which it is due, unless a rule says otherwise.
    pub status: Vec<TradeStatus>,
    /// The event that must be posted first, unless a rule says otherwise.
    pub after: Option<Event>,
    /// Its name, Chinese and English; `None` for the one that every ledger gives it, or its code.
    pub name: Option<(String, String)>,
}

/// A kind of trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    /// Its code.
    pub code: TradeKind,
    /// Its name.
    pub name: String,
    /// Its English name.
    pub name_en: String,
    /// Which way its money goes.
    pub money: MoneyWay,
    /// Parties that each trade of it names.
    pub parties: Vec<PartyFact>,
    /// Kinds of the trades that it undoes; empty for a kind that stands by itself.
    pub undoes: Vec<TradeKind>,
    /// How much of one trade may be undone.
    pub undoes_up_to: Undoable,
    /// Whether the channel can carry it out twice by mistake: then the second one is claimed from it.
    pub claimed_if_twice: bool,
    /// Whether the party owes what its account lacks for it.
    pub owed_if_short: bool,
    /// Whether channels list it in their statements.
    pub listed: bool,
    /// What a customer's statement calls it, Chinese and English.
    pub on_statement: (String, String),
    /// Its events in order; the first is the one that its posting status is about.
    pub events: Vec<KindEvent>,
}

/// The kinds of trades that a ledger knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kinds {
    id: String,
    all: Vec<Kind>,
    /// Events beside the four that every ledger knows, with their numbers.
    numbers: Vec<(Event, i64)>,
}

/// Numbers of the events that every ledger knows; a row of an event is eight times its trade's, plus this.
pub(crate) const FIXED_NUMBERS: [(Event, i64); 4] =
    [(Event::CAPTURED, 1), (Event::CLEARED, 2), (Event::SETTLED, 3), (Event::REFUNDED, 4)];

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

/// Returns the number of one of the four events that every ledger knows.
pub(crate) fn fixed_number(event: Event) -> Option<i64> {
    FIXED_NUMBERS.iter().find(|(known, _)| *known == event).map(|(_, number)| *number)
}

const fn yes() -> bool {
    true
}

impl Kind {
    /// Returns whether money comes in from the channel; `None` if that does not follow from the kind alone.
    #[must_use]
    pub const fn comes_in(&self) -> Option<bool> {
        match self.money {
            MoneyWay::In => Some(true),
            MoneyWay::Out => Some(false),
            MoneyWay::Either | MoneyWay::Within => None,
        }
    }

    /// Returns whether its trades undo other trades.
    #[must_use]
    pub fn undoes_another(&self) -> bool {
        !self.undoes.is_empty()
    }

    /// Returns what a customer's statement calls it, in Chinese or in English.
    #[must_use]
    pub fn on_statement(&self, chinese: bool) -> &str {
        let (zh, en) = &self.on_statement;
        if chinese { zh } else { en }
    }

    /// Returns the event that the posting status of its trades is about.
    #[must_use]
    pub fn first_event(&self) -> Event {
        self.events.first().map_or(Event::CAPTURED, |first| first.event)
    }

    /// Returns what is said about one of its events.
    #[must_use]
    pub fn event(&self, event: Event) -> Option<&KindEvent> {
        self.events.iter().find(|known| known.event == event)
    }

    /// Returns the events that come to be with the trade itself.
    pub fn events_of_trade(&self) -> impl Iterator<Item = Event> {
        self.events.iter().filter(|known| known.arises == Arises::Trade).map(|known| known.event)
    }
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

    /// Name of the file's set.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The kinds, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Kind] {
        &self.all
    }

    /// Returns every code.
    pub fn codes(&self) -> impl Iterator<Item = TradeKind> {
        self.all.iter().map(|kind| kind.code)
    }

    /// Returns the kinds that a file of trades may bring. A counter trade comes only from a case; what another
    /// system did to undo a trade has a kind of its own.
    pub fn in_files(&self) -> impl Iterator<Item = TradeKind> {
        self.codes().filter(|kind| *kind != TradeKind::COUNTER)
    }

    /// Returns the parties that each trade of a kind names.
    pub fn parties(&self) -> impl Iterator<Item = (TradeKind, PartyFact)> {
        self.all.iter().flat_map(|kind| kind.parties.iter().map(|party| (kind.code, *party)))
    }

    /// Returns a kind; `None` if the ledger does not know it.
    #[must_use]
    pub fn get(&self, code: TradeKind) -> Option<&Kind> {
        self.all.iter().find(|kind| kind.code == code)
    }

    /// Reads the code of a kind that the ledger knows.
    ///
    /// # Errors
    /// [`Code::BadValue`](super::rejection::Code::BadValue) with the known codes and the nearest.
    pub fn read(&self, text: &str) -> Result<&Kind, Rejection> {
        let kind = TradeKind::of_text(text).and_then(|code| self.get(code));
        kind.ok_or_else(|| TradeKind::unknown(text, self.codes()))
    }

    /// Reads an event that some kind has.
    ///
    /// # Errors
    /// [`Code::BadValue`](super::rejection::Code::BadValue) with the known events and the nearest.
    pub fn read_event(&self, text: &str) -> Result<Event, Rejection> {
        let event = Event::of_text(text).filter(|event| self.number(*event).is_some());
        event.ok_or_else(|| Event::unknown(text, self.events()))
    }

    /// Returns every event of any kind, each once, in the order of the file.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for known in self.all.iter().flat_map(|kind| &kind.events) {
            if !events.contains(&known.event) {
                events.push(known.event);
            }
        }
        events
    }

    /// Returns the name of an event, Chinese and English, as the first kind that names it has it.
    #[must_use]
    pub fn event_name(&self, event: Event) -> Option<(&str, &str)> {
        let events = self.all.iter().filter_map(|kind| kind.event(event));
        events.filter_map(|known| known.name.as_ref()).map(|(zh, en)| (zh.as_str(), en.as_str())).next()
    }

    /// Returns the number of an event within its trade; `None` if no kind has the event.
    #[must_use]
    pub fn number(&self, event: Event) -> Option<i64> {
        FIXED_NUMBERS
            .iter()
            .chain(&self.numbers)
            .find(|(known, _)| *known == event)
            .map(|(_, number)| *number)
    }

    /// Returns the event of a kind's trade that has this number.
    #[must_use]
    pub fn event_numbered(&self, kind: TradeKind, number: i64) -> Option<Event> {
        if let Some((event, _)) = FIXED_NUMBERS.iter().find(|(_, known)| *known == number) {
            return Some(*event);
        }
        let kind = self.get(kind)?;
        kind.events.iter().map(|known| known.event).find(|event| self.number(*event) == Some(number))
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

    const SHIPPED: &str = include_str!("../../assets/templates/cn-wallet/kinds.toml");

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
