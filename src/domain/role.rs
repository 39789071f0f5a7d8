//! Roles of sessions (角色): what a session may do, in addition to what the policy says about persons.
//!
//! A role is set by the command line of the server that opens the ledger for a client; a ledger opened
//! directly has none. It limits every request; four eyes, limits and admins of the policy apply as well.
//!
//! The role of a ledger (账本用途) is another thing: whether its books are real.

use super::rejection::{Code, Rejection};
use super::vocabulary::vocabulary;

vocabulary! {
    /// The role of a session.
    Role, "role" {
        /// Reads only (查看).
        Viewer = "viewer",
        /// Maker: imports, posts, opens and stages cases, commits approved ones (经办).
        Maker = "maker",
        /// Checker: approves and rejects, commits, closes days (复核).
        Checker = "checker",
        /// Admin: everything, including rules, policy and calendar (管理员).
        Admin = "admin",
    }
}

vocabulary! {
    /// What a ledger is used for.
    LedgerRole, "role of a ledger" {
        /// Real books (生产).
        Prod = "prod",
        /// Tests (测试).
        Test = "test",
        /// Demonstrations, with made-up payments (演示).
        Demo = "demo",
    }
}

/// The permission that a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Reading.
    Look,
    /// The maker's work.
    Make,
    /// The checker's work.
    Check,
    /// The work of maker or checker.
    MakeOrCheck,
    /// Changing rules, policy or calendar.
    Administer,
}

impl Role {
    /// Returns whether this role has the permission.
    #[must_use]
    pub const fn reaches(self, need: Need) -> bool {
        matches!(
            (self, need),
            (_, Need::Look)
                | (Self::Admin, _)
                | (Self::Maker, Need::Make | Need::MakeOrCheck)
                | (Self::Checker, Need::Check | Need::MakeOrCheck)
        )
    }

    /// Refuses a request that this role may not make.
    ///
    /// # Errors
    /// [`Code::Role`] if the permission is missing.
    pub fn may(self, need: Need) -> Result<(), Rejection> {
        if self.reaches(need) { Ok(()) } else { Err(Rejection::new(Code::Role).with("role", self)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_reaches_as_far_as_its_duty() {
        let needs = [Need::Look, Need::Make, Need::Check, Need::MakeOrCheck, Need::Administer];
        let reach = |role: Role| needs.map(|need| role.reaches(need));
        assert_eq!(reach(Role::Viewer), [true, false, false, false, false]);
        assert_eq!(reach(Role::Maker), [true, true, false, true, false]);
        assert_eq!(reach(Role::Checker), [true, false, true, true, false]);
        assert_eq!(reach(Role::Admin), [true; 5]);
        assert_eq!(Role::Viewer.may(Need::Make).unwrap_err().code, Code::Role);
    }
}
