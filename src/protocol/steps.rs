//! Steps of a case: the request to stage one, and one struct a kind with how an operator writes it.

pub use super::journals::Journal;
pub use super::step_row::{LineRef, ProofFile, StepLine, StepRow};

use crate::domain::event::Event;
use crate::domain::id::{AccountCode, ChannelRef, Party, TradeNo, VoucherNo};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::BillState;
use crate::domain::step::StepKind;
use crate::domain::trade::{Channel, TradeKind, TradeStatus};
use crate::domain::trade_news::ListedFact;
use crate::domain::voucher::Mode;
use crate::protocol::syntax::{Argument, Syntax, Takes, fact, money, text, word};
use crate::protocol::tagged::{self, Tagged};
use serde::de::MapAccess;
use serde::{Deserialize, Deserializer, Serialize};

/// Declares the request to stage a step: one line for each struct, with its word in JSON and in stored
/// steps, the kind under which the step is shown, and how an operator writes it.
///
/// `Reverse = "reverse" shown Reverse written REVERSE` makes the variant `StepRequest::Reverse(Reverse)`,
/// whose JSON is the struct's own with `"kind": "reverse"` before its fields, `From<Reverse> for
/// StepRequest`, and adds `REVERSE` to [`SYNTAXES`].
macro_rules! steps {
    ($($step:ident = $word:literal shown $kind:ident $(written $syntax:ident)?,)+) => {
        /// A step to stage in a case.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(tag = "kind")]
        pub enum StepRequest {
            $(
                #[doc = concat!("A [`struct@", stringify!($step), "`].")]
                #[serde(rename = $word)]
                $step($step),
            )+
        }

        /// The word of a step.
        #[derive(Deserialize)]
        pub(super) enum Tag {
            $(
                #[serde(rename = $word)]
                $step,
            )+
        }

        impl<'de> Tagged<'de> for StepRequest {
            const KEY: &'static str = "kind";
            type Tag = Tag;

            fn variant<A: MapAccess<'de>>(tag: Tag, fields: A) -> Result<Self, A::Error> {
                match tag { $(Tag::$step => tagged::fields(fields).map(Self::$step),)+ }
            }
        }

        impl StepRequest {
            /// Returns the kind under which the step is shown.
            #[must_use]
            pub const fn kind(&self) -> StepKind {
                match self { $(Self::$step(_) => StepKind::$kind,)+ }
            }
        }

        /// How an operator writes each kind of step, in the order of the help page.
        pub const SYNTAXES: &[&Syntax<StepRequest>] = &[$($(&$syntax,)?)+];

        $(
            impl From<$step> for StepRequest {
                fn from(step: $step) -> Self {
                    Self::$step(step)
                }
            }
        )+
    };
}

steps! {
    Reverse = "reverse" shown Reverse written REVERSE,
    Repost = "repost" shown Repost written REPOST,
    Supplement = "supplement" shown Supplement written SUPPLEMENT,
    Adjust = "adjust" shown Adjust written ADJUST,
    Park = "park" shown Park written PARK,
    // Written as `park` too.
    ParkLine = "park_line" shown Park,
    Record = "record" shown Record written RECORD,
    Counter = "counter" shown Counter written COUNTER,
    Stub = "stub" shown Stub written STUB,
    Unpark = "unpark" shown Unpark written UNPARK,
    Status = "status" shown Status written STATUS,
    Dismiss = "dismiss" shown Dismiss written DISMISS,
    Statement = "statement" shown Statement written STATEMENT,
    // Staged by importing its file.
    Journal = "journal" shown Journal,
}

impl<'de> Deserialize<'de> for StepRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tagged::read(deserializer)
    }
}

/// The trade of a step.
const TRADE: Argument = Argument::place("trade_no", "TRADE", word::<TradeNo>);
/// The event of a step.
const EVENT: Argument = Argument::option("event", "event", "EVENT", word::<Event>).bare();
/// A debit line; `credit` is the other side.
const DEBIT: Argument = Argument::option("debit", "debit", "ACCOUNT=AMOUNT", money).takes(Takes::Many);
/// A credit line.
const CREDIT: Argument = Argument::option("credit", "credit", "ACCOUNT=AMOUNT", money).takes(Takes::Many);
/// The operator's reason.
const BECAUSE: Argument = Argument::option("because", "because", "TEXT", text).takes(Takes::Text);

/// Takes a voucher back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reverse {
    /// The voucher.
    pub voucher_no: VoucherNo,
    /// The mode; `None` lets the dates decide.
    pub mode: Option<Mode>,
}

