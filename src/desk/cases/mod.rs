//! A case from opening to commit: staging, checklist, review by a second person, preview, commit.

mod approver_limit;
mod checklist;
pub(crate) mod checks;
mod commit;
mod customer_view;
mod detail;
mod draft;
pub(crate) mod limits;
mod opening;
mod precondition;
mod preview;
mod requests;
mod review;
mod stage;
