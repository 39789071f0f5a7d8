//! The sheet of decisions as XLSX: the columns to fill in take what they may hold, and the reason codes are a sheet of
//! their own. Texts are texts, whatever they begin with.

use super::decision_sheet::{SheetCell, SheetColumn, cells, decision_word};
use crate::domain::decision::FindingDecision;
use crate::files::export::escape_formula;
use crate::i18n::{Lang, word};
use crate::protocol::decisions::ProposedFinding;
use crate::protocol::names::Names;
use crate::protocol::policy::ReasonRow;
use jiff::civil::{Date, DateTime};
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, DocProperties, ExcelDateTime,
    Format, FormatAlign, Formula, Workbook, Worksheet, XlsxError,
};
use std::io;

/// Digits of a number that a spreadsheet program keeps; an amount with more is written as text.
const EXACT_DIGITS: usize = 15;

/// Rows below the findings that also take what the columns may hold, for those who add some.
const LAST_ROW: u32 = 1_048_575;

/// What the sheet is written for.
#[derive(Debug, Clone, Copy)]
pub struct WorkbookScope<'s> {
    /// The language.
    pub lang: Lang,
    /// Names of the ledger's codes.
    pub names: &'s Names,
    /// The reason codes of the policy.
    pub reasons: &'s [ReasonRow],
    /// When it is written, by the ledger's clock.
    pub now: DateTime,
}

/// Returns the sheet as a workbook.
///
/// # Errors
/// More findings than a sheet has rows.
pub fn decision_workbook(rows: &[ProposedFinding], scope: &WorkbookScope<'_>) -> io::Result<Vec<u8>> {
    written(rows, scope).map_err(io::Error::other)
}

fn written(rows: &[ProposedFinding], scope: &WorkbookScope<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_creation_datetime(&moment(scope.now)?));
    let reasons_name = word(scope.lang, "decision_sheet.reasons");
    let sheet = book.add_worksheet();
    sheet.set_name(word(scope.lang, "decision_sheet.findings"))?;
    findings_sheet(sheet, rows, scope)?;
    let first = 1_u32;
    for (column, (of, _)) in (0_u16..).zip(SheetColumn::ALL) {
        if let Some(rule) = validation(of, scope, &reasons_name)? {
            sheet.add_data_validation(first, column, LAST_ROW, column, &rule)?;
        }
    }
    let sheet = book.add_worksheet();
    sheet.set_name(&reasons_name)?;
    for (row, reason) in (0_u32..).zip(scope.reasons) {
        sheet.write_string(row, 0, &reason.code)?.write_string(row, 1, &reason.name)?;
    }
    sheet.set_column_width(0, 28)?.set_column_width(1, 40)?;
    book.save_to_buffer()
}

/// Writes the findings below their headings.
fn findings_sheet(
    sheet: &mut Worksheet,
    rows: &[ProposedFinding],
    scope: &WorkbookScope<'_>,
) -> Result<(), XlsxError> {
    let head = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top);
    let answer = Color::RGB(0x00FF_F2CC);
    for (column, (of, key)) in (0_u16..).zip(SheetColumn::ALL) {
        let shown = if of.is_answer() { head.clone().set_background_color(answer) } else { head.clone() };
        sheet.write_string_with_format(0, column, SheetColumn::heading(key, scope.lang), &shown)?;
        sheet.set_column_width(column, width(of))?;
        let format = match of {
            SheetColumn::Until | SheetColumn::Day => Some(Format::new().set_num_format("yyyy-mm-dd")),
            SheetColumn::Reason | SheetColumn::Note => Some(Format::new().set_num_format("@")),
            _ => None,
        };
        if let Some(format) = format {
            sheet.set_column_format(column, &format)?;
        }
    }
    for (row, finding) in (1_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells(finding, scope.names, scope.lang)) {
            write_cell(sheet, (row, column), &cell)?;
        }
    }
    let last = u32::try_from(rows.len()).unwrap_or(LAST_ROW);
    let columns = u16::try_from(SheetColumn::ALL.len() - 1).unwrap_or_default();
    sheet.autofilter(0, 0, last, columns)?.set_freeze_panes(1, 1)?;
    sheet.set_landscape().set_repeat_rows(0, 0)?.set_print_fit_to_pages(1, 0);
    Ok(())
}