/// `reverse VOUCHER --mode MODE`; `auto` is not a mode but lets the dates decide.
const REVERSE: Syntax<StepRequest> = Syntax {
    kind: StepKind::Reverse,
    chinese: &["冲销", "冲"],
    arguments: &[
        Argument::place("voucher_no", "VOUCHER", word::<VoucherNo>),
        Argument::option("mode", "mode", "MODE", text).one_of(&["auto", "wipe", "red", "blue"]).bare(),
    ],
    make: |given| {
        let mode = given.text("mode").and_then(|mode| mode.parse().ok());
        Ok(Reverse { voucher_no: given.value("voucher_no")?, mode }.into())
    },
};

/// Posts an event again after its posting was taken back in the same case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repost {
    /// The trade.
    pub trade_no: TradeNo,
    /// The event; `None` for `captured`.
    pub event: Option<Event>,
    /// Facts to correct, for example `("customer", "A")`; `("reason", "...")` says why.
    pub set: Vec<(String, String)>,
}

/// `repost TRADE --event EVENT --set FACT=VALUE`.
const REPOST: Syntax<StepRequest> = Syntax {
    kind: StepKind::Repost,
    chinese: &["重记"],
    arguments: &[TRADE, EVENT, Argument::option("set", "set", "FACT=VALUE", fact).takes(Takes::Many).bare()],
    make: |given| {
        let (trade_no, event) = (given.value("trade_no")?, given.maybe("event")?);
        Ok(Repost { trade_no, event, set: given.facts("set")? }.into())
    },
};

/// Posts an event that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplement {
    /// The trade.
    pub trade_no: TradeNo,
    /// The event; `None` for `captured`.
    pub event: Option<Event>,
}

/// `supplement TRADE --event EVENT`.
const SUPPLEMENT: Syntax<StepRequest> = Syntax {
    kind: StepKind::Supplement,
    chinese: &["补账", "补"],
    arguments: &[TRADE, EVENT],
    make: |given| Ok(Supplement { trade_no: given.value("trade_no")?, event: given.maybe("event")? }.into()),
};

/// Books a difference only (差额): the given lines, or what lies between the rules and the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjust {
    /// The trade.
    pub trade_no: TradeNo,
    /// The event; `None` for `captured`.
    pub event: Option<Event>,
    /// The lines; empty for the difference by the rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<StepLine>,
    /// Takes away in red: negative on the account's own side instead of positive on the other side.
    #[serde(default)]
    pub red: bool,
    /// Books beside the event and does not count as part of it: a debt that is left, a loss taken.
    #[serde(default)]
    pub aside: bool,
}

/// `adjust TRADE --event EVENT --debit ACCOUNT=AMOUNT --credit ACCOUNT=AMOUNT --red --aside`.
const ADJUST: Syntax<StepRequest> = Syntax {
    kind: StepKind::Adjust,
    chinese: &["调账"],
    arguments: &[
        TRADE,
        EVENT,
        DEBIT,
        CREDIT,
        Argument::switch("red", "red"),
        Argument::switch("aside", "aside"),
    ],
    make: |given| {
        let (trade_no, event) = (given.value("trade_no")?, given.maybe("event")?);
        let (red, aside) = (given.has("red"), given.has("aside"));
        Ok(Adjust { trade_no, event, lines: given.lines()?, red, aside }.into())
    },
};

/// Puts an amount into suspense (挂账): lines, or what an event lacks with suspense in place of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Park {
    /// The trade.
    pub trade_no: TradeNo,
    /// The event; `None` for `captured`.
    pub event: Option<Event>,
    /// The account that suspense replaces; `None` for the customer's or merchant's.
    pub instead_of: Option<AccountCode>,
    /// The lines; empty for what the rules say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<StepLine>,
    /// Of a trade that undoes more than is left of its original, only what is too much.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub excess: bool,
}

/// Puts money into suspense that came or went without a trade: a channel's line, or the given lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkLine {
    /// The channel's line; `None` if no statement has one.
    pub line: Option<LineRef>,
    /// The lines to book; empty for the channel line's amount between the channel's account and suspense.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<StepLine>,
}

