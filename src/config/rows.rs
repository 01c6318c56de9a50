//! Rows of comma-separated files, each with the line on which it begins.

use csv::{ReaderBuilder, StringRecord};

/// One record of the file.
pub(super) struct Record<'t> {
    /// What it holds.
    pub fields: StringRecord,
    /// Line on which it begins.
    pub line: usize,
    /// As it stands in the file.
    pub text: &'t str,
    /// Nothing follows it.
    pub last: bool,
}

/// The records of a file with the lines on which they begin. (The csv crate's own line numbers are those of the line
/// break *before* a record where lines are blank or end in CRLF.)
pub(super) struct Records<'t> {
    text: &'t str,
    reader: csv::Reader<&'t [u8]>,
    /// How far lines are counted, and how many breaks there were up to there.
    counted: usize,
    breaks: usize,
}

impl<'t> Records<'t> {
    /// Of a file's text.
    pub fn new(text: &'t str) -> Self {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        Self { text, reader, counted: 0, breaks: 0 }
    }

    /// The next one; none at the end.
    pub fn next(&mut self) -> Result<Option<Record<'t>>, csv::Error> {
        let mut fields = StringRecord::new();
        let from = self.offset();
        if !self.reader.read_record(&mut fields)? {
            return Ok(None);
        }
        let until = self.offset();
        let text = self.text.get(from..until).unwrap_or_default().trim_start_matches(['\r', '\n']);
        Ok(Some(Record { fields, line: self.line(until - text.len()), text, last: until == self.text.len() }))
    }

    fn offset(&self) -> usize {
        usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX).min(self.text.len())
    }

    /// The line of an offset not before the last one asked for; CRLF, LF and CR each end one.
    fn line(&mut self, offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        while self.counted < offset {
            let at = self.counted;
            let ends = bytes[at] == b'\n' || (bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
            self.breaks += usize::from(ends);
            self.counted += 1;
        }
        self.breaks + 1
    }
}
