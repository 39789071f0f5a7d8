//! What should be booked: the rules and the calendar applied to a trade as it is known now.

use crate::domain::amendment::AmendableFact;
use crate::domain::calendar::{Calendar, Verdict, limited_minor};
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::money::Money;
use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::{Expected, Facts, Rule, RuleBook, RuleSet};
use crate::domain::trade::{Channel, Trade, TradeKind, TradeStatus};
use crate::domain::undoing::{Contradiction, HeldFact};
use crate::domain::vocabulary::Vocabulary;

/// Whether an event is to be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// It is due.
    Yes,
    /// It is not due, and why.
    No(NotDue),
    /// Its payment waits for a service window.
    Waiting {
        /// The system.
        system: Channel,
        /// When the window that can take it ends.
        until: Moment,
    },
    /// The window that could have taken its payment is over.
    Late {
        /// When it ended.
        ended: Moment,
    },
    /// Its payment is above the system's limit.
    OverLimit {
        /// The system.
        system: Channel,
        /// The limit, minor units.
        limit_minor: i64,
        /// A system that would take it.
        suggestion: Option<Channel>,
    },
}

/// Why an event is not to be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotDue {
    /// It happens later.
    Future,
    /// No rule posts this event of this kind of trade.
    NoRule {
        /// Kind of the trade.
        kind: TradeKind,
        /// The event.
        event: Event,
    },
    /// The trade has a status in which the rule books nothing.
    Status(TradeStatus),
    /// Another event must be booked first.
    Prior(Event),
    /// It contradicts the trade that it goes back on.
    Contradicts(Contradiction),
    /// The rule books no line, because nothing of the trade is paid.
    Nothing,
}

impl Due {
    /// Returns true if nothing may be booked for the event, whatever happens later in the books.
    #[must_use]
    pub const fn forbids(&self) -> bool {
        matches!(self, Self::No(NotDue::Status(_) | NotDue::Nothing))
    }
}

impl NotDue {
    /// Returns the reason as a note: its text key and facts.
    #[must_use]
    pub fn note(&self) -> Note {
        match self {
            Self::Future => Note::new("due.future"),
            Self::NoRule { kind, event } => Note::new("due.no_rule").with("kind", kind).with("event", event),
            Self::Status(status) => Note::new("due.status").with("status", status),
            Self::Prior(prior) => Note::new("due.prior").with("prior", prior),
            Self::Contradicts(contradiction) => contradiction_note(contradiction),
            Self::Nothing => Note::new("due.nothing"),
        }
    }
}

/// Returns how a trade contradicts the one that it goes back on, as a note.
#[must_use]
pub fn contradiction_note(contradiction: &Contradiction) -> Note {
    match contradiction {
        Contradiction::Status { original, status } => {
            Note::new("due.undoes_unsuccessful").with("original", original).with("status", status)
        }
        Contradiction::Refused { original } => Note::new("due.undoes_refused").with("original", original),
        Contradiction::Fact { original, fact, theirs, ours } => {
            let shown = |value: &String| if value.is_empty() { "–".to_owned() } else { value.clone() };
            let key = match fact {
                HeldFact::Merchant => "due.undoes_merchant",
                HeldFact::Customer => "due.undoes_customer",
                HeldFact::Channel => "due.undoes_channel",
                HeldFact::Currency => "due.undoes_currency",
            };
            Note::new(key).with("original", original).with("there", shown(theirs)).with("here", shown(ours))
        }
        Contradiction::TooMuch { original, left_minor, currency } => Note::new("due.undoes_too_much")
            .with("original", original)
            .with("left", Money::new(*left_minor, *currency).grouped()),
    }
}

/// Returns from when time alone may make another answer of `due`: the trade happens, or the session that takes it
/// is over with its grace. `None` if it cannot.
#[must_use]
pub fn changes(calendar: &Calendar, facts: &Facts<'_>, occurred_at: Moment, due: &Due) -> Option<Moment> {
    match due {
        Due::No(NotDue::Future) => Some(occurred_at),
        Due::Yes | Due::Waiting { .. } if facts.status == TradeStatus::Processing => {
            let limited = limited_minor(Money::new(facts.amount_minor, facts.currency));
            Some(calendar.late_from(facts.channel, limited, occurred_at))
        }
        _ => None,
    }
}

