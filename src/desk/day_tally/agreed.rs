//! The pairs of a channel's day that agree in everything, which are nearly all: one look at each trade tells. A long
//! day is shared by two threads, each with a reader of its own.

use crate::domain::statement::LineKind;
use crate::domain::trade::Channel;
use crate::store::row_set::RowSet;
use crate::store::{Engine, Reader, StoreError, reconcile};
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Pairs that agree, of one currency and kind of line, with the lines of the day among them.
#[derive(Debug)]
pub(super) struct AgreedSum {
    pub currency: String,
    pub kind: LineKind,
    pub is_of_day: bool,
    pub rows: i64,
    pub paid: i128,
}

/// What one look at the trades of a day told.
#[derive(Debug, Default)]
pub(super) struct Agreed {
    pub sums: Vec<AgreedSum>,
    /// The lines of the pairs that agree.
    pub taken: RowSet,
    /// The trades that take more than one look.
    pub others: BTreeSet<i64>,
}

impl Agreed {
    /// Looks at the trades of a channel's day in some rows.
    pub fn read<R: Reader + ?Sized>(
        reader: &mut R,
        (channel, day): (Channel, Date),
        rows: RangeInclusive<i64>,
    ) -> Result<Self, StoreError> {
        let mut agreed = Self::default();
        reconcile::pairs(reader, (channel, day), rows, &mut |pair| {
            let Some(line) = pair.agreed else {
                agreed.others.insert(pair.trade);
                return Ok(());
            };
            agreed.taken.insert(line.id);
            let is_of_day = line.day == day;
            let known = agreed.sums.iter_mut().find(|sum| {
                sum.kind == line.kind && sum.is_of_day == is_of_day && sum.currency == line.currency
            });
            if let Some(sum) = known {
                sum.rows += 1;
                sum.paid += i128::from(line.paid_minor);
            } else {
                let (currency, paid) = (line.currency.to_owned(), i128::from(line.paid_minor));
                agreed.sums.push(AgreedSum { currency, kind: line.kind, is_of_day, rows: 1, paid });
            }
            Ok(())
        })?;
        Ok(agreed)
    }

    /// Looks at all trades of a channel's day, at those behind a row with a second reader on a thread of its own.
    pub fn read_by_two<R: Reader + ?Sized>(
        reader: &mut R,
        (mut second, middle): (Box<dyn Engine>, i64),
        of: (Channel, Date),
    ) -> Result<Self, StoreError> {
        std::thread::scope(|scope| {
            let behind = scope.spawn(move || Self::read(&mut *second, of, middle + 1..=i64::MAX));
            let before = Self::read(reader, of, i64::MIN..=middle);
            let behind = behind.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let (mut agreed, more) = (before?, behind?);
            agreed.sums.extend(more.sums);
            agreed.taken.join(&more.taken);
            agreed.others.extend(more.others);
            Ok(agreed)
        })
    }
}
