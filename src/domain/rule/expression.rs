//! Amount expressions: exact decimal arithmetic over a fixed list of variables.
//!
//! An existing engine (rhai) parses and computes, with only the operators and functions registered here.
//! Before it sees a text, [`scan`] admits only names, plain numbers, `+ - * / , ( )`: no strings,
//! statements, blocks or method calls. Whole numbers become decimals before they meet an operator, so that
//! `1 / 3` is a third and not zero.
//!
//! Most amounts of a rule set are a variable, a sum, a rounded product. Those are computed directly
//! ([`Tree`]); a test checks that both ways give the same results.

use super::expression_text::{BadExpression, MAX_BYTES, ROUNDING, own_decimals, scan};
use super::expression_tree::{OVERFLOW, Tree, TreeReader};
use rhai::{AST, Dynamic, Engine, EvalAltResult, OptimizationLevel, Scope};
use rust_decimal::Decimal;
use std::sync::LazyLock;

/// Deepest nesting of an expression.
const MAX_DEPTH: usize = 32;
/// Most operations of one evaluation; an expression of [`MAX_BYTES`] needs fewer.
const MAX_OPERATIONS: u64 = 2_000;

/// Most decimals of the minor unit of a currency (ISO 4217).
const MAX_EXPONENT: usize = 4;

/// A compiled expression. Variables are slots in the values of one trade.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    text: String,
    form: Form,
    slots: Vec<usize>,
}

#[derive(Debug, Clone)]
enum Form {
    Tree(Tree),
    Script(Box<Script>),
}

#[derive(Debug, Clone)]
struct Script {
    ast: AST,
    variables: Vec<(String, usize)>,
}

impl Expression {
    /// Compiles `text`; `slot` returns the slot of a name.
    pub(super) fn compile(text: &str, slot: &dyn Fn(&str) -> Option<usize>) -> Result<Self, BadExpression> {
        let names = scan(text)?;
        let mut variables: Vec<(String, usize)> = Vec::new();
        for name in names {
            let found = slot(name)
                .ok_or_else(|| BadExpression { key: "rulefile.unknown_variable", word: name.to_owned() })?;
            if !variables.iter().any(|(n, _)| n == name) {
                variables.push((name.to_owned(), found));
            }
        }
        let slots = variables.iter().map(|(_, slot)| *slot).collect();
        let ast = ENGINES[0]
            .compile_expression(text)
            .map_err(|e| BadExpression { key: "rulefile.bad_expression", word: e.to_string() })?;
        let form = match TreeReader::read(text, &variables) {
            Some(tree) => Form::Tree(tree),
            None => Form::Script(Box::new(Script { ast, variables })),
        };
        Ok(Self { text: text.to_owned(), form, slots })
    }

    /// Returns the text as written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the slots of the values that it uses.
    pub(super) fn slots(&self) -> &[usize] {
        &self.slots
    }

    /// Returns the numbers of decimals that it rounds to by itself, whatever the currency.
    pub(super) fn own_decimals(&self) -> Vec<u32> {
        own_decimals(&self.text)
    }

    /// Computes the value; rounding without a number of decimals rounds to `exponent` decimals. The error is
    /// an English description (overflow, division by zero).
    pub(super) fn value(&self, values: &[Decimal], exponent: u32) -> Result<Decimal, String> {
        match &self.form {
            Form::Tree(tree) => tree.value(values, exponent),
            Form::Script(script) => {
                let mut scope = Scope::new();
                for (name, slot) in &script.variables {
                    let value = values.get(*slot).copied().ok_or_else(|| "no value".to_owned())?;
                    scope.push_constant_dynamic(name.as_str(), Dynamic::from_decimal(value));
                }
                let engine = usize::try_from(exponent).ok().and_then(|exponent| ENGINES.get(exponent));
                let result = engine
                    .ok_or_else(|| format!("no currency has {exponent} decimals"))?
                    .eval_ast_with_scope::<Dynamic>(&mut scope, &script.ast)
                    .map_err(|e| e.to_string())?;
                decimal(&result)
            }
        }
    }
}

type Computed = Result<Dynamic, Box<EvalAltResult>>;

fn checked(value: Option<Decimal>) -> Computed {
    value.map(Dynamic::from_decimal).ok_or_else(|| OVERFLOW.into())
}

fn decimal(value: &Dynamic) -> Result<Decimal, String> {
    value
        .as_decimal()
        .or_else(|_| value.as_int().map(Decimal::from))
        .map_err(|kind| format!("a number is needed, not {kind}"))
}

