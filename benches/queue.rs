//! Queues of any length, as the example's generator writes them.

use std::collections::BTreeSet;
use std::process::Command;

/// The first `rows` of what the example's generator writes from one seed after another.
pub fn queue(rows: usize) -> String {
    let (mut text, mut known) = (String::new(), BTreeSet::new());
    for seed in 1.. {
        let arguments = ["config/example/generate.py", "--rows", "5000", "--now", "2026-11-23T09:30:00Z", "--seed"];
        let output = Command::new("python3").args(arguments).arg(seed.to_string()).output().expect("python3 can't be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let written = String::from_utf8(output.stdout).unwrap();
        let mut lines = written.lines();
        let header = lines.next().unwrap();
        if text.is_empty() {
            text = format!("{header}\n");
        }
        for line in lines {
            // Force, crime reference and exhibit reference come first: seeds may share a few.
            let key: Vec<&str> = line.split(',').take(3).collect();
            if known.len() < rows && known.insert(key.join(",")) {
                text.extend([line, "\n"]);
            }
        }
        if known.len() == rows {
            return text;
        }
    }
    unreachable!("there is always another seed")
}
