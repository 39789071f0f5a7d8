//! Every command of the workstation: its name, where it is valid, how dangerous it is.
//!
//! A command is one row in the table of its family, which is in one file with the functions that carry it
//! out (`app/update/<family>.rs`). Here the rows of all families become one enum. The keymap, the footer,
//! `?` help and the `:` palette are all drawn from it. The words of a command are in the locales under
//! `command.<id>.label`, `.short` and `.doc`; its keys in `assets/keys.toml`.

use super::screens::ScreenKind;
use crate::domain::role::Need;

/// What a command may do to the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Danger {
    /// Nothing.
    None,
    /// Changes a draft or a case, which can be taken back.
    Draft,
    /// Writes what can never be taken out again; asks first.
    Final,
}

/// Where a command is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// Everywhere.
    Anywhere,
    /// On lists whose rows can be marked.
    Marking,
    /// On anything that can be exported as a table.
    Tables,
    /// On these screens.
    On(&'static [ScreenKind]),
    /// Everywhere but on these screens.
    ButOn(&'static [ScreenKind]),
}

/// The value of an optional column of a row, or what a row without it has.
macro_rules! column {
    ($default:expr) => {
        $default
    };
    ($default:expr, $value:expr) => {
        $value
    };
}

/// Makes the enum out of rows: `Name = id, pinyin, where, danger(need)[, takes argument][, waits true]
/// [, palette false] => run[, check];`. The functions are used in `app/update/dispatch.rs`.
macro_rules! declare_commands {
    ($($name:ident = $id:literal, $pinyin:literal, $where:expr, $danger:ident($need:ident)
        $(, takes $argument:literal)? $(, waits $waits:literal)? $(, palette $palette:literal)?
        => $run:path $(, $check:path)?;)+) => {
        /// A command.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "the locales document every command, in both languages")]
        pub enum Command { $($name,)+ }

        impl Command {
            /// Every command, in the order in which help lists them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Returns its name in the key file and the palette.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// Returns the initials of its Chinese name's pinyin, for the palette.
            #[must_use]
            pub const fn pinyin(self) -> &'static str {
                match self { $(Self::$name => $pinyin,)+ }
            }

            /// Returns where it is valid.
            #[must_use]
            pub const fn place(self) -> Where {
                match self { $(Self::$name => $where,)+ }
            }

            /// Returns what it may do to the books.
            #[must_use]
            pub const fn danger(self) -> Danger {
                match self { $(Self::$name => Danger::$danger,)+ }
            }

            /// Returns what it requires of a session's role.
            #[must_use]
            pub const fn needs(self) -> Need {
                match self { $(Self::$name => Need::$need,)+ }
            }

            /// Returns the locale key of its argument in the palette, if it takes one.
            #[must_use]
            pub const fn argument(self) -> Option<&'static str> {
                match self { $(Self::$name => column!(None $(, Some($argument))?),)+ }
            }

            /// Returns true if it waits for data that is still loading, instead of being refused.
            #[must_use]
            pub const fn waits_for_data(self) -> bool {
                match self { $(Self::$name => column!(false $(, $waits)?),)+ }
            }

            /// Returns true if the palette offers it; moving the cursor by name is of no use.
            #[must_use]
            pub const fn is_in_palette(self) -> bool {
                match self { $(Self::$name => column!(true $(, $palette)?),)+ }
            }
        }
    };
}

use ScreenKind as K;
use Where::{Anywhere, ButOn, Marking, On, Tables};

all_commands!(declare_commands);

impl Command {
    /// Returns the command of that name.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|command| command.id() == id)
    }

    /// Returns true if it belongs to this kind of screen (it may still be unavailable there).
    #[must_use]
    pub fn fits(self, kind: ScreenKind) -> bool {
        match self.place() {
            Anywhere => true,
            Marking => kind.marks(),
            Tables => kind.has_table(),
            On(kinds) => kinds.contains(&kind),
            ButOn(kinds) => !kinds.contains(&kind),
        }
    }

    /// Returns its place in help: commands of this screen come before those valid everywhere.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self.place() {
            On(_) => 0,
            Marking => 1,
            Tables => 2,
            Anywhere | ButOn(_) => 3,
        }
    }

    /// Returns the locale key of its label.
    #[must_use]
    pub fn label(self) -> String {
        format!("command.{}.label", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::Command as C;
    use crate::protocol::cases::{ApproveCase, DropStep, RejectCase, RestageCase, SubmitCase, WithdrawCase};
    use crate::protocol::days::{CloseDay, OpenDay};
    use crate::protocol::ledger::VerifyLedger;
    use crate::protocol::posting::PostTrades;
    use crate::protocol::receipt::CommitCase;
    use crate::protocol::request::Request;
    use crate::protocol::takeover::AcceptVoucher;

    #[test]
    fn a_command_and_its_request_ask_the_same_of_a_role() {
        let case_no: crate::domain::id::CaseNo = "C0001".parse().unwrap();
        let day = "2018-09-12".parse().unwrap();
        let accept = AcceptVoucher { voucher_no: "J00001".parse().unwrap(), reason: String::new() };
        for (command, request) in [
            (C::Approve, Request::CaseApprove(ApproveCase { case_no: case_no.clone(), seen: None })),
            (C::Reject, Request::CaseReject(RejectCase { case_no: case_no.clone(), reason: String::new() })),
            (C::Submit, Request::CaseSubmit(SubmitCase { case_no: case_no.clone() })),
            (C::Restage, Request::CaseRestage(RestageCase { case_no: case_no.clone() })),
            (C::Withdraw, Request::CaseWithdraw(WithdrawCase { case_no: case_no.clone() })),
            (C::StepDrop, Request::StageDrop(DropStep { case_no: case_no.clone(), step: 1 })),
            (C::Commit, Request::Commit(CommitCase { case_no, key: None })),
            (C::PostDue, Request::Post(PostTrades { trades: Vec::new() })),
            (C::DayOpen, Request::DayOpen(OpenDay { day })),
            (C::DayClose, Request::DayClose(CloseDay { day })),
            (C::Verify, Request::Verify(VerifyLedger::default())),
            (C::AcceptVoucher, Request::TakeoverAccept(accept)),
        ] {
            assert_eq!(command.needs(), request.needs(), "{command:?}");
        }
    }
}
