//! Walks a TOML file and notes everything that is wrong with it, not only the first thing.
//!
//! A [`Table`] is asked for its keys one by one; a key nobody asked for by [`Table::done`] is unknown. A missing or
//! wrong value reads as `None` and is noted, so a caller reads *all* its keys before it uses any with `?`.

use std::cell::{Cell, RefCell};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Mistake, Mistakes, Wrong, advice, quoted};
use super::text;
use super::values::string;

/// More mistakes than anyone mends in one go; from there on they are not collected.
const ENOUGH: usize = 200;
/// A policy or establishment is a few dozen kilobytes.
const LARGEST: usize = 4 << 20;

/// One file being read, and what was found wrong so far.
pub(super) struct Document<'t> {
    file: &'t str,
    /// Byte offset of each line's start.
    lines: Vec<usize>,
    mistakes: RefCell<Vec<Mistake>>,
    left_off: Cell<bool>,
}

impl<'t> Document<'t> {
    /// Parses `text` and hands its root to `build`; what `build` makes is returned if nothing was found wrong.
    ///
    /// A file that is not TOML gives those mistakes alone: what the rest of it means is anyone's guess.
    pub fn read<T>(file: &'t str, text: &'t str, build: impl FnOnce(&Table<'_, 't>) -> Option<T>) -> Result<T, Mistakes> {
        if text.len() > LARGEST {
            return Err(Mistakes::of_file(file, None, Wrong::new(format!("is larger than {} MiB", LARGEST >> 20))));
        }
        let lines = std::iter::once(0).chain(text.bytes().zip(1..).filter(|(b, _)| *b == b'\n').map(|(_, next)| next)).collect();
        let document = Self { file, lines, mistakes: RefCell::default(), left_off: Cell::new(false) };
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let line = error.span().map(|span| document.line(span.start));
            document.note(line, String::new(), Wrong::new(format!("not TOML: {}", error.message())));
        }
        if !errors.is_empty() {
            return Err(document.into_mistakes());
        }
        let root =
            Table { document: &document, path: String::new(), line: 1, entries: root.get_ref(), asked: RefCell::default() };
        let value = build(&root);
        root.done();
        match value {
            Some(value) if document.mistakes.borrow().is_empty() => Ok(value),
            _ => Err(document.into_mistakes()),
        }
    }

    /// What was noted. Nothing noted and yet no value would be a fault of this room, and is still no value.
    fn into_mistakes(self) -> Mistakes {
        if self.mistakes.borrow().is_empty() {
            self.note(None, String::new(), Wrong::new("can't be understood"));
        }
        let mut mistakes = Mistakes::in_order(self.mistakes.into_inner());
        if self.left_off.get() {
            mistakes = mistakes.and(Mistakes::of_file(self.file, None, Wrong::new("and more")));
        }
        mistakes
    }

    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset)
    }

    fn note(&self, line: Option<usize>, place: String, wrong: Wrong) {
        let mut mistakes = self.mistakes.borrow_mut();
        if mistakes.len() < ENOUGH {
            mistakes.push(wrong.at(self.file, line, place));
        } else {
            self.left_off.set(true);
        }
    }
}

/// A table of a file, and the keys it was asked for.
pub(super) struct Table<'d, 't> {
    document: &'d Document<'t>,
    /// `resource[3]`; empty for the root. Elements are counted from 1.
    path: String,
    /// Line on which it begins.
    pub line: usize,
    entries: &'d DeTable<'t>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'d, 't> Table<'d, 't> {
    fn place(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn entry(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().push(key);
        self.entries.get(key)
    }

    fn line_of(&self, value: &Spanned<DeValue<'t>>) -> usize {
        self.document.line(value.span().start)
    }

    /// The line of a key, or of the table where the key is missing.
    pub fn line_at(&self, key: &str) -> usize {
        self.entries.get(key).map_or(self.line, |value| self.line_of(value))
    }

    /// Notes something wrong with a key.
    pub fn wrong(&self, key: &str, wrong: Wrong) {
        self.document.note(Some(self.line_at(key)), self.place(key), wrong);
    }

    /// Notes something wrong with an element of a list, counted from 0.
    pub fn wrong_element(&self, key: &str, index: usize, wrong: Wrong) {
        let list = self.entries.get(key).and_then(|value| value.get_ref().as_array());
        let line = list.and_then(|list| list.get(index)).map_or(self.line_at(key), |element| self.line_of(element));
        self.document.note(Some(line), format!("{}[{}]", self.place(key), index + 1), wrong);
    }

    /// Whether the key is there, right or wrong.
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// A value that must be there.
    pub fn required<T>(&self, key: &'static str, read: impl FnOnce(&DeValue<'t>) -> Result<T, Wrong>) -> Option<T> {
        if !self.has(key) {
            self.wrong(key, Wrong::new("is missing"));
        }
        self.optional(key, read)
    }

    /// A value that may be left out.
    pub fn optional<T>(&self, key: &'static str, read: impl FnOnce(&DeValue<'t>) -> Result<T, Wrong>) -> Option<T> {
        let value = self.entry(key)?;
        read(value.get_ref()).map_err(|wrong| self.wrong(key, wrong)).ok()
    }

