//! Free text that gives away a PIN is refused: the status of a PIN is recorded (`lock_state`), never its value.

/// Why such text is refused, and what to do instead.
pub const REFUSED: &str = "looks like a PIN: record its status (lock_state), never its value";

/// Words that name a secret, and how many words may stand between one and its secret.
const LABELS: [(&str, usize); 10] = [
    ("pin", 2),
    ("pins", 2),
    ("passcode", 2),
    ("password", 1),
    ("pwd", 1),
    ("pw", 1),
    ("pattern", 2),
    ("unlock", 2),
    ("unlocks", 2),
    // There are other codes: only one that is told outright.
    ("code", 0),
];

/// Whether text gives away a secret that opens a device: `PIN: 4821`, `passcode is 123456`, `pw: Hunter22`,
/// `pattern 1-4-7-8-9`. Labels count in any case.
pub fn given_away(text: &str) -> bool {
    let words = words(text);
    let said = |at: usize, word: &str| {
        LABELS.iter().any(|(label, between)| match word.strip_prefix(label) {
            Some("") => {
                let after = words[at + 1..].iter().filter(|next| !matches!(next.as_str(), "is" | "was"));
                let mut near = after.take(1 + between).enumerate();
                near.any(|(between, next)| digits(next) || (between == 0 && is_password(label, next)))
            }
            Some(rest) => digits(rest),
            None => false,
        })
    };
    words.iter().enumerate().any(|(at, word)| said(at, word))
}

/// The same, or nothing but four digits or more: for text that people write to explain, where a bare number explains nothing.
pub fn given_away_bare(text: &str) -> bool {
    let bare = |c: char| c.is_ascii_digit() || c.is_whitespace() || "-.#*".contains(c);
    (text.chars().all(bare) && text.chars().filter(char::is_ascii_digit).count() >= 4) || given_away(text)
}

fn digits(word: &str) -> bool {
    (4..=16).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit())
}

/// What follows a word for a password directly, letters and digits mixed.
fn is_password(label: &str, word: &str) -> bool {
    label.starts_with('p') && label.contains('w') && word.len() >= 4 && word.bytes().any(|b| b.is_ascii_digit())
}

/// Lower-case words; digits written one by one (`1-4-7-8`, `4 8 2 1`) are one word.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut words: Vec<String> = Vec::new();
    let mut single = false;
    for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let digit = word.len() == 1 && word.bytes().all(|b| b.is_ascii_digit());
        match words.last_mut() {
            Some(last) if digit && single => last.push_str(word),
            _ => words.push(word.to_owned()),
        }
        single = digit;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_what_stands_before_them() {
        for text in [
            "PIN 4821",
            "pin: 123456",
            "pin was 4829",
            "passcode is 0000",
            "messages (PIN code = 9999)",
            "pin4821",
            "code is 4821",
            "iPhone 14 code 482190",
            "pw: Hunter22",
            "pattern L shape 1-4-7-8-9",
            "unlocks with 4 8 2 1",
        ] {
            assert!(given_away(text), "{text}");
        }
        for text in [
            "pin held",
            "messages 2026",
            "Pinterest 2024 photos",
            "iPhone 14",
            "PACE s.19",
            "PACE Code B, revised in 2013",
            "pin, 3 tries",
            "password protected",
            "3310",
            "model code A2403",
        ] {
            assert!(!given_away(text), "{text}");
        }
    }

    #[test]
    fn a_bare_number_explains_nothing() {
        for text in ["4821", "12-34", "#4821*"] {
            assert!(given_away_bare(text) && !given_away(text), "{text}");
        }
        assert!(!given_away_bare("14"));
    }
}
