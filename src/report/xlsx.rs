//! A report as a workbook: a sheet for each, numbers as numbers, and below them what each figure means.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::{Cell, Column, Report, Sheet, Unit, heading, safe};
use crate::domain::calendar::Zone;

/// A report that can't be made a workbook.
#[derive(Debug, thiserror::Error)]
#[error("writing the report as a workbook")]
pub struct Unwritable(#[from] XlsxError);

/// Characters that the name of a sheet may have at most, by the file format.
const LONGEST_NAME: usize = 31;
/// Where the table begins: above it are marking, heading and what is counted.
const FIRST_ROW: u32 = 4;

/// The report as an XLSX file. Times are those of the unit's clocks.
///
/// # Errors
/// Where it has more rows than the format holds.
pub fn xlsx(report: &Report, zone: &Zone) -> Result<Vec<u8>, Unwritable> {
    let mut workbook = Workbook::new();
    // The same report is the same file: when it was made is that of the report, not of the writing.
    let made = ExcelDateTime::from_timestamp(report.as_of.unix())?;
    let title = format!("{}: {}", report.title, report.unit);
    workbook
        .set_properties(&DocProperties::new().set_title(title).set_status(&report.classification).set_creation_datetime(&made));
    for sheet in &report.sheets {
        let name: String = sheet.title.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(LONGEST_NAME).collect();
        let worksheet = workbook.add_worksheet().set_name(name)?;
        write(worksheet, report, sheet, zone)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn write(worksheet: &mut Worksheet, report: &Report, sheet: &Sheet, zone: &Zone) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    worksheet.write_string_with_format(0, 0, &report.classification, &bold)?;
    worksheet.write_string_with_format(1, 0, format!("{}: {}", report.title, sheet.title), &bold)?;
    worksheet.write_string(2, 0, safe(&heading(report, zone)))?;
    worksheet.write_string(3, 0, safe(&sheet.about))?;
    for (place, column) in (0_u16..).zip(&sheet.columns) {
        worksheet.write_string_with_format(FIRST_ROW, place, title(column), &bold)?;
        worksheet.set_column_width(place, 16)?;
        let format = format_of(column.unit);
        for (line, row) in (FIRST_ROW + 1..).zip(&sheet.rows) {
            match column.of(row) {
                Cell::Nothing => {}
                Cell::Text(text) if column.unit == Unit::Day => {
                    worksheet.write_datetime_with_format(line, place, ExcelDateTime::parse_from_str(text)?, &format)?;
                }
                Cell::Text(text) => drop(worksheet.write_string(line, place, safe(text))?),
                Cell::Number(number) => {
                    worksheet.write_number_with_format(line, place, measured(*number, column.unit), &format)?;
                }
            }
        }
    }
    let below = FIRST_ROW + u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX - FIRST_ROW - 3) + 2;
    worksheet.write_string_with_format(below, 0, "What the figures mean", &bold)?;
    for (line, column) in (below + 1..).zip(&sheet.columns) {
        worksheet.write_string(line, 0, title(column))?;
        worksheet.write_string(line, 1, safe(&column.means))?;
    }
    worksheet.set_freeze_panes(FIRST_ROW + 1, 0)?;
    Ok(())
}

/// The heading of a column, with the unit in which people calculate.
fn title(column: &Column) -> String {
    if column.unit == Unit::Seconds { format!("{} (hours)", column.title) } else { column.title.to_string() }
}

fn format_of(unit: Unit) -> Format {
    Format::new().set_num_format(match unit {
        Unit::Text | Unit::Count => "0",
        Unit::Day => "yyyy-mm-dd",
        Unit::Permille => "0.0%",
        Unit::Seconds => "0.0",
    })
}

/// A number in the unit in which people calculate: a share of one, hours.
#[expect(clippy::cast_precision_loss, reason = "counts and seconds stay far below 2^52")]
fn measured(number: i64, unit: Unit) -> f64 {
    match unit {
        Unit::Permille => number as f64 / 1_000.0,
        Unit::Seconds => number as f64 / 3_600.0,
        Unit::Text | Unit::Day | Unit::Count => number as f64,
    }
}