    /// A value that is `default` where it is left out.
    pub fn or<T>(&self, key: &'static str, default: T, read: impl FnOnce(&DeValue<'t>) -> Result<T, Wrong>) -> T {
        self.optional(key, read).unwrap_or(default)
    }

    /// A list that may be left out; every element that is wrong is noted, and there is no list then.
    pub fn list<T>(&self, key: &'static str, read: impl Fn(&DeValue<'t>) -> Result<T, Wrong>) -> Option<Vec<T>> {
        let elements = self.optional(key, |value| {
            let wrong = || {
                let example = value.as_str().map_or("\"one\", \"two\"".to_owned(), quoted);
                Wrong::but(format!("is {}", kind_of(value)), format!("write a list, like [{example}]"))
            };
            value.as_array().map(|_| ()).ok_or_else(wrong)
        });
        elements?;
        let list = self.entries.get(key)?.get_ref().as_array()?;
        let read_one = |(i, element): (usize, &Spanned<DeValue<'t>>)| {
            read(element.get_ref()).map_err(|wrong| self.wrong_element(key, i, wrong)).ok()
        };
        let elements: Vec<Option<T>> = list.iter().enumerate().map(read_one).collect();
        elements.into_iter().collect()
    }

    /// A list that must be there.
    pub fn required_list<T>(&self, key: &'static str, read: impl Fn(&DeValue<'t>) -> Result<T, Wrong>) -> Option<Vec<T>> {
        if !self.has(key) {
            self.wrong(key, Wrong::new("is missing"));
        }
        self.list(key, read)
    }

    /// A table that may be left out.
    pub fn table(&self, key: &'static str) -> Option<Table<'d, 't>> {
        let value = self.entry(key)?;
        let Some(entries) = value.get_ref().as_table() else {
            let right = if self.path.is_empty() { format!("write [{key}]") } else { "write { key = value }".to_owned() };
            self.wrong(key, Wrong::but(format!("is {}", kind_of(value.get_ref())), right));
            return None;
        };
        Some(self.child(self.place(key), value, entries))
    }

    /// A table that must be there.
    pub fn required_table(&self, key: &'static str) -> Option<Table<'d, 't>> {
        if !self.has(key) {
            self.wrong(key, Wrong::new("is missing"));
        }
        self.table(key)
    }

    /// A list of tables, as `[[key]]` writes it; none where it is left out.
    pub fn tables(&self, key: &'static str) -> Vec<Table<'d, 't>> {
        let Some(value) = self.entry(key) else { return Vec::new() };
        let place = self.place(key);
        let wrong =
            |value: &DeValue<'t>| Wrong::but(format!("is {}", kind_of(value)), format!("write [[{}]]", unnumbered(&place)));
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(key, wrong(value.get_ref()));
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(list.len());
        for (i, element) in list.iter().enumerate() {
            match element.get_ref().as_table() {
                Some(entries) => tables.push(self.child(format!("{place}[{}]", i + 1), element, entries)),
                None => self.wrong_element(key, i, wrong(element.get_ref())),
            }
        }
        tables
    }

    fn child(&self, path: String, value: &Spanned<DeValue<'t>>, entries: &'d DeTable<'t>) -> Table<'d, 't> {
        Table { document: self.document, path, line: self.line_of(value), entries, asked: RefCell::default() }
    }

    /// Every key has been asked for: notes those that nobody wanted.
    pub fn done(&self) {
        let asked = self.asked.borrow();
        for (key, _) in self.entries.iter() {
            let name = key.get_ref().as_ref();
            if !asked.contains(&name) {
                let line = Some(self.document.line(key.span().start));
                let right = advice(name, asked.iter().copied());
                let place = if self.path.is_empty() { String::new() } else { self.path.clone() };
                self.document.note(line, place, Wrong { what: format!("unknown key {}", quoted(name)), right });
            }
        }
    }
}

/// What `read` makes of each table, less those with mistakes (which are noted, so the whole file is refused).
pub(super) fn all<'d, 't, T>(tables: &[Table<'d, 't>], mut read: impl FnMut(&Table<'d, 't>) -> Option<T>) -> Vec<T> {
    let mut values = Vec::with_capacity(tables.len());
    for table in tables {
        values.extend(read(table));
        table.done();
    }
    values
}

/// `route[2].stage` as a header names it: `route.stage`.
fn unnumbered(place: &str) -> String {
    place.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest)).collect()
}

/// What a value is, in words.
pub(super) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Names of one kind of thing, each of which may be taken once.
pub(super) struct Names {
    kind: &'static str,
    taken: Vec<(String, usize)>,
}

impl Names {
    /// No names of this kind yet.
    pub const fn new(kind: &'static str) -> Self {
        Self { kind, taken: Vec::new() }
    }

    /// The name that a table gives itself under `key`; noted as wrong where another has it.
    pub fn claim(&mut self, table: &Table<'_, '_>, key: &'static str) -> Option<String> {
        let name = table.required(key, string(text::name))?;
        match self.taken.iter().find(|(taken, _)| *taken == name) {
            Some((_, line)) => {
                table.wrong(key, Wrong::new(format!("there is a {} {} already, at line {line}", self.kind, quoted(&name))));
            }
            None => self.taken.push((name.clone(), table.line_at(key))),
        }
        Some(name)
    }

    /// A name that must be among those taken.
    pub fn find(&self, name: &str) -> Result<String, Wrong> {
        let known = || self.taken.iter().map(|(taken, _)| taken.as_str());
        let found = known().find(|taken| *taken == name).map(str::to_owned);
        found.ok_or_else(|| Wrong::unknown(self.kind, name, known()))
    }
}
