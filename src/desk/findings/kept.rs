//! Findings kept in the ledger between sessions, so that a start judges only what was touched since.
//!
//! They are a summary: what is posted is never decided on them, a ledger without them has the same findings, and
//! `verify --findings` judges everything anew and compares. A batch writes all of what changed or nothing, so a program
//! that is killed leaves them as they were.

use crate::desk::findings::memory::{Found, Memory, Remembered, Unkept};
use crate::desk::ledger::OpenLedger;
use crate::domain::period::Moment;
use crate::domain::rejection::Code;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::kept::{self, KeptRow, Part};
use crate::store::settings::Versions;
use crate::store::verify::Defect;
use crate::store::watermark::Watermark;
use crate::store::{Fault, Sink, StoreError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Findings are kept once so many things were judged since the last time: judging fewer takes no longer than reading
/// what is kept. A program built for tests always keeps them, so that every test of a workflow tests that as well.
const WORTH_KEEPING: u64 = if cfg!(debug_assertions) { 1 } else { 2_000 };

/// Number of the way in which this program judges. It rises with every change of causes or of what they read, so that
/// what another version kept is not used.
const JUDGING: u32 = 4;

/// Most rows written in one batch.
const BATCH_ROWS: usize = 50_000;

/// How far kept findings go, and who judged them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    judging: u32,
    program: String,
    versions: Versions,
    mark: Watermark,
    at: Moment,
    content: Content,
}

/// What the rows that are kept come to, so that one that is gone, came or was changed is noticed at the next start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    rows: u64,
    /// Sum of a number for each row: the first 64 bits of the SHA-256 of all that it holds.
    sum: u64,
}

impl Content {
    /// Adds a row.
    fn add(&mut self, part: Part, row: i64, finding: Option<&str>, again: Option<i64>) {
        let mut hash = Sha256::new();
        hash.update(part.as_str());
        // What may be missing is told apart from what is empty.
        for number in [Some(row), again] {
            hash.update([u8::from(number.is_some())]);
            hash.update(number.unwrap_or(0).to_be_bytes());
        }
        hash.update([u8::from(finding.is_some())]);
        hash.update(finding.unwrap_or(""));
        let mut number = [0; 8];
        for (to, from) in number.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        self.rows += 1;
        self.sum = self.sum.wrapping_add(u64::from_be_bytes(number));
    }

    /// Returns what everything that is remembered would come to.
    fn of(memory: &Memory) -> Self {
        let mut content = Self::default();
        for (part, row) in memory.all() {
            each_row(memory, part, row, &mut |_, finding, again| content.add(part, row, finding, again));
        }
        content
    }
}

impl State {
    /// Returns whether this program and these settings would have judged the same.
    fn is_of(&self, versions: Versions) -> bool {
        self.judging == JUDGING && self.program == env!("CARGO_PKG_VERSION") && self.versions == versions
    }
}

impl OpenLedger {
    /// Reads the kept findings into the memory, if this program and what is in force now would have judged them so, and
    /// if they are as they were written.
    pub(super) fn read_kept(&mut self) -> Result<(), Refusal> {
        self.restore_kept(true)
    }

