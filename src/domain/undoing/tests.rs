//! Families by hand, and the order in which their trades are held against each other.

use super::*;
use jiff::civil::date;

fn kinds() -> Kinds {
    Kinds::parse("k.toml", include_str!("../../../assets/templates/cn-wallet/kinds.toml"), None).unwrap()
}

/// A trade of 12 September at WeChat, of customer C and merchant M.
fn trade(id: i64, kind: TradeKind, original: Option<&str>, amount_minor: i64) -> Relative {
    let named = |no: &str| no.parse().unwrap();
    Relative {
        id,
        trade_no: format!("T{id}").parse().unwrap(),
        kind,
        counters: None,
        channel: Channel::WECHAT,
        channel_ref: named(&format!("R{id}")),
        original_ref: original.map(named),
        amount_minor,
        merchant_discount_minor: 0,
        fee_minor: 0,
        currency: Currency::CNY,
        customer: Some("C".to_owned()),
        merchant: Some("M".to_owned()),
        status: TradeStatus::Succeeded,
        business_date: date(2018, 9, 12),
    }
}

fn counter(id: i64, original: &str, of: TradeKind, amount_minor: i64) -> Relative {
    Relative { counters: Some(of), ..trade(id, TradeKind::COUNTER, Some(original), amount_minor) }
}

/// What is left of the original before each trade, `None` for one that goes back on nothing known.
fn left(trades: &[Relative]) -> Vec<Option<i64>> {
    let family = Family::new(trades.to_vec());
    trades.iter().map(|one| family.undoing(&kinds(), one.id).map(|undoing| undoing.left_minor())).collect()
}

fn contradiction(trades: &[Relative], id: i64) -> Option<Contradiction> {
    let undoing = Family::new(trades.to_vec()).undoing(&kinds(), id)?;
    let one = trades.iter().find(|one| one.id == id).unwrap();
    undoing.contradiction(Held {
        amount_minor: one.amount_minor,
        currency: one.currency,
        channel: one.channel,
        customer: one.customer.as_deref(),
        merchant: one.merchant.as_deref(),
    })
}

#[test]
fn each_trade_is_held_against_what_those_before_it_left_in_all_kinds() {
    let trades = [
        trade(1, TradeKind::PAY, None, 100),
        trade(2, TradeKind::REFUND, Some("R1"), 30),
        counter(3, "R1", TradeKind::PAY, 20),
        trade(4, TradeKind::CHARGEBACK, Some("R1"), 60),
        trade(5, TradeKind::REFUND, Some("OLD7"), 10),
    ];
    assert_eq!(left(&trades), [None, Some(100), Some(70), Some(50), None]);
    assert_eq!([1, 2, 3, 5].map(|id| contradiction(&trades, id)), [const { None }; 4]);
    let found = contradiction(&trades, 4);
    let (original, currency) = ("T1".parse().unwrap(), Currency::CNY);
    assert_eq!(found, Some(Contradiction::TooMuch { original, left_minor: 50, currency }));
    // The rows decide, not the order in which they are read.
    let mut turned = trades.to_vec();
    turned.reverse();
    assert!(contradiction(&turned, 4).is_some() && contradiction(&turned, 2).is_none());
    // One that failed has undone nothing.
    let mut failed = trades.to_vec();
    failed[2].status = TradeStatus::Failed;
    assert_eq!(contradiction(&failed, 4), None);
}

#[test]
fn what_was_won_back_can_be_undone_again() {
    // One that names the payment is held against all its chargebacks, whichever the ledger learnt of first.
    for (named, chargebacks) in [("R2", 100), ("R1", 200)] {
        let trades = [
            trade(1, TradeKind::PAY, None, 100),
            trade(2, TradeKind::CHARGEBACK, Some("R1"), 100),
            trade(3, TradeKind::REPRESENTMENT, Some(named), 100),
            trade(4, TradeKind::CHARGEBACK, Some("R1"), 100),
            trade(5, TradeKind::REFUND, Some("R1"), 1),
        ];
        assert_eq!(left(&trades), [None, Some(100), Some(chargebacks), Some(100), Some(0)], "{named}");
        assert!(contradiction(&trades, 4).is_none() && contradiction(&trades, 5).is_some(), "{named}");
        // Won back twice.
        let twice = [&trades[..3], &[trade(6, TradeKind::REPRESENTMENT, Some(named), 100)]].concat();
        assert_eq!(left(&twice)[3], Some(0), "{named}");
        assert!(contradiction(&twice, 6).is_some(), "{named}");
    }
    let of_refund = [
        trade(1, TradeKind::PAY, None, 100),
        trade(2, TradeKind::REFUND, Some("R1"), 100),
        counter(3, "R2", TradeKind::REFUND, 40),
        trade(4, TradeKind::REFUND, Some("R1"), 40),
    ];
    assert_eq!(left(&of_refund), [None, Some(100), Some(100), Some(40)]);
}

