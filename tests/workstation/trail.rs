//! The trail of money in the workstation, from a trade, a voucher, and what is open on an account.

use super::desk::SampleDesk;
use super::pictures::{picture, session_over};
use storno::i18n::Lang;

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

#[test]
fn pictures_of_a_trail() {
    for (name, keys) in [
        ("trail", "2 T"),
        ("account_beside_staged", r#": "trade_T0003" Enter Enter s Enter : "account_1101.WECHAT" Enter B"#),
    ] {
        for size in SIZES {
            for lang in [Lang::En, Lang::Zh] {
                let picture = picture(&mut session_over(SampleDesk::with_fund_bill(), lang, size, keys));
                let file = format!("{name}-{}x{}-{}", size.0, size.1, lang.tag());
                insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                    insta::assert_snapshot!(file, picture);
                });
            }
        }
    }
}

#[test]
fn one_key_follows_the_money_from_a_trade_a_voucher_and_an_open_item_and_leads_on() {
    let seen =
        |keys: &str| picture(&mut session_over(SampleDesk::with_fund_bill(), Lang::En, (120, 40), keys));
    for keys in ["2 T", r#": "trade_T0001" Enter T"#, r#": "voucher_J00001" Enter T"#] {
        let trail = seen(keys);
        assert!(
            trail.contains("wechat-fundflow-20180912.csv:2") && trail.contains("2001.B #1"),
            "{keys}: {trail}"
        );
    }
    let of_item = seen(r#": "account_1101.WECHAT" Enter B T"#);
    // The line of a payment stands beside that of its fee, and the trade comes to both.
    assert!(of_item.contains("88.88") && of_item.contains("-0.53"), "{of_item}");
    assert!(!of_item.contains("DIFFERS by 0.53"), "{of_item}");
    // Enter on the trade's row leads to the trade.
    let led = seen("2 T j j Enter");
    assert!(led.contains("T0001"), "{led}");
}