/// `park TRADE`; `park --line CHANNEL/REFERENCE` or lines alone are a [`struct@ParkLine`].
const PARK: Syntax<StepRequest> = Syntax {
    kind: StepKind::Park,
    chinese: &["挂账"],
    arguments: &[
        // Before the trade: what has the form of a channel's line is one.
        Argument::option("line", "line", "CHANNEL/REFERENCE", word::<LineRef>).excludes("trade_no").bare(),
        TRADE.unless(&["line", "debit"]),
        EVENT.needs("trade_no"),
        Argument::option("instead_of", "instead-of", "ACCOUNT", word::<AccountCode>).needs("trade_no"),
        Argument::switch("excess", "excess").needs("trade_no"),
        DEBIT,
        CREDIT,
    ],
    make: |given| {
        let (trade, line, lines) = (given.maybe("trade_no")?, given.maybe("line")?, given.lines()?);
        let Some(trade_no) = trade else { return Ok(ParkLine { line, lines }.into()) };
        let (event, instead_of) = (given.maybe("event")?, given.maybe("instead_of")?);
        Ok(Park { trade_no, event, instead_of, lines, excess: given.has("excess") }.into())
    },
};

/// Notes that a channel took a payment back before it came (冲正先到): the payment is not posted when it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stub {
    /// The channel's line that takes it back.
    pub line: LineRef,
}

/// `stub CHANNEL/REFERENCE`.
const STUB: Syntax<StepRequest> = Syntax {
    kind: StepKind::Stub,
    chinese: &["登记冲正"],
    arguments: &[Argument::place("line", "CHANNEL/REFERENCE", word::<LineRef>)],
    make: |given| Ok(Stub { line: given.value("line")? }.into()),
};

/// Withdraws a channel's statement, or makes a held one stand in place of those that it overlaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Number of the statement.
    pub bill: i64,
    /// Its state from then on: `standing` or `withdrawn`.
    pub state: BillState,
    /// Why.
    pub because: String,
}

/// Checks the number of a statement.
fn number(text: &str) -> Result<(), Rejection> {
    text.parse::<i64>().map(|_| ()).map_err(|_| not_a_number(text))
}

fn not_a_number(text: &str) -> Rejection {
    Rejection::new(Code::BadValue).with("what", "bill").with("value", text.escape_debug())
}

/// `statement ID --state standing|withdrawn --because TEXT`.
const STATEMENT: Syntax<StepRequest> = Syntax {
    kind: StepKind::Statement,
    chinese: &["账单"],
    arguments: &[
        Argument::place("bill", "ID", number),
        Argument::option("bill_state", "state", "STATE", text)
            .one_of(&["standing", "withdrawn"])
            .required()
            .bare(),
        BECAUSE.required(),
    ],
    make: |given| {
        let state = given.value("bill_state")?;
        let bill = given.text("bill").unwrap_or_default();
        let bill = bill.parse().map_err(|_| not_a_number(&bill))?;
        let because = given.text("because").unwrap_or_default();
        Ok(Statement { bill, state, because }.into())
    },
};

/// Clears an open item from suspense (销账).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpark {
    /// The voucher that opened the item.
    pub voucher_no: VoucherNo,
    /// The account that the amount goes to.
    pub to: AccountCode,
    /// The channel's line by which the money left, if that line has no trade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<LineRef>,
}

/// `unpark VOUCHER --to ACCOUNT --by CHANNEL/REFERENCE`.
const UNPARK: Syntax<StepRequest> = Syntax {
    kind: StepKind::Unpark,
    chinese: &["销账"],
    arguments: &[
        Argument::place("voucher_no", "VOUCHER", word::<VoucherNo>),
        Argument::option("into", "to", "ACCOUNT", word::<AccountCode>).required().bare(),
        Argument::option("paid_by", "by", "CHANNEL/REFERENCE", word::<LineRef>),
    ],
    make: |given| {
        let (voucher_no, to) = (given.value("voucher_no")?, given.value("into")?);
        Ok(Unpark { voucher_no, to, line: given.maybe("paid_by")? }.into())
    },
};

/// Records a trade that a channel's line proves and that no file brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The number it gets.
    pub trade_no: TradeNo,
    /// Its kind.
    pub trade_kind: TradeKind,
    /// The channel.
    pub channel: Channel,
    /// The channel's reference; amount, fee and time are taken from its line.
    pub channel_ref: ChannelRef,
    /// The customer.
    pub customer: Option<Party>,
    /// The merchant.
    pub merchant: Option<Party>,
    /// The channel's own number, if several lines bear the reference or its line names none; `None` for the line's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_no: Option<String>,
    /// The reason, needed if no trade knows one of the two parties yet: the posting opens an account for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// `record CHANNEL REFERENCE --as TRADE --kind KIND --customer NAME --merchant NAME --channel-no NO --because TEXT`.