#[test]
fn what_goes_back_on_a_trade_stands_as_far_as_that_is_booked() {
    // It names the chargeback, or the payment.
    for named in ["R3", "R1"] {
        let trades = [
            trade(1, TradeKind::PAY, None, 100),
            trade(2, TradeKind::REFUND, Some("R1"), 30),
            trade(3, TradeKind::CHARGEBACK, Some("R1"), 100),
            trade(4, TradeKind::REPRESENTMENT, Some(named), 100),
            counter(5, "R4", TradeKind::REPRESENTMENT, 100),
        ];
        assert!(matches!(contradiction(&trades, 3), Some(Contradiction::TooMuch { left_minor: 70, .. })));
        // Of the chargeback 70 were taken from the merchant: so much comes back, and may go once more.
        let too_much = |original: &str| {
            let (original, currency) = (original.parse().unwrap(), Currency::CNY);
            Some(Contradiction::TooMuch { original, left_minor: 70, currency })
        };
        assert_eq!(contradiction(&trades, 4), too_much("T3"), "{named}");
        assert_eq!(contradiction(&trades, 5), too_much("T4"), "{named}");
        // Nothing was.
        let refused = |original: &str| Some(Contradiction::Refused { original: original.parse().unwrap() });
        let mut none = trades.to_vec();
        none[1].amount_minor = 100;
        assert_eq!(contradiction(&none, 4), refused("T3"), "{named}");
        assert_eq!(contradiction(&none, 5), refused("T4"), "{named}");
        // As much as is left: everything that follows stands.
        let mut less = trades.to_vec();
        less[2..].iter_mut().for_each(|one| one.amount_minor = 70);
        assert_eq!([3, 4, 5].map(|id| contradiction(&less, id)), [const { None }; 3], "{named}");
    }
    // Of several chargebacks as much can be won back as was taken.
    let trades = [
        trade(1, TradeKind::PAY, None, 100),
        trade(2, TradeKind::CHARGEBACK, Some("R1"), 60),
        trade(3, TradeKind::CHARGEBACK, Some("R1"), 60),
        trade(4, TradeKind::REPRESENTMENT, Some("R1"), 60),
        trade(5, TradeKind::REPRESENTMENT, Some("R1"), 60),
    ];
    assert_eq!(contradiction(&trades, 4), None);
    assert!(matches!(contradiction(&trades, 5), Some(Contradiction::TooMuch { left_minor: 40, .. })));
}

#[test]
fn the_original_has_to_have_succeeded_and_to_be_of_the_same_parties_channel_and_currency() {
    let held = |change: &dyn Fn(&mut Relative, &mut Relative)| {
        let mut trades = [trade(1, TradeKind::PAY, None, 100), trade(2, TradeKind::REFUND, Some("R1"), 100)];
        let [original, refund] = &mut trades;
        change(original, refund);
        contradiction(&trades, 2)
    };
    let fact = |change: &dyn Fn(&mut Relative, &mut Relative)| match held(change) {
        Some(Contradiction::Fact { fact, .. }) => fact,
        other => panic!("{other:?}"),
    };
    assert_eq!(held(&|_, _| {}), None);
    for status in [TradeStatus::Failed, TradeStatus::Closed, TradeStatus::Processing, TradeStatus::Unknown] {
        let found = held(&|original, _| original.status = status);
        assert_eq!(found, Some(Contradiction::Status { original: "T1".parse().unwrap(), status }));
    }
    assert_eq!(fact(&|_, refund| refund.merchant = Some("N".to_owned())), HeldFact::Merchant);
    assert_eq!(fact(&|_, refund| refund.merchant = None), HeldFact::Merchant);
    assert_eq!(fact(&|_, refund| refund.customer = Some("D".to_owned())), HeldFact::Customer);
    assert_eq!(fact(&|_, refund| refund.channel = Channel::ALIPAY), HeldFact::Channel);
    assert_eq!(fact(&|_, refund| refund.currency = "USD".parse().unwrap()), HeldFact::Currency);
    // The list of a channel may leave the customer out.
    assert_eq!(held(&|_, refund| refund.customer = None), None);
    // The same reference at another channel, of other parties, is another trade.
    let other = |_: &mut Relative, refund: &mut Relative| {
        refund.channel = Channel::ALIPAY;
        (refund.customer, refund.merchant) = (Some("D".to_owned()), Some("N".to_owned()));
    };
    assert_eq!(held(&other), None);
    // What has left already, though its answer is still to come, may come back.
    let payout = Relative { status: TradeStatus::Processing, ..trade(1, TradeKind::PAYOUT, None, 100) };
    assert_eq!(contradiction(&[payout, trade(2, TradeKind::RETURN, Some("R1"), 100)], 2), None);
}