/// The engine of each number of decimals that a currency may have: only rounding differs.
static ENGINES: [LazyLock<Engine>; MAX_EXPONENT + 1] = [
    LazyLock::new(|| engine(0)),
    LazyLock::new(|| engine(1)),
    LazyLock::new(|| engine(2)),
    LazyLock::new(|| engine(3)),
    LazyLock::new(|| engine(4)),
];

fn engine(exponent: u32) -> Engine {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(OptimizationLevel::None);
    // The engine's own operators divide whole numbers into whole numbers. Without fast operators it finds
    // ours first.
    engine.set_fast_operators(false);
    engine.set_max_operations(MAX_OPERATIONS);
    engine.set_max_expr_depths(MAX_DEPTH);
    engine.set_max_string_size(MAX_BYTES);
    for word in ["eval", "print", "debug", "type_of", "is_def_var", "is_def_fn"] {
        engine.disable_symbol(word);
    }
    register_operators(&mut engine);
    register_rounding(&mut engine, exponent);
    engine
}

fn divide(a: Decimal, b: Decimal) -> Computed {
    if b.is_zero() { Err("division by zero".into()) } else { checked(a.checked_div(b)) }
}

/// Registers `$name` for decimals and whole numbers in every combination.
macro_rules! binary {
    ($engine:ident, $($name:literal => $operation:expr;)+) => {$({
        let operation: fn(Decimal, Decimal) -> Computed = $operation;
        $engine.register_fn($name, move |a: Decimal, b: Decimal| operation(a, b));
        $engine.register_fn($name, move |a: Decimal, b: i64| operation(a, Decimal::from(b)));
        $engine.register_fn($name, move |a: i64, b: Decimal| operation(Decimal::from(a), b));
        $engine.register_fn($name, move |a: i64, b: i64| operation(Decimal::from(a), Decimal::from(b)));
    })+};
}

fn register_operators(engine: &mut Engine) {
    binary! { engine,
        "+" => |a, b| checked(a.checked_add(b));
        "-" => |a, b| checked(a.checked_sub(b));
        "*" => |a, b| checked(a.checked_mul(b));
        "/" => divide;
        "min" => |a, b| checked(Some(a.min(b)));
        "max" => |a, b| checked(Some(a.max(b)));
    }
    engine.register_fn("-", |a: Decimal| -a);
    engine.register_fn("-", |a: i64| -Decimal::from(a));
    engine.register_fn("+", |a: Decimal| a);
    engine.register_fn("+", |a: i64| Decimal::from(a));
    engine.register_fn("abs", |a: Decimal| a.abs());
    engine.register_fn("abs", |a: i64| Decimal::from(a).abs());
}

