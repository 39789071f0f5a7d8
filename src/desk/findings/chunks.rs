//! Works through all trades in chunks, on this thread and on a second one if the engine has a second reader.

use crate::domain::rejection::{Code, Rejection};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::{Progress, Watch};
use crate::store::Engine;
use crate::store::positions::CHUNK;
use std::sync::atomic::{AtomicI64, Ordering};

/// Runs `work` on every chunk of the trades in rows `1..=last` and returns what the threads gathered. Each
/// thread takes the next chunk when it is done with one, so a thread's chunks are in order, with gaps.
///
/// # Errors
/// What `work` returned, or [`Code::Cancelled`] if the caller gave up.
pub(crate) fn each_chunk<A: Default + Send>(
    engine: &mut dyn Engine,
    last: i64,
    watch: &mut dyn Watch,
    work: impl Fn(&mut dyn Engine, i64, i64, &mut A) -> Result<(), Refusal> + Sync,
) -> Result<Vec<A>, Refusal> {
    let second = if last > CHUNK { engine.second_reader() } else { None };
    let next = AtomicI64::new(1);
    let chunk = || {
        let from = next.fetch_add(CHUNK, Ordering::Relaxed);
        (from <= last).then(|| (from, last.min(from + CHUNK - 1)))
    };
    let (work, chunk) = (&work, &chunk);
    std::thread::scope(|scope| {
        let helper = second.map(|mut reader| {
            scope.spawn(move || {
                let mut gathered = A::default();
                while let Some((from, until)) = chunk() {
                    work(&mut *reader, from, until, &mut gathered)?;
                }
                Ok::<_, Refusal>(gathered)
            })
        });
        let mut gathered = A::default();
        let mut worked = Ok(());
        while let (Ok(()), Some((from, until))) = (&worked, chunk()) {
            worked = work(engine, from, until, &mut gathered);
            watch.progress(Progress { done: until.unsigned_abs(), total: Some(last.unsigned_abs()) });
            if watch.cancelled() {
                worked = Err(Rejection::new(Code::Cancelled).into());
            }
        }
        if worked.is_err() {
            next.store(last + 1, Ordering::Relaxed);
        }
        let mut all = vec![gathered];
        if let Some(helper) = helper {
            let helped = helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            worked = worked.and(helped.map(|gathered| all.push(gathered)));
        }
        worked.map(|()| all)
    })
}
