//! Tells what a file is from its first bytes: first by what only one kind contains, then by column names,
//! then by titles, and last by the shape of the first line.

use super::Format;
use super::foreign::{Foreign, binary};
use super::head::Head;
use super::reason::{Reason, shown};

/// Tells what the file that begins with `first_bytes` is; some KiB are enough.
///
/// # Errors
/// [`Reason::Foreign`] for a known kind of file that is not imported, [`Reason::Unrecognised`],
/// [`Reason::Empty`].
pub fn detect(first_bytes: &[u8]) -> Result<Format, Reason> {
    if let Some(kind) = binary(first_bytes) {
        return Err(Reason::Foreign { kind });
    }
    let Some(head) = Head::of(first_bytes) else { return Err(Reason::Empty {}) };
    let readers = Format::ALL.iter().map(|format| (format.reader().marks, Ok(*format)));
    let foreign = Foreign::ALL.iter().map(|kind| (kind.marks(), Err(Reason::Foreign { kind: *kind })));
    readers
        .chain(foreign)
        .filter_map(|(marks, found)| head.strongest(marks).map(|strength| (strength, found)))
        .min_by_key(|(strength, _)| *strength)
        .map_or_else(|| Err(Reason::Unrecognised { start: shown(head.first()) }), |(_, found)| found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::GBK;

    macro_rules! sample {
        ($name:literal) => {
            include_bytes!(concat!("../../../tests/data/", $name)).as_slice()
        };
    }

    fn foreign(kind: Foreign) -> Result<Format, Reason> {
        Err(Reason::Foreign { kind })
    }

    #[test]
    fn samples_are_what_they_are() {
        for (bytes, expected) in [
            (sample!("local-trades-20180912.csv"), Ok(Format::LocalTrades)),
            (sample!("local-journal-20180912.csv"), Ok(Format::LocalJournal)),
            (sample!("wechat-trade-ALL-20180912.csv"), Ok(Format::WechatTrade)),
            (sample!("wechat-trade-ALL-empty-day.csv"), Ok(Format::WechatTrade)),
            (sample!("alipay-trade-detail-20180912.gbk.csv"), Ok(Format::AlipayTrade)),
            (sample!("wechat-fundflow-20180912.csv"), Ok(Format::WechatFund)),
            (sample!("alipay-account-detail-20180912.gbk.csv"), Ok(Format::AlipayAccount)),
            (sample!("bank-pipe-spdb-style-20180912.txt"), foreign(Foreign::BankPipe)),
            (sample!("INN18091288ZM_777000000000001.txt"), Ok(Format::UnionpayTrade)),
            (sample!("INN18091288ZME_777000000000001.txt"), Ok(Format::UnionpayErrors)),
        ] {
            assert_eq!(detect(bytes), expected);
            assert_eq!(detect(&bytes[..bytes.len().min(400)]), expected, "from 400 bytes");
        }
    }

    #[test]
    fn other_files_are_named_or_shown() {
        let personal = "微信支付账单明细,,,,\n微信昵称：[x],,,,\n";
        let receipt = "支付宝（中国）网络技术有限公司  电子客户回单\n";
        for (bytes, expected) in [
            (personal.as_bytes(), foreign(Foreign::WechatPersonal)),
            (receipt.as_bytes(), foreign(Foreign::AlipayPersonal)),
            (&GBK.encode("支付宝交易记录明细查询\n").0, foreign(Foreign::AlipayPersonal)),
            (
                b"S22 48020000    00049992    000101 0912101010 622588******0001    000000050000\n",
                foreign(Foreign::UnionpayOther),
            ),
            ("#支付宝业务汇总查询\n".as_bytes(), foreign(Foreign::AlipaySummary)),
            (b"%PDF-1.7\n%", foreign(Foreign::Pdf)),
            (b"\n <!DOCTYPE HTML><html>", foreign(Foreign::Html)),
            (b"PK\x03\x04....xl/workbook.xml", foreign(Foreign::Spreadsheet)),
            (b"PK\x03\x04....bill.csv", foreign(Foreign::Zip)),
            (b"\xd0\xcf\x11\xe0\xa1", foreign(Foreign::Spreadsheet)),
            (b"\xff\xfet\0r\0", foreign(Foreign::Utf16)),
            (b"", Err(Reason::Empty {})),
            (b"\xef\xbb\xbf\r\n \n", Err(Reason::Empty {})),
            (b"a,b,c\n", Err(Reason::Unrecognised { start: "a,b,c".to_owned() })),
            (b"<xml><return_msg><![CDATA[No Bill Exist]]></return_msg></xml>", Ok(Format::WechatTrade)),
            (b"{\"code\":\"NO_STATEMENT_EXIST\"}", Ok(Format::WechatTrade)),
            (
                b"<xml><return_msg>invalid bill_date</return_msg></xml>",
                Err(Reason::Unrecognised {
                    start: "<xml><return_msg>invalid bill_date</return_msg></xml>".to_owned(),
                }),
            ),
        ] {
            assert_eq!(detect(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn formats_read_back_from_their_names() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(*format));
        }
        assert!("wechat".parse::<Format>().is_err());
    }
}
