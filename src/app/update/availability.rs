//! Why a command cannot be run now. The same answer greys it in help and palette, and is said when its key is pressed.

use crate::app::command::{Command, Danger};
use crate::app::message::{Message, Tone};
use crate::app::screens::{CaseView, Kind, Screen};
use crate::app::state::State;
use crate::domain::case::CaseState;
use crate::domain::period::DayState;
use crate::i18n;

#[allow(clippy::unnecessary_wraps, reason = "reads better where every other arm is an Option")]
fn why(key: &str) -> Option<Message> {
    Some(Message::new(key, Tone::Warn))
}

/// Why `command` cannot be run on the current place; `None` where it can.
#[must_use]
pub fn why_not(state: &State, command: Command) -> Option<Message> {
    if !command.fits(state.kind()) {
        return why("why.elsewhere");
    }
    if command.danger() != Danger::None {
        if state.ledger.as_ref().is_some_and(|ledger| ledger.read_only) {
            return why("why.read_only");
        }
        if let Some(role) = state.session().filter(|role| !role.reaches(command.needs())) {
            let role = i18n::word(state.lang, &format!("session.{role}"));
            return Some(Message::new("why.role", Tone::Warn).with("role", role));
        }
        if state.is_ordering() {
            return why("why.busy");
        }
    }
    let why = refusal(state, command)?;
    // Before the answer has come there is no saying what it lacks.
    let missing = matches!(why.key.as_str(), "why.no_row" | "why.no_trade");
    if missing && state.is_loading() && !state.screen().behave().loaded() {
        return Some(Message::new("why.loading", Tone::Dim));
    }
    Some(why)
}

fn refusal(state: &State, command: Command) -> Option<Message> {
    let screen = state.screen().behave();
    match command {
        Command::Operator if !state.may_switch_operator => why("why.operator"),
        Command::Ledger if state.ledgers.is_empty() => why("why.no_ledgers"),
        // Leaving now would leave open whether the order was carried out; once given up, nobody waits for that.
        Command::Quit | Command::Ledger if state.is_ordering() && !state.order_given_up => {
            why("why.order_runs")
        }
        Command::Verify if state.is_ordering() => why("why.busy"),
        // On the first screen it gives up waiting; never an order.
        Command::Back if state.places.len() == 1 && (state.pending.is_empty() || state.is_ordering()) => {
            why("why.root")
        }
        Command::Open if screen.open().is_none() => why("why.no_row"),
        Command::Copy if screen.name().is_none() => why("why.no_row"),
        Command::CopyRow | Command::Export if screen.cursor().is_empty() => why("why.no_row"),
        Command::Explain | Command::GoTrade if screen.trade().is_none() => why("why.no_trade"),
        Command::Lineage if screen.trade().is_none() && screen.voucher().is_none() => why("why.no_trade"),
        Command::NextRecord | Command::PreviousRecord => record(state),
        Command::Cancel if state.pending.is_empty() => why("why.nothing_runs"),
        Command::Stage => stage(state),
        Command::DayClose => day_close(state),
        Command::DayUnposted | Command::DayCases | Command::DayFindings | Command::DayBooks
            if screen.name().is_none() =>
        {
            why("why.no_row")
        }
        Command::Submit
        | Command::Restage
        | Command::Approve
        | Command::Commit
        | Command::Reject
        | Command::Withdraw
        | Command::StepAdd
        | Command::StepDrop
        | Command::Tick
        | Command::Hand
        | Command::Undo
        | Command::Redo => match state.screen() {
            Screen::Case(case) => case_command(state, case, command),
            _ => why("why.elsewhere"),
        },
        _ => None,
    }
}

fn record(state: &State) -> Option<Message> {
    let below = state.places.len().checked_sub(2).and_then(|at| state.places.get(at))?;
    if below.screen.kind().has_table() { None } else { why("why.no_list") }
}

fn stage(state: &State) -> Option<Message> {
    match state.screen() {
        Screen::Findings(findings) if findings.list.any_marked() => None,
        Screen::Findings(findings) => match findings.list.selected() {
            None => why("why.no_row"),
            Some(finding) if finding.trade_no.is_none() && !finding.stands_alone() => why("why.channel_only"),
            Some(_) => None,
        },
        Screen::Finding(view) => match &view.plan {
            None => why("why.loading"),
            Some(plan) if plan.trade_no.is_none() && plan.steps.is_empty() => why("why.channel_only"),
            Some(plan) if plan.steps.is_empty() => why("why.no_steps"),
            Some(_) => None,
        },
        _ => why("why.elsewhere"),
    }
}

fn day_close(state: &State) -> Option<Message> {
    let Screen::Days(days) = state.screen() else { return why("why.elsewhere") };
    match days.list.selected() {
        None => why("why.no_row"),
        Some(day) if day.state == DayState::Closed => why("why.day_closed"),
        Some(day) if day.blockers > 0 => {
            Some(Message::new("why.blockers", Tone::Warn).with("n", day.blockers).with("day", day.day))
        }
        Some(_) => None,
    }
}

