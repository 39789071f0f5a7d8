//! From a command to its functions: whether it can be run now, and running it.
//!
//! The same check disables a command in the footer, greys it in help and palette, and is said when its key is pressed.

use super::call::{Call, Check, ensure, is_idle};
use super::{cases, days, general, goto, lists, related, session, tabs, travel};
use crate::app::action::Effect;
use crate::app::command::{Command, Danger};
use crate::app::list::Mark;
use crate::app::message::{Message, Tone};
use crate::app::screens::{Kind, Screen};
use crate::app::state::State;
use crate::app::unavailable::Unavailable;
use crate::domain::case::CaseState;
use crate::domain::period::DayState;

/// Makes the two lookups out of the rows of all families; see `declare_commands` for their columns.
macro_rules! dispatch_commands {
    ($($name:ident = $id:literal, $pinyin:literal, $where:expr, $danger:ident($need:ident)
        $(, takes $argument:literal)? $(, waits $waits:literal)? $(, palette $palette:literal)?
        => $run:path $(, $check:path)?;)+) => {
        fn run_own(call: &mut Call) {
            match call.command { $(Command::$name => $run(call),)+ }
        }

        fn check_own(state: &State, command: Command) -> Check {
            match command {
                $(Command::$name => {
                    $($check(state)?;)?
                    Ok(())
                })+
            }
        }
    };
}

all_commands!(dispatch_commands);

/// Returns why `command` cannot be run on the current screen; `None` if it can.
#[must_use]
pub fn why_not(state: &State, command: Command) -> Option<Unavailable> {
    check(state, command).err()
}

fn check(state: &State, command: Command) -> Check {
    ensure(command.fits(state.kind()), Unavailable::Elsewhere)?;
    if command.danger() != Danger::None {
        ensure(!state.is_read_only(), Unavailable::ReadOnly)?;
        if let Some(role) = state.session().filter(|role| !role.reaches(command.needs())) {
            return Err(Unavailable::Role(role));
        }
        is_idle(state)?;
    }
    check_own(state, command).map_err(|why| match why {
        // Before the answer has come, nothing can be said about what it lacks.
        Unavailable::NoRow | Unavailable::NoTrade if is_unread(state) => Unavailable::Loading,
        why => why,
    })
}

fn is_unread(state: &State) -> bool {
    state.is_loading() && !state.screen().behave().loaded()
}

/// Runs a command, or says why not.
pub fn perform(state: &mut State, command: Command, argument: Option<&str>, effects: &mut Vec<Effect>) {
    let Some(why) = why_not(state, command) else {
        if let Some(problem) = run(state, command, argument, None, effects) {
            state.say(problem);
        }
        return;
    };
    // Another operator may have moved the case on since it was shown: it is read again before the answer is no.
    if why.may_be_outdated() && !state.resumed {
        if !state.is_loading() {
            state.load(effects);
        }
        state.awaited = Some((state.place().serial, command));
        return state.say(Message::new("why.loading", Tone::Dim));
    }
    if command.waits_for_data() && why == Unavailable::Loading && state.is_loading() {
        state.awaited = Some((state.place().serial, command));
    }
    let message = why.message(state.lang);
    state.say(message);
}

/// Runs a command without checking it again; returns what is wrong with its argument.
pub fn run(
    state: &mut State,
    command: Command,
    argument: Option<&str>,
    mark: Option<Mark>,
    effects: &mut Vec<Effect>,
) -> Option<Message> {
    let mut call = Call { command, state, effects, argument, mark, problem: None };
    run_own(&mut call);
    call.problem
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