    /// Reads the kept findings into the memory; those that somebody else changed only if they need not be `unchanged`.
    fn restore_kept(&mut self, unchanged: bool) -> Result<(), Refusal> {
        let Some((times, state)) = kept::state(&mut *self.engine)? else { return Ok(()) };
        self.memory.unkept.times = times;
        // Another version of the program may keep something else.
        let Ok(state) = serde_json::from_str::<State>(&state) else { return Ok(()) };
        if !state.is_of(self.in_force.versions()) {
            return Ok(());
        }
        let (mut memory, mut content) = (Memory::default(), Content::default());
        let read = kept::each(&mut *self.engine, &mut |part, row, finding, again| {
            content.add(part, row, finding, again);
            let finding = finding.map(Remembered::read).transpose()?;
            let again = again.and_then(|second| Moment::of_second(second, &self.in_force.zone));
            memory.restore(part, row, finding, again);
            Ok(())
        });
        match read {
            Ok(()) => {}
            // What cannot be read is judged anew.
            Err(StoreError::Fault(Fault::Corrupt { .. })) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        if unchanged && content != state.content {
            return Ok(());
        }
        memory.join_without_trade();
        memory.unkept = Unkept { times, ..Unkept::default() };
        (memory.mark, memory.at) = (Some(state.mark), Some(state.at));
        self.memory = memory;
        Ok(())
    }

    /// Keeps the findings in the ledger, if so much was judged that the next start is quicker by it. If another
    /// program writes just now, or has kept its own, they are kept another time.
    pub(crate) fn keep_findings(&mut self) {
        if self.memory.unkept.judged < WORTH_KEEPING || self.engine.read_only() || self.engine.is_prefetch() {
            return;
        }
        let kept = self.write_kept();
        // A failure costs the next start some time, and nothing else.
        self.memory.unkept = if let Ok(times) = kept {
            Unkept { times, ..Unkept::default() }
        } else {
            let times = kept::state(&mut *self.engine).ok().flatten().map_or(0, |(times, _)| times);
            Unkept { times, all: true, ..Unkept::default() }
        };
    }

    /// Writes what is not kept yet, and returns how often findings were kept by now.
    fn write_kept(&mut self) -> Result<i64, StoreError> {
        let Memory { mark: Some(mark), at: Some(at), unkept, .. } = &self.memory else {
            return Err(StoreError::rejected(Code::Stale));
        };
        let state = State {
            judging: JUDGING,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            versions: self.in_force.versions(),
            mark: mark.clone(),
            at: *at,
            content: Content::of(&self.memory),
        };
        let state =
            serde_json::to_string(&state).map_err(|error| Fault::Internal { detail: error.to_string() })?;
        let (all, mut times) = (unkept.all, unkept.times);
        let changed = if all { self.memory.all() } else { unkept.rows.clone() };
        let rows = rows_of(&self.memory, &changed);
        let size = self.engine.batch_rows(BATCH_ROWS).max(1);
        let pieces: Vec<&[KeptRow<'_>]> =
            if rows.is_empty() { vec![&[]] } else { rows.chunks(size).collect() };
        if pieces.len() > 1 {
            // In several batches nothing counts as kept until the last one.
            self.engine.commit_if_idle(&mut |sink| {
                not_overtaken(sink, times)?;
                kept::set_state(sink, times + 1, "")
            })?;
            times += 1;
        }
        for (at, piece) in pieces.iter().enumerate() {
            self.engine.commit_if_idle(&mut |sink| {
                not_overtaken(sink, times)?;
                if at == 0 {
                    remove(sink, all, &changed)?;
                }
                kept::put(sink, piece)?;
                if at + 1 == pieces.len() { kept::set_state(sink, times + 1, &state) } else { Ok(()) }
            })?;
        }
        Ok(times + 1)
    }

    /// Judges everything anew and returns how the findings that are kept, brought up to date, differ. The new ones are
    /// kept in their place.
    pub(crate) fn verify_findings(
        &mut self,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Vec<Defect>, Refusal> {
        if self.memory.mark.is_none() && !self.engine.is_prefetch() {
            self.restore_kept(false)?;
        }
        self.update_findings(context, watch)?;
        let Some((mark, at)) = self.memory.mark.clone().zip(self.memory.at) else { return Ok(Vec::new()) };
        let before = std::mem::take(&mut self.memory.found);
        self.judge_all(at, &mark, watch)?;
        (self.memory.mark, self.memory.at) = (Some(mark), Some(at));
        // However small the ledger, they are kept again.
        self.memory.unkept.judged = u64::MAX;
        let anew = &self.memory.found;
        let missing = lacking(anew, &before).into_iter().map(|one| defect("finding_missing", one));
        let extra = lacking(&before, anew).into_iter().map(|one| defect("finding_extra", one));
        Ok(missing.chain(extra).collect())
    }
}

/// Returns the rows that keep what is remembered of these things.
fn rows_of<'m>(memory: &'m Memory, things: &BTreeSet<(Part, i64)>) -> Vec<KeptRow<'m>> {
    let mut rows = Vec::new();
    for (part, row) in things {
        each_row(memory, *part, *row, &mut |n, finding, again| {
            rows.push(KeptRow(*part, *row, n, finding, again));
        });
    }
    rows
}

/// Passes the rows that keep what is remembered of a thing to `each`: number, finding, and when to look again.
fn each_row<'m>(
    memory: &'m Memory,
    part: Part,
    row: i64,
    each: &mut dyn FnMut(usize, Option<&'m str>, Option<i64>),
) {
    let Some((findings, again)) = memory.get(part, row) else { return };
    let again = again.map(|at| at.timestamp().as_second());
    if findings.is_empty() {
        each(0, None, again);
    }
    for (n, finding) in findings.iter().enumerate() {
        each(n, Some(&finding.text), again);
    }
}

/// Removes what is kept about these things, or everything.
fn remove<S: Sink + ?Sized>(
    sink: &mut S,
    all: bool,
    things: &BTreeSet<(Part, i64)>,
) -> Result<(), StoreError> {
    if all {
        return kept::clear(sink);
    }
    for part in Part::ALL {
        let rows: Vec<i64> = things.iter().filter(|(of, _)| of == part).map(|(_, row)| *row).collect();
        kept::remove(sink, *part, &rows)?;
    }
    Ok(())
}

/// Returns the findings of `these` that `those` lack, each as often as it is lacking.
fn lacking<'f>(these: &'f Found, those: &'f Found) -> Vec<&'f Remembered> {
    let mut lacking = Vec::new();
    for (row, found) in these {
        let mut known: Vec<&Remembered> = those.get(row).into_iter().flatten().collect();
        for one in found {
            match known.iter().position(|other| *other == one) {
                Some(at) => {
                    known.swap_remove(at);
                }
                None => lacking.push(one),
            }
        }
    }
    lacking
}

fn defect(check: &'static str, one: &Remembered) -> Defect {
    Defect {
        check,
        voucher_no: None,
        account: None,
        args: vec![("finding".to_owned(), one.finding.to_string())],
    }
}

/// Refuses to keep findings over those that another program kept meanwhile.
fn not_overtaken<S: Sink + ?Sized>(sink: &mut S, times: i64) -> Result<(), StoreError> {
    let now = kept::state(sink)?.map_or(0, |(times, _)| times);
    if now == times || sink.is_prefetch() { Ok(()) } else { Err(StoreError::rejected(Code::Overtaken)) }
}
