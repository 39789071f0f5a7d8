//! Works through trades in chunks, on this thread and on a second one if the engine has a second reader.

use crate::domain::rejection::{Code, Rejection};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::{Progress, Watch};
use crate::store::Engine;
use crate::store::positions::CHUNK;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rows that are not asked for but lie between two that are: up to so many are judged along, since a query costs more.
const GAP: i64 = 4;

/// Returns the rows `1..=last` in chunks.
pub(crate) fn chunks(last: i64) -> Vec<(i64, i64)> {
    let starts = (1..=last).step_by(usize::try_from(CHUNK).unwrap_or(1));
    starts.map(|from| (from, last.min(from + CHUNK - 1))).collect()
}

/// Returns chunks that hold these rows, and few others.
pub(crate) fn chunks_of(rows: &BTreeSet<i64>) -> Vec<(i64, i64)> {
    let mut chunks: Vec<(i64, i64)> = Vec::new();
    for row in rows {
        match chunks.last_mut() {
            Some((from, until)) if row - *until <= GAP && row - *from < CHUNK => *until = *row,
            _ => chunks.push((*row, *row)),
        }
    }
    chunks
}

/// Runs `work` on every chunk of trades, from the first row to the last, and returns what the threads gathered. Each
/// thread takes the next chunk when it is done with one, so a thread's chunks are in order, with gaps.
///
/// # Errors
/// What `work` returned, or [`Code::Cancelled`] if the caller gave up.
pub(crate) fn each_chunk<A: Default + Send>(
    engine: &mut dyn Engine,
    chunks: &[(i64, i64)],
    watch: &mut dyn Watch,
    work: impl Fn(&mut dyn Engine, i64, i64, &mut A) -> Result<(), Refusal> + Sync,
) -> Result<Vec<A>, Refusal> {
    let rows = |chunks: &[(i64, i64)]| chunks.iter().map(|(from, until)| until - from + 1).sum::<i64>();
    let all = rows(chunks);
    let second = if all > CHUNK { engine.second_reader() } else { None };
    let next = AtomicUsize::new(0);
    let chunk = || {
        let at = next.fetch_add(1, Ordering::Relaxed);
        chunks.get(at).map(|chunk| (at, *chunk))
    };
    let (work, chunk) = (&work, &chunk);
    std::thread::scope(|scope| {
        let helper = second.map(|mut reader| {
            scope.spawn(move || {
                let mut gathered = A::default();
                while let Some((_, (from, until))) = chunk() {
                    work(&mut *reader, from, until, &mut gathered)?;
                }
                Ok::<_, Refusal>(gathered)
            })
        });
        let mut gathered = A::default();
        let mut worked = Ok(());
        let (mut reported, mut done) = (0, 0);
        while let (Ok(()), Some((at, (from, until)))) = (&worked, chunk()) {
            worked = work(engine, from, until, &mut gathered);
            done += rows(chunks.get(reported..=at).unwrap_or_default());
            reported = at + 1;
            watch.progress(Progress { done: done.unsigned_abs(), total: Some(all.unsigned_abs()) });
            if watch.cancelled() {
                worked = Err(Rejection::new(Code::Cancelled).into());
            }
        }
        if worked.is_err() {
            next.store(chunks.len(), Ordering::Relaxed);
        }
        let mut all = vec![gathered];
        if let Some(helper) = helper {
            let helped = helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            worked = worked.and(helped.map(|gathered| all.push(gathered)));
        }
        worked.map(|()| all)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_rows_are_in_one_chunk_each() {
        assert_eq!(chunks(0), []);
        assert_eq!(chunks(CHUNK), [(1, CHUNK)]);
        assert_eq!(chunks(CHUNK + 1), [(1, CHUNK), (CHUNK + 1, CHUNK + 1)]);
    }

    proptest! {
        #[test]
        fn chunks_hold_every_row_once_and_few_others(rows in prop::collection::btree_set(1_i64..3000, 0..900)) {
            let chunks = chunks_of(&rows);
            for row in &rows {
                prop_assert_eq!(chunks.iter().filter(|(from, until)| from <= row && row <= until).count(), 1);
            }
            for (from, until) in &chunks {
                prop_assert!(until - from < CHUNK && rows.contains(from) && rows.contains(until));
            }
            let held: i64 = chunks.iter().map(|(from, until)| until - from + 1).sum();
            prop_assert!(held <= i64::try_from(rows.len()).unwrap() * GAP);
        }
    }
}