/// Returns the facts of a trade with its current status and its corrections applied.
///
/// # Errors
/// [`Code::BadValue`] if a stored correction is not valid.
pub fn facts_of<'t>(
    trade: &'t Trade,
    status: TradeStatus,
    amendments: &[(String, String)],
) -> Result<Facts<'t>, Rejection> {
    let mut facts = Facts::from(trade);
    facts.status = status;
    for (stored, value) in amendments {
        let fact = AmendableFact::of_stored(stored).ok_or_else(|| {
            Rejection::new(Code::BadValue)
                .with("what", AmendableFact::WHAT)
                .with("value", stored.escape_debug())
                .with("allowed", AmendableFact::allowed())
        })?;
        apply_correction(&mut facts, fact, value)?;
    }
    Ok(facts)
}

/// Applies one stored correction to the facts; amounts are stored in minor units.
///
/// # Errors
/// [`Code::BadValue`] if it is not valid.
pub fn apply_correction(facts: &mut Facts<'_>, fact: AmendableFact, value: &str) -> Result<(), Rejection> {
    match fact {
        AmendableFact::Amount | AmendableFact::Fee | AmendableFact::MerchantDiscount => {
            let minor = value.parse().map_err(|_| {
                Rejection::new(Code::BadValue).with("what", fact.stored()).with("value", value)
            })?;
            facts.set(fact, &Money::new(minor, facts.currency).to_string())
        }
        _ => facts.set(fact, value),
    }
}

/// Returns the rule set and rule for an event of a trade.
#[must_use]
pub fn rule<'d>(rules: &'d RuleBook, facts: &Facts<'_>, event: Event) -> Option<(&'d RuleSet, &'d Rule)> {
    let set = rules.in_force(facts.rule_date())?;
    set.rule_for(facts, event).map(|rule| (set, rule))
}

/// Returns the lines that should be booked for an event.
///
/// # Errors
/// [`Code::NoRule`] if no rule applies, [`Code::RuleFailed`] if its computation fails.
pub fn expected(rules: &RuleBook, facts: &Facts<'_>, event: Event) -> Result<Expected, Rejection> {
    let (set, rule) = rule(rules, facts, event)
        .ok_or_else(|| Rejection::new(Code::NoRule).with("trade", &facts.trade_no).with("event", event))?;
    rule.lines(set, facts)
}

/// Returns whether an event is to be booked at `now`; `is_booked` says whether another event of the trade is.
#[must_use]
pub fn due(
    (rules, calendar): (&RuleBook, &Calendar),
    facts: &Facts<'_>,
    occurred_at: Moment,
    event: Event,
    now: Moment,
    is_booked: impl Fn(Event) -> bool,
) -> Due {
    if occurred_at > now {
        return Due::No(NotDue::Future);
    }
    let Some((set, rule)) = rule(rules, facts, event) else {
        return Due::No(NotDue::NoRule { kind: facts.kind, event });
    };
    if !rule.is_due_status(facts.status) {
        return Due::No(NotDue::Status(facts.status));
    }
    if let Some(contradiction) = facts.contradiction() {
        return Due::No(NotDue::Contradicts(contradiction));
    }
    if let Some(prior) = rule.after()
        && !is_booked(prior)
    {
        return Due::No(NotDue::Prior(prior));
    }
    if facts.paid_minor() == 0 && rule.lines(set, facts).is_ok_and(|expected| expected.lines.is_empty()) {
        return Due::No(NotDue::Nothing);
    }
    let limited = || limited_minor(Money::new(facts.amount_minor, facts.currency));
    let in_time = facts.status != TradeStatus::Processing
        || !rule.within_window()
        || calendar.occurred_in_session(facts.channel, limited(), occurred_at);
    if in_time {
        return Due::Yes;
    }
    match calendar.answer(facts.channel, limited(), occurred_at, now) {
        Verdict::Anytime | Verdict::InSession { .. } => Due::Yes,
        Verdict::Waiting { ends, .. } => Due::Waiting { system: facts.channel, until: ends },
        Verdict::Late { session_ended_at } => Due::Late { ended: session_ended_at },
        Verdict::OverLimit { system, limit_minor, suggestion } => {
            Due::OverLimit { system, limit_minor, suggestion }
        }
    }
}
