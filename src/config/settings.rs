//! The daemon's settings in layers: defaults < file < environment < flags. A setting is text until it is taken.

use std::ffi::OsString;

use toml::de::DeValue;

use super::error::{Mistake, Mistakes, Wrong};
use super::reader::{Document, Table, kind_of};

/// A setting: its section, its key, and its default.
pub(super) type Setting = (&'static str, &'static str, &'static str);

const PREFIX: &str = "DFQUEUE__";

/// The layers, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    /// Built in.
    Default,
    /// A line of the file.
    File,
    /// A variable of the environment.
    Environment,
    /// A flag of the command line.
    Flag,
}

/// A setting as one layer has it.
struct Value {
    /// Which of the settings.
    setting: usize,
    layer: Layer,
    text: String,
    line: Option<usize>,
}

/// Every layer's settings, and what was found wrong so far.
pub(super) struct Settings {
    known: &'static [Setting],
    file: String,
    /// Lowest layer first.
    values: Vec<Value>,
    mistakes: Vec<(Layer, Mistake)>,
}

impl Settings {
    /// The defaults.
    pub fn new(known: &'static [Setting]) -> Self {
        let default =
            |(setting, known): (usize, &Setting)| Value { setting, layer: Layer::Default, text: known.2.into(), line: None };
        let values = known.iter().enumerate().map(default).collect();
        Self { known, file: "defaults".into(), values, mistakes: Vec::new() }
    }

    /// Lays a file over them; `more` reads what it holds besides.
    pub fn file(&mut self, file: &str, text: &str, more: impl FnOnce(&Table<'_, '_>)) {
        self.file = file.to_owned();
        let mut values = Vec::new();
        let read = Document::read(file, text, |root| {
            values = in_file(root, self.known);
            more(root);
            Some(())
        });
        if let Err(mistakes) = read {
            self.mistakes.extend(mistakes.iter().map(|mistake| (Layer::File, mistake.clone())));
        }
        // The good values of a bad file are laid over too: each is still read, and its mistake found.
        self.values.extend(values);
    }

    /// Lays the environment over them: `DFQUEUE__SECTION__KEY`; other variables are not ours.
    pub fn environment(&mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) {
        let names: Vec<String> = self.known.iter().map(variable).collect();
        for (name, value) in variables {
            let name = name.to_string_lossy();
            if !name.starts_with(PREFIX) {
                continue;
            }
            let wrong = match (names.iter().position(|known| *known == name), value.into_string()) {
                (Some(setting), Ok(text)) => {
                    self.values.push(Value { setting, layer: Layer::Environment, text, line: None });
                    continue;
                }
                (Some(_), Err(_)) => Wrong::new("is not UTF-8"),
                (None, _) => Wrong::unknown("variable", &name, names.iter().map(String::as_str)),
            };
            self.mistakes.push((Layer::Environment, wrong.at("environment", None, name.into_owned())));
        }
    }

    /// Lays flags over them: `section.key` and its text.
    pub fn flags(&mut self, flags: &[(&str, &str)]) {
        let names: Vec<String> = self.known.iter().map(dotted).collect();
        for (name, text) in flags {
            match names.iter().position(|known| known == name) {
                Some(setting) => self.values.push(Value { setting, layer: Layer::Flag, text: (*text).to_owned(), line: None }),
                None => {
                    let wrong = Wrong::unknown("setting", name, names.iter().map(String::as_str));
                    self.mistakes.push((Layer::Flag, wrong.at("command line", None, (*name).to_owned())));
                }
            }
        }
    }

    /// What `read` makes of a setting, and the layer it comes from. Lower layers are read too: a mistake is one,
    /// overridden or not.
    pub fn take<T>(&mut self, section: &str, key: &str, read: impl Fn(&str) -> Result<T, Wrong>) -> Option<(T, Layer)> {
        let setting = self.known.iter().position(|known| known.0 == section && known.1 == key)?;
        let mut taken = None;
        for value in self.values.iter().filter(|value| value.setting == setting) {
            match read(&value.text) {
                Ok(read) => taken = Some((read, value.layer)),
                Err(wrong) => self.mistakes.push(self.place(value, wrong)),
            }
        }
        taken
    }

    /// Notes something wrong with a setting as its highest layer has it.
    pub fn wrong(&mut self, section: &str, key: &str, wrong: Wrong) {
        let is = |value: &&Value| self.known[value.setting].0 == section && self.known[value.setting].1 == key;
        if let Some(value) = self.values.iter().rfind(is) {
            self.mistakes.push(self.place(value, wrong));
        }
    }

    fn place(&self, value: &Value, wrong: Wrong) -> (Layer, Mistake) {
        let known = &self.known[value.setting];
        let mistake = match value.layer {
            Layer::Default => wrong.at("defaults", None, dotted(known)),
            Layer::File => wrong.at(&self.file, value.line, dotted(known)),
            Layer::Environment => wrong.at("environment", None, variable(known)),
            Layer::Flag => wrong.at("command line", None, dotted(known)),
        };
        (value.layer, mistake)
    }

    /// The whole, unless something was wrong: then all of that, layer by layer.
    pub fn done<T>(mut self, whole: Option<T>) -> Result<T, Mistakes> {
        match whole {
            Some(whole) if self.mistakes.is_empty() => Ok(whole),
            _ => {
                self.mistakes.sort_by_key(|(layer, mistake)| (*layer, mistake.line));
                Err(Mistakes::as_given(self.mistakes.into_iter().map(|(_, mistake)| mistake).collect()))
            }
        }
    }
}

fn variable((section, key, _): &Setting) -> String {
    format!("{PREFIX}{}__{}", section.to_uppercase(), key.to_uppercase())
}

fn dotted((section, key, _): &Setting) -> String {
    format!("{section}.{key}")
}

fn in_file(root: &Table<'_, '_>, known: &'static [Setting]) -> Vec<Value> {
    let mut values = Vec::new();
    let mut sections: Vec<&'static str> = known.iter().map(|known| known.0).collect();
    sections.dedup();
    for section in sections {
        let Some(table) = root.table(section) else { continue };
        for (setting, known) in known.iter().enumerate().filter(|(_, known)| known.0 == section) {
            if let Some(text) = table.optional(known.1, scalar) {
                values.push(Value { setting, layer: Layer::File, text, line: Some(table.line_at(known.1)) });
            }
        }
        table.done();
    }
    values
}

/// Text, or a whole number as text.
fn scalar(value: &DeValue<'_>) -> Result<String, Wrong> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.to_string()),
        _ => Err(Wrong::but(format!("is {}", kind_of(value)), "write text in quotes, or a whole number")),
    }
}