const RECORD: Syntax<StepRequest> = Syntax {
    kind: StepKind::Record,
    chinese: &["补录"],
    arguments: &[
        Argument::place("channel", "CHANNEL", word::<Channel>),
        Argument::place("channel_ref", "REFERENCE", word::<ChannelRef>),
        Argument::option("number", "as", "TRADE", word::<TradeNo>).required().bare(),
        Argument::option("of_kind", "kind", "KIND", word::<TradeKind>).required().bare(),
        Argument::option("of_customer", "customer", "CUSTOMER", word::<Party>),
        Argument::option("of_merchant", "merchant", "MERCHANT", word::<Party>),
        Argument::option("channel_no", "channel-no", "NUMBER", word::<ChannelRef>),
        BECAUSE,
    ],
    make: |given| {
        let record = Record {
            trade_no: given.value("number")?,
            trade_kind: given.value("of_kind")?,
            channel: given.value("channel")?,
            channel_ref: given.value("channel_ref")?,
            customer: given.maybe("of_customer")?,
            merchant: given.maybe("of_merchant")?,
            channel_no: given.text("channel_no"),
            because: given.text("because"),
        };
        Ok(record.into())
    },
};

/// Undoes a trade with customer and channel by a new one (反交易), posted as the original with sides turned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// Number of the new trade; `None` to have one given when the step is staged.
    pub trade_no: Option<TradeNo>,
    /// The trade it undoes.
    pub of: TradeNo,
    /// A kind with a rule of its own; `None` for the original's rules, sides turned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade_kind: Option<TradeKind>,
    /// Amount in major units; `None` for that of the channel's line, else for all that is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// The channel's fee in major units, negative if it is given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<String>,
    /// Reference of the channel's line that proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<ChannelRef>,
    /// The reason, needed if no line proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// `counter TRADE --as TRADE --kind KIND --amount AMOUNT --fee AMOUNT --ref REFERENCE --because TEXT`. Any
/// text passes as an amount here, so that a mistyped one is refused and not taken for a reason.
const COUNTER: Syntax<StepRequest> = Syntax {
    kind: StepKind::Counter,
    chinese: &["反交易"],
    arguments: &[
        Argument::place("undone", "TRADE", word::<TradeNo>),
        Argument::option("new_number", "as", "TRADE", word::<TradeNo>),
        Argument::option("undo_kind", "kind", "KIND", word::<TradeKind>),
        Argument::option("undo_amount", "amount", "AMOUNT", text).bare(),
        Argument::option("undo_fee", "fee", "AMOUNT", text).signed(),
        Argument::option("evidence", "ref", "REFERENCE", word::<ChannelRef>),
        BECAUSE.bare(),
    ],
    make: |given| {
        let counter = Counter {
            trade_no: given.maybe("new_number")?,
            of: given.value("undone")?,
            trade_kind: given.maybe("undo_kind")?,
            amount: given.text("undo_amount"),
            fee: given.text("undo_fee"),
            evidence: given.maybe("evidence")?,
            because: given.text("because"),
        };
        Ok(counter.into())
    },
};

/// Corrects a trade's own status as the channel proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The trade.
    pub trade_no: TradeNo,
    /// The proven status.
    pub status: TradeStatus,
    /// A file that proves it where no channel's line does; needs a note, and the policy's consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ProofFile>,
    /// The note on the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// `status TRADE STATUS --proof FILE --because TEXT`.
const STATUS: Syntax<StepRequest> = Syntax {
    kind: StepKind::Status,
    chinese: &["更正状态"],
    arguments: &[
        TRADE,
        Argument::place("status", "STATUS", word::<TradeStatus>),
        Argument::option("proof", "proof", "FILE", word::<ProofFile>).takes(Takes::File),
        BECAUSE.needs("proof"),
    ],
    make: |given| {
        let (trade_no, status) = (given.value("trade_no")?, given.value("status")?);
        Ok(Status { trade_no, status, proof: given.maybe("proof")?, because: given.text("because") }.into())
    },
};

/// Dismisses what a later trade list claims against what is known of a trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dismiss {
    /// The trade.
    pub trade_no: TradeNo,
    /// The fact that the list tells otherwise.
    pub fact: ListedFact,
    /// The reason, needed unless the channel's line proves what is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// `dismiss TRADE FACT --because TEXT`.
const DISMISS: Syntax<StepRequest> = Syntax {
    kind: StepKind::Dismiss,
    chinese: &["驳回"],
    arguments: &[TRADE, Argument::place("listed", "FACT", word::<ListedFact>), BECAUSE.bare()],
    make: |given| {
        let (trade_no, fact) = (given.value("trade_no")?, given.value("listed")?);
        Ok(Dismiss { trade_no, fact, because: given.text("because") }.into())
    },
};