fn register_rounding(engine: &mut Engine, exponent: u32) {
    for (name, strategy) in ROUNDING {
        let to = move |value: Decimal, decimals: u32| {
            Dynamic::from_decimal(value.round_dp_with_strategy(decimals, strategy))
        };
        let rounded = move |value: Decimal, decimals: i64| -> Computed {
            let decimals = u32::try_from(decimals).ok().filter(|d| *d <= Decimal::MAX_SCALE);
            decimals.map(|decimals| to(value, decimals)).ok_or_else(|| "decimals must be 0 to 28".into())
        };
        engine.register_fn(name, rounded);
        engine.register_fn(name, move |value: i64, decimals: i64| rounded(Decimal::from(value), decimals));
        // A variable is a decimal, also if it stands for a number of decimals.
        let by_variable = move |value: Decimal, decimals: Decimal| {
            let whole = decimals.is_integer().then(|| i64::try_from(decimals).ok()).flatten();
            rounded(value, whole.unwrap_or(-1))
        };
        engine.register_fn(name, by_variable);
        engine.register_fn(name, move |value: i64, decimals| by_variable(Decimal::from(value), decimals));
        engine.register_fn(name, move |value: Decimal| to(value, exponent));
        engine.register_fn(name, move |value: i64| to(Decimal::from(value), exponent));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slot(name: &str) -> Option<usize> {
        ["amount", "fee", "rate"].iter().position(|n| *n == name)
    }

    fn compute(text: &str, values: [&str; 3]) -> Result<String, String> {
        let expression =
            Expression::compile(text, &slot).map_err(|bad| format!("{} {}", bad.key, bad.word))?;
        let values = values.map(|v| v.parse().unwrap());
        expression.value(&values, 2).map(|v| v.normalize().to_string())
    }

    #[test]
    fn arithmetic_is_exact_and_rounding_is_explicit() {
        let values = ["123.45", "-0.30", "0.002"];
        for (text, expected) in [
            ("amount", "123.45"),
            ("-fee", "0.3"),
            ("amount + fee", "123.15"),
            ("amount - fee", "123.75"),
            ("amount * rate", "0.2469"),
            ("round(amount * rate, 2)", "0.25"),
            ("round(2.345, 2)", "2.35"),
            ("round(-2.345, 2)", "-2.35"),
            ("round_half_even(2.345, 2)", "2.34"),
            ("round_down(-2.349, 2)", "-2.34"),
            ("round_up(2.341, 2)", "2.35"),
            ("min(amount, 5) + max(fee, 0) + abs(fee)", "5.3"),
            ("1 / 4", "0.25"),
            ("(1 + 2) * -3", "-9"),
            ("round(5, 2)", "5"),
            ("0.1 + 0.2", "0.3"),
        ] {
            assert_eq!(compute(text, values).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn overflow_and_division_by_zero_are_answers() {
        let max = Decimal::MAX.to_string();
        for text in
            ["amount + amount", "amount * amount", "amount - (-amount)", "amount / fee", "amount / rate"]
        {
            assert!(compute(text, [&max, "0", "0.0000000000000000000000000001"]).is_err(), "{text}");
        }
        assert!(compute("round(amount, 29)", ["1", "1", "1"]).is_err());
        assert!(compute("round(amount, -1)", ["1", "1", "1"]).is_err());
        assert!(compute("round(amount, 1, 1)", ["1", "1", "1"]).is_err());
    }

    #[test]
    fn rounding_without_decimals_is_to_the_minor_unit() {
        let table = [
            ("round(amount * rate)", ["12", "12.3", "12.35", "12.345", "12.345"]),
            ("round_down(amount * rate)", ["12", "12.3", "12.34", "12.345", "12.345"]),
            ("round_up(amount * rate)", ["13", "12.4", "12.35", "12.345", "12.345"]),
            ("round_half_even(amount * rate)", ["12", "12.3", "12.34", "12.345", "12.345"]),
            ("round(amount * rate, 1)", ["12.3", "12.3", "12.3", "12.3", "12.3"]),
            ("round(7 / 2)", ["4", "3.5", "3.5", "3.5", "3.5"]),
            ("round(7)", ["7"; 5]),
        ];
        let values = ["1234.5", "0", "0.01"].map(|value| value.parse().unwrap());
        for (text, expected) in table {
            let expression = Expression::compile(text, &slot).ok().unwrap();
            for (exponent, expected) in (0..).zip(expected) {
                let value = expression.value(&values, exponent).map(|value| value.normalize().to_string());
                assert_eq!(value.as_deref(), Ok(expected), "{text} to {exponent}");
            }
        }
    }

    #[test]
    fn nothing_but_arithmetic_is_accepted() {
        for text in [
            "",
            " ",
            "amount +",
            "amount fee",
            "let x = 1; x",
            "while true {}",
            "eval(amount)",
            "\"a\"",
            "amount.abs()",
            "amount // fee",
            "amount ** 2",
            "if amount > 1 { 2 }",
            "profit",
            "1e9",
            "0x10",
            "1_000",
            "１",
            "f(1)",
            "amount == fee",
            "amount; fee",
            "amount = 2",
            "99999999999999999999999999",
            "amount\nfee",
            "1.",
            "print(fee)",
        ] {
            assert!(compute(text, ["1", "1", "1"]).is_err(), "{text:?}");
        }
        assert!(compute(&"(".repeat(300), ["1", "1", "1"]).is_err());
        assert!(compute(&format!("{}1{}", "(".repeat(190), ")".repeat(190)), ["1", "1", "1"]).is_err());
    }

    proptest! {
        #[test]
        fn the_shortcuts_compute_what_the_engine_computes(a in any::<i64>(), b in any::<i64>(), scale in 0_u32..20) {
            let values = [Decimal::new(a, scale), Decimal::new(b, 2), Decimal::MAX];
            for text in [
                "amount", "-amount", "amount + fee", "amount - fee", "amount + rate", "- fee", "fee * fee",
                "fee - fee - amount", "-fee * fee - amount", "fee * (fee - amount) + fee", "round(fee * amount)",
                "round((fee + amount) * fee) - round(amount * fee)", "round_down( - fee ) * fee", "amount - - fee",
                "round_up(round_half_even(fee * fee * fee) - amount * fee)",
            ] {
                let short = Expression::compile(text, &slot).ok().unwrap();
                prop_assert!(!matches!(short.form, Form::Script(_)));
                let long = Expression::compile(&format!("({text}) * 1"), &slot).ok().unwrap();
                prop_assert!(matches!(long.form, Form::Script(_)));
                prop_assert_eq!(short.value(&values, 2).ok(), long.value(&values, 2).ok());
            }
        }
    }
}