fn case_command(state: &State, case: &CaseView, command: Command) -> Option<Message> {
    use CaseState as S;
    let Some(detail) = &case.detail else { return why("why.loading") };
    let four_eyes = state.ledger.as_ref().is_none_or(|ledger| ledger.four_eyes);
    let at = detail.row.state;
    let drafting = matches!(at, S::Open | S::Staged | S::Rejected);
    let fits = match command {
        Command::Submit => at == S::Staged,
        Command::Approve => at == S::Submitted,
        Command::Reject => matches!(at, S::Submitted | S::Approved),
        Command::Withdraw => !at.is_final(),
        Command::Commit => at == S::Approved || (!four_eyes && matches!(at, S::Staged | S::Submitted)),
        _ => drafting,
    };
    if command == Command::Commit && four_eyes && !fits && !at.is_final() {
        return why("why.needs_approval");
    }
    if !fits {
        let word = i18n::word(state.lang, &format!("state.case.{at}"));
        return Some(Message::new("why.case_state", Tone::Warn).with("state", word));
    }
    match command {
        Command::Approve if case.preview.is_none() && state.is_loading() => why("why.loading"),
        Command::Submit | Command::Restage if case.steps().is_empty() => why("why.nothing_staged"),
        Command::Approve if four_eyes && detail.row.maker == state.operator => why("why.four_eyes"),
        Command::Commit => match (&case.preview, case.obstacle()) {
            (None, _) => why("why.loading"),
            (_, Some(guard)) => Some(Message::new("why.guard", Tone::Bad).with("guard", &guard.text)),
            _ => None,
        },
        Command::Tick if detail.checklist.is_empty() => why("why.no_checklist"),
        Command::Hand if !detail.row.maker.is_same_person(&state.operator) => why("why.not_maker"),
        Command::StepDrop if case.step().is_none() => why("why.no_step"),
        Command::Undo if case.undo.is_empty() => why("why.nothing_to_undo"),
        Command::Redo if case.redo.is_empty() => why("why.nothing_to_redo"),
        _ => None,
    }
}

impl State {
    /// The commands that matter most here, for the footer; the first is what most people want next.
    #[must_use]
    pub fn footer(&self) -> Vec<Command> {
        use Command as C;
        let mut commands: Vec<Command> = match self.kind() {
            Kind::Overview => vec![C::Open, C::PostDue, C::Verify],
            Kind::Trades => vec![C::Open, C::Filter, C::Cycle, C::PostDue, C::Lineage, C::Mark, C::Export],
            Kind::Trade => vec![C::Open, C::Explain, C::Lineage],
            Kind::Subjects => vec![C::Open, C::Filter, C::Export],
            Kind::Accounts => vec![C::Open, C::Filter, C::Copy, C::Export],
            Kind::Chain => vec![C::Open, C::Lineage, C::GoTrade, C::Copy, C::Export],
            Kind::Vouchers => vec![C::Open, C::Filter, C::Lineage, C::GoTrade, C::Verify, C::Export],
            Kind::Voucher => vec![C::Open, C::Lineage, C::GoTrade, C::Copy],
            Kind::Findings => {
                vec![C::Open, C::Stage, C::Cycle, C::Mark, C::Filter, C::Explain, C::PostDue, C::Export]
            }
            Kind::Finding => vec![C::Stage, C::Explain, C::Lineage, C::GoTrade, C::NextRecord],
            Kind::Cases => vec![C::Open, C::Cycle, C::Filter, C::GoTrade, C::Copy],
            Kind::Case => {
                vec![
                    C::Commit,
                    C::Approve,
                    C::Submit,
                    C::Reject,
                    C::StepAdd,
                    C::StepDrop,
                    C::Tick,
                    C::Undo,
                    C::Withdraw,
                ]
            }
            Kind::Days => vec![
                C::Open,
                C::DayClose,
                C::DayUnposted,
                C::DayCases,
                C::DayFindings,
                C::DayBooks,
                C::DayOpen,
            ],
            Kind::Reconcile => vec![C::Open, C::Lineage, C::Export, C::Copy],
            Kind::ChannelDays | Kind::Books => vec![C::Open, C::Export, C::Copy],
            Kind::Receipt => vec![C::Open, C::Copy, C::Back],
            Kind::Lineage | Kind::Explain | Kind::Verified => vec![C::Open, C::Copy],
        };
        if let Screen::Case(case) = self.screen()
            && case.state().is_some_and(CaseState::is_final)
        {
            commands.insert(0, C::Lineage);
        }
        let open_day = matches!(self.screen(), Screen::Days(days)
            if days.list.selected().is_some_and(|day| day.state != DayState::Closed));
        // The key is shown as soon as a day is open; pressed, it says what is in the way.
        let shown = |command: C| command == C::DayClose && open_day;
        commands.retain(|command| shown(*command) || why_not(self, *command).is_none());
        if self.places.len() > 1 && !commands.contains(&C::Back) {
            commands.push(C::Back);
        }
        commands
    }
}