/// Writes a cell.
fn write_cell(sheet: &mut Worksheet, (row, column): (u32, u16), cell: &SheetCell) -> Result<(), XlsxError> {
    match cell {
        SheetCell::Text(text) if text.is_empty() => {}
        SheetCell::Text(text) => {
            let wrapped = Format::new().set_align(FormatAlign::Top);
            // The quote keeps it a text when somebody edits the cell.
            let is_formula = escape_formula(text) != text.as_str();
            let format = if is_formula { wrapped.set_quote_prefix() } else { wrapped };
            sheet.write_string_with_format(row, column, text, &format)?;
        }
        SheetCell::Amount(text) => {
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            let format = match decimals {
                0 => "#,##0".to_owned(),
                decimals => format!("#,##0.{}", "0".repeat(decimals)),
            };
            let format = Format::new().set_num_format(format).set_align(FormatAlign::Top);
            match text.parse::<f64>() {
                Ok(number) if digits <= EXACT_DIGITS => {
                    sheet.write_number_with_format(row, column, number, &format)?;
                }
                _ => {
                    sheet.write_string_with_format(row, column, text, &format)?;
                }
            }
        }
        SheetCell::Number(number) => {
            let number = i32::try_from(*number).unwrap_or(i32::MAX);
            sheet.write_number_with_format(
                row,
                column,
                number,
                &Format::new().set_align(FormatAlign::Top),
            )?;
        }
        SheetCell::Day(day) => {
            let format = Format::new().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Top);
            sheet.write_datetime_with_format(row, column, date(*day)?, &format)?;
        }
        SheetCell::Time(time) => {
            let format = Format::new().set_num_format("yyyy-mm-dd hh:mm").set_align(FormatAlign::Top);
            sheet.write_datetime_with_format(row, column, moment(*time)?, &format)?;
        }
    }
    Ok(())
}

/// Returns what a column takes.
fn validation(
    column: SheetColumn,
    scope: &WorkbookScope<'_>,
    reasons_name: &str,
) -> Result<Option<DataValidation>, XlsxError> {
    let say = |key: &str| word(scope.lang, &format!("decision_sheet.{key}"));
    Ok(match column {
        SheetColumn::Decision => {
            let words: Vec<String> =
                FindingDecision::ALL.iter().map(|decision| decision_word(*decision, scope.lang)).collect();
            let list = DataValidation::new().allow_list_strings(&words)?;
            Some(list.set_input_message(say("decision_help"))?.set_error_message(say("decision_help"))?)
        }
        SheetColumn::Reason if !scope.reasons.is_empty() => {
            let codes = format!("='{reasons_name}'!$A$1:$A${}", scope.reasons.len());
            let list = DataValidation::new().allow_list_formula(Formula::new(codes));
            // A policy may take other reasons than those that it names.
            let list = list.set_error_style(DataValidationErrorStyle::Warning);
            Some(list.set_input_message(say("reason_help"))?)
        }
        SheetColumn::Until => {
            let rule = DataValidationRule::GreaterThanOrEqualTo(date(scope.now.date())?);
            let days = DataValidation::new().allow_date(rule);
            Some(days.set_input_message(say("until_help"))?.set_error_message(say("until_help"))?)
        }
        _ => None,
    })
}

/// Returns the width of a column in characters.
const fn width(column: SheetColumn) -> u16 {
    match column {
        SheetColumn::Finding => 32,
        SheetColumn::Detail | SheetColumn::Proposed => 60,
        SheetColumn::Note => 40,
        SheetColumn::Reason | SheetColumn::Cause | SheetColumn::Trade => 20,
        SheetColumn::Due | SheetColumn::Amount | SheetColumn::Effect | SheetColumn::Party => 16,
        SheetColumn::Currency | SheetColumn::AgeDays | SheetColumn::Severity => 9,
        _ => 12,
    }
}

fn date(day: Date) -> Result<ExcelDateTime, XlsxError> {
    let part = |part: i8| u8::try_from(part).unwrap_or_default();
    ExcelDateTime::from_ymd(u16::try_from(day.year()).unwrap_or_default(), part(day.month()), part(day.day()))
}

fn moment(time: DateTime) -> Result<ExcelDateTime, XlsxError> {
    let part = |part: i8| u8::try_from(part).unwrap_or_default();
    let hour = u16::try_from(time.hour()).unwrap_or_default();
    date(time.date())?.and_hms(hour, part(time.minute()), f64::from(time.second()))
}
