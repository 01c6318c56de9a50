//! The command line as people meet it: the real program, its words and its exit codes.

mod daemon;
mod database;
mod help;
mod house;
mod offline;
mod record;
mod simulate;
mod what_if;

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// What a run came to.
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What was asked for.
    pub out: String,
    /// Everything else.
    pub err: String,
}

impl Ran {
    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|cause| panic!("{cause}: {}{}", self.out, self.err))
    }
}

/// Runs the program in the repository, with nothing of this environment that could change what it says.
pub fn dfqueue(arguments: &[&str]) -> Ran {
    dfqueue_with(&[], arguments)
}

/// The same with variables of its own.
pub fn dfqueue_with(environment: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dfqueue"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DFQUEUE") || name == "COLUMNS" {
            command.env_remove(name);
        }
    }
    let output = command.envs(environment.iter().copied()).output().unwrap();
    // A workbook is no text.
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// A folder for the files of one test.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// Writes a file; its path.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Text with this folder's name left out, so that whole messages can be compared.
    pub fn named(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.0.path().display()), "")
    }
}

/// A file of the small unit whose plan is worked out by hand.
pub fn example(name: &str) -> String {
    Path::new("tests/contract/example").join(name).display().to_string()
}

/// Lines of a table without the spaces that align it.
pub fn squeezed(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|line| !line.is_empty()).collect()
}