#[test]
fn of_several_trades_of_a_reference_the_one_that_fits_is_the_original() {
    // A failed try and its retry, and another sub-merchant's order of that number.
    let mut failed = trade(1, TradeKind::PAY, None, 100);
    failed.status = TradeStatus::Failed;
    let retry = Relative { channel_ref: failed.channel_ref.clone(), ..trade(2, TradeKind::PAY, None, 100) };
    let others =
        Relative { merchant: Some("N".to_owned()), id: 3, trade_no: "T3".parse().unwrap(), ..retry.clone() };
    let mut refund = trade(4, TradeKind::REFUND, Some("R1"), 100);
    let original = |refund: &Relative| {
        let trades = vec![failed.clone(), retry.clone(), others.clone(), refund.clone()];
        let undoing = Family::new(trades).undoing(&kinds(), refund.id).unwrap();
        (undoing.original.to_string(), undoing.stands)
    };
    assert_eq!(original(&refund), ("T2".to_owned(), true));
    refund.merchant = Some("N".to_owned());
    assert_eq!(original(&refund), ("T3".to_owned(), true));
    // Alipay's refund of a whole order bears the order's number.
    refund.channel_ref = failed.channel_ref.clone();
    assert_eq!(original(&refund), ("T3".to_owned(), true));
}

#[test]
fn kinds_that_undo_each_other_are_followed_to_an_end() {
    let text = "id = \"x\"\n[[kind]]\ncode = \"there\"\nname = \"there\"\nname_en = \"there\"\nmoney = \"in\"\nundoes = [\"back\"]\n\
                event = [{ name = \"captured\" }]\n[[kind]]\ncode = \"back\"\nname = \"back\"\nname_en = \"back\"\nmoney = \"out\"\n\
                undoes = [\"there\"]\nevent = [{ name = \"captured\" }]\n";
    let kinds = Kinds::parse("k.toml", text, None).unwrap();
    let code = |text: &str| TradeKind::of_text(text).unwrap();
    let round = [trade(1, code("there"), Some("R2"), 5), trade(2, code("back"), Some("R1"), 5)];
    let family = Family::new(round.to_vec());
    assert_eq!(family.undoing(&kinds, 2).map(|undoing| undoing.left_minor()), Some(5));
    assert!(undoes_what_undid(&kinds, code("back")) && !undoes_what_undid(&self::kinds(), TradeKind::REFUND));
}

#[test]
fn the_channels_fee_given_back_is_that_of_the_trades_that_undo_it() {
    let fee = |fee_minor: i64, one: Relative| Relative { fee_minor, ..one };
    let trades = vec![
        fee(60, trade(1, TradeKind::PAY, None, 100)),
        fee(-20, trade(2, TradeKind::REFUND, Some("R1"), 30)),
        fee(500, trade(3, TradeKind::CHARGEBACK, Some("R1"), 30)),
        fee(7, counter(4, "R2", TradeKind::REFUND, 10)),
    ];
    let family = Family::new(trades);
    assert_eq!(family.fee_returned(&kinds(), 1), 20, "what a dispute costs is not given back");
    assert_eq!(family.fee_returned(&kinds(), 2), -7);
}
