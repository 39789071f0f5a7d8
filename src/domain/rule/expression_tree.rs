//! Amount expressions that need no engine: they are read into a tree, and computed from it.

use super::expression_text::ROUNDING;
use rust_decimal::{Decimal, RoundingStrategy};

/// What an expression answers that is too large.
pub(super) const OVERFLOW: &str = "overflow";

/// A computation that needs no engine: variables, sums, differences, products, and rounding to the minor unit.
#[derive(Debug, Clone)]
pub(super) enum Tree {
    Variable(usize),
    Negative(Box<Tree>),
    Sum(Box<[Tree; 2]>),
    Difference(Box<[Tree; 2]>),
    Product(Box<[Tree; 2]>),
    Rounded(RoundingStrategy, Box<Tree>),
}

impl Tree {
    /// Computes the value, rounded to `exponent` decimals where it is rounded.
    pub(super) fn value(&self, values: &[Decimal], exponent: u32) -> Result<Decimal, String> {
        let both = |sides: &[Self; 2], operation: fn(Decimal, Decimal) -> Option<Decimal>| {
            let [left, right] = sides;
            operation(left.value(values, exponent)?, right.value(values, exponent)?)
                .ok_or_else(|| OVERFLOW.to_owned())
        };
        match self {
            Self::Variable(slot) => values.get(*slot).copied().ok_or_else(|| "no value".to_owned()),
            Self::Negative(of) => of.value(values, exponent).map(|value| -value),
            Self::Sum(sides) => both(sides, Decimal::checked_add),
            Self::Difference(sides) => both(sides, Decimal::checked_sub),
            Self::Product(sides) => both(sides, Decimal::checked_mul),
            Self::Rounded(strategy, of) => {
                Ok(of.value(values, exponent)?.round_dp_with_strategy(exponent, *strategy))
            }
        }
    }
}

/// Reads an expression that needs no engine; whatever else it may hold is left to that.
pub(super) struct TreeReader<'t> {
    rest: &'t str,
    variables: &'t [(String, usize)],
}

impl<'t> TreeReader<'t> {
    /// Returns the tree of an expression; `None` if the engine has to compute it.
    pub(super) fn read(text: &'t str, variables: &'t [(String, usize)]) -> Option<Tree> {
        let mut reader = Self { rest: text, variables };
        let tree = reader.sum()?;
        reader.rest.trim().is_empty().then_some(tree)
    }

    fn takes(&mut self, sign: char) -> bool {
        let after = self.rest.trim_start().strip_prefix(sign);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn sum(&mut self) -> Option<Tree> {
        let mut sum = self.product()?;
        loop {
            if self.takes('+') {
                sum = Tree::Sum(Box::new([sum, self.product()?]));
            } else if self.takes('-') {
                sum = Tree::Difference(Box::new([sum, self.product()?]));
            } else {
                return Some(sum);
            }
        }
    }

    fn product(&mut self) -> Option<Tree> {
        let mut product = self.single()?;
        while self.takes('*') {
            product = Tree::Product(Box::new([product, self.single()?]));
        }
        Some(product)
    }

    fn single(&mut self) -> Option<Tree> {
        if self.takes('-') {
            return Some(Tree::Negative(Box::new(self.single()?)));
        }
        if self.takes('(') {
            let inner = self.sum()?;
            return self.takes(')').then_some(inner);
        }
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        self.rest = after;
        let rounding = ROUNDING.iter().find(|(name, _)| *name == word);
        if let Some((_, strategy)) = rounding.filter(|_| after.trim_start().starts_with('(')) {
            self.takes('(');
            let inner = self.sum()?;
            return self.takes(')').then(|| Tree::Rounded(*strategy, Box::new(inner)));
        }
        let slot = self.variables.iter().find(|(name, _)| name == word)?.1;
        Some(Tree::Variable(slot))
    }
}
