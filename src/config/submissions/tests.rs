use super::super::tests::fixtures::{SUBMISSIONS, pair};
use super::*;
use crate::domain::submission::{LockState, Owner};
use crate::domain::time::Seconds;

const HEADER: &str = "force,crime_ref,exhibit_ref,oic,offence,owner,device,taken_at,site";
const ROW: &str = "Northshire,NS/1,AB/1,DC 1,rasso,victim,phone,2026-11-23T07:40:00Z,north";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn read_bytes(bytes: &[u8]) -> Result<Sheet, Mistakes> {
    let pair = pair();
    submissions("queue.csv", bytes, &pair.establishment, &pair.policy, Some("2026-11-23T09:30:00Z".parse().unwrap()))
}

fn read(text: &str) -> Result<Sheet, Mistakes> {
    read_bytes(text.as_bytes())
}

fn bad(sheet: &Sheet) -> Vec<String> {
    sheet.bad.iter().map(ToString::to_string).collect()
}

/// The one request of a file with the required columns and one more.
fn with(column: &str, value: &str) -> Result<Request, String> {
    let mut sheet = read(&format!("{HEADER},{column}\n{ROW},{value}\n")).unwrap();
    match sheet.rows.pop() {
        Some(row) => Ok(row.request),
        None => Err(bad(&sheet).join("\n").replace("queue.csv:2: ", "")),
    }
}

#[test]
fn the_example_of_the_contract_is_read_whole() {
    let sheet = read(SUBMISSIONS).unwrap();
    assert_eq!(bad(&sheet), Vec::<String>::new());
    assert_eq!(sheet.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7, 8]);
    let Request { facts, particulars } = &sheet.rows[0].request;
    assert_eq!(sheet.rows[0].request.key(), "Northshire|NS/2026/10411|AB/1|1");
    assert_eq!((facts.owner, facts.device.as_str(), facts.storage_gb, facts.level), (Owner::Victim, "phone", Some(128), 1));
    assert_eq!(particulars.scope, ["messages", "photos"]);
    assert!(facts.return_authorised && !facts.legal_basis && !facts.life_at_risk);
    let last = &sheet.rows[6].request;
    assert_eq!((last.facts.risk.len(), last.facts.life_at_risk, last.facts.storage_gb), (1, true, None));
}

#[test]
fn columns_may_be_left_out_or_stand_in_any_order() {
    let swapped = "site,taken_at,device,owner,offence,oic,exhibit_ref,crime_ref,force\n\
                   north,2026-11-23T07:40:00Z,phone,victim,rasso,DC 1,AB/1,NS/1,Northshire";
    let plain = read(&format!("{HEADER}\n{ROW}")).unwrap();
    assert_eq!(read(swapped), Ok(plain.clone()));
    let Request { facts, particulars } = &plain.rows[0].request;
    assert_eq!((particulars.request, facts.level, facts.lock_state), (1, 1, LockState::Unknown));
    assert_eq!((facts.delivered_at, facts.storage_gb, facts.repeat_suspect), (None, None, false));
}

#[test]
fn spreadsheets_write_marks_carriage_returns_quotes_and_blank_lines() {
    let text = format!(
        "\u{feff}{HEADER},scope\r\n\r\n{ROW},\"messages; \"\"photos\"\"\r\n, from May\"\r\n{}\r\n",
        "Northshire,NS/1,AB/2,DC 1,rasso,victim,phone,2026-11-23T07:40:00Z,north,"
    );
    let sheet = read(&text).unwrap();
    assert_eq!(bad(&sheet), Vec::<String>::new());
    assert_eq!(sheet.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 5]);
    assert_eq!(sheet.rows[0].request.particulars.scope, ["messages", "\"photos\"\r\n, from May"]);
}

#[test]
fn faults_of_the_header_refuse_the_file() {
    let header = HEADER.replace("oic,", "").replace("device", "devise") + ",owner,,owner_presnt_until";
    assert_eq!(
        read(&header).unwrap_err().to_string(),
        "queue.csv:1: no column \"devise\"; did you mean \"device\"?\n\
         queue.csv:1: owner: is there twice\n\
         queue.csv:1: column 10 has no name\n\
         queue.csv:1: no column \"owner_presnt_until\"; did you mean \"owner_present_until\"?\n\
         queue.csv:1: oic: column is missing\n\
         queue.csv:1: device: column is missing"
    );
}

#[test]
fn a_file_that_is_no_csv_is_refused_in_one_line() {
    let cases: [(&[u8], &str); 4] = [
        (b"", ": is empty; write a header line and one line an exhibit"),
        (b"\r\n\r\n", ": is empty; write a header line and one line an exhibit"),
        (b"\xff\xfef\0o\0", ": is UTF-16, not UTF-8; save it as UTF-8"),
        (&[b','; 100_000], ":1: has 100001 columns and 100000 bytes; write the names of the columns"),
    ];
    for (bytes, mistake) in cases {
        assert_eq!(read_bytes(bytes).unwrap_err().to_string(), format!("queue.csv{mistake}"));
    }
    let mistakes = read("force;crime_ref;exhibit_ref").unwrap_err().to_string();
    assert!(mistakes.starts_with("queue.csv:1: columns are not separated by commas; save it as comma-separated values"));
}

#[test]
fn every_wrong_field_of_a_row_is_named_and_good_rows_stay() {
    let rows = [
        "Northshire,NS|1,,DC 1,raso,victims,phnoe,23/11/2026 07:40,nroth,,,,,,,,,",
        ROW_AND_MORE,
        "Northshire,NS/1,AB/3,DC 1,rasso,victim,phone,2026-11-23T07:40:00Z,north,0,1.5,4821,2026-11-23T07:39:59Z,soon,0,2026-11-31,yes,missing;child_at_risc",
        "Northshire,NS/1,AB/4,DC 1,rasso,victim,phone,2026-11-23T09:30:01Z,north,,,,,,,,,",
        "Northshire,NS/1",
        ",,,,,,,,,,,,,,,,,",
    ];
    let header = format!("{HEADER},request,storage_gb,lock_state,delivered_at,trip,level,scope_from,repeat_suspect,risk");
    let sheet = read(&format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    assert_eq!(sheet.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [3]);
    let expected = r#"queue.csv:2: crime_ref: holds `|`, which joins the parts of a key
queue.csv:2: exhibit_ref: is empty
queue.csv:2: offence: no offence "raso"; did you mean "rasso"?
queue.csv:2: owner: no owner "victims"; did you mean "victim"?
queue.csv:2: device: no device "phnoe"; did you mean "phone"?
queue.csv:2: taken_at: "23/11/2026 07:40" is not an instant; write RFC 3339 with an offset, like 2026-11-23T08:25:00Z
queue.csv:2: site: no site "nroth"; did you mean "north"?
queue.csv:4: request: "0" is out of range; write a whole number, 1 or more
queue.csv:4: storage_gb: "1.5" is not a whole number; write a whole number, from 0 to 1000000
queue.csv:4: lock_state: is not a lock state; a PIN's status is recorded, never its value; known: unlocked, pin_held, afu, bfu, encrypted, unknown
queue.csv:4: delivered_at: 2026-11-23T07:39:59Z is before taken_at; the device was taken at 2026-11-23T07:40:00Z
queue.csv:4: trip: "soon" is not a duration; write it like 90s, 45m, 24h, 30d or 1h30m
queue.csv:4: level: "0" is out of range; write a whole number, from 1 to 255
queue.csv:4: scope_from: "2026-11-31" is not a date; write YYYY-MM-DD, like 2026-11-23
queue.csv:4: repeat_suspect: "yes" is neither true nor false; write true or false
queue.csv:4: risk: no risk "missing"; known: child_at_risk, adult_at_risk, missing_person, serious_harm
queue.csv:5: taken_at: 2026-11-23T09:30:01Z is in the future; it is 2026-11-23T09:30:00Z
queue.csv:6: 2 fields in place of 18; as many as the header has; is a comma to be quoted?
queue.csv:7: the row is empty"#;
    assert_eq!(bad(&sheet).join("\n"), expected);
}

const ROW_AND_MORE: &str = "Northshire,NS/1,AB/2,DC 1,rasso,victim,phone,2026-11-23T07:40:00Z,north,2,0,AFU,2026-11-23T07:40:00Z,1h30m,2,2026-11-01,TRUE,Missing_Person;adult_at_risk";

#[test]
fn a_key_is_there_once_and_the_first_row_stays() {
    let again = ROW.replace("AB/1", "  AB/1 ").replace("DC 1", "DC 2");
    let sheet = read(&format!("{HEADER}\n{ROW}\n{again}\n")).unwrap();
    assert_eq!(sheet.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2]);
    assert_eq!(bad(&sheet), ["queue.csv:3: exhibit_ref: this force, crime_ref, exhibit_ref and request are at line 2 already"]);
    let composed =
        read(&format!("{HEADER}\n{}\n{}\n", ROW.replace("AB/1", "Zo\u{eb}/1"), ROW.replace("AB/1", "Zoe\u{308}/1"))).unwrap();
    assert_eq!((composed.rows.len(), composed.bad.len()), (1, 1), "the same letters are the same key");
}

#[test]
fn words_ignore_case_and_lists_are_split() {
    assert_eq!(with("lock_state", "PIN_held").unwrap().facts.lock_state, LockState::PinHeld);
    assert_eq!(with("risk", "Missing_Person; child_at_risk;missing_person").unwrap().facts.risk.len(), 2);
    assert_eq!(with("scope", "messages;; photos ").unwrap().particulars.scope, ["messages", "photos"]);
    assert_eq!(with("trip", "1h30m").unwrap().facts.trip, Some(Seconds(5_400)));
    assert!(with("life_at_risk", "True").unwrap().facts.life_at_risk);
}

#[test]
fn what_lies_ahead_or_behind_is_bad_only_where_it_can_not_be() {
    for (column, at) in
        [("authorised_at", "2027-01-01T00:00:00Z"), ("bail_at", "2020-01-01T00:00:00Z"), ("delivered_at", "2026-11-30T00:00:00Z")]
    {
        assert!(with(column, at).is_ok(), "{column}");
    }
    assert_eq!(
        with("delivered_at", "2026-11-23T07:39:59Z").unwrap_err(),
        "delivered_at: 2026-11-23T07:39:59Z is before taken_at; the device was taken at 2026-11-23T07:40:00Z"
    );
    let pair = pair();
    let later = format!("{HEADER}\n{}", ROW.replace("07:40", "23:59"));
    assert_eq!(submissions("q", later.as_bytes(), &pair.establishment, &pair.policy, None).unwrap().rows.len(), 1);
}

#[test]
fn nobody_authorises_an_examination_for_themselves() {
    assert_eq!(
        with("authorised_by", " dc 1 ").unwrap_err(),
        "authorised_by: is the OIC; someone else authorises the examination"
    );
    assert!(with("authorised_by", "DS 1").is_ok());
}

#[test]
fn a_pin_is_refused_and_not_echoed() {
    for (column, value) in
        [("lock_state", "4821"), ("lock_state", "PIN 4821"), ("model", "iPhone PIN: 4821"), ("scope", "passcode is 482193")]
    {
        let mistake = with(column, value).unwrap_err();
        assert!(!mistake.contains("4821"), "{mistake}");
    }
}

#[test]
fn huge_garbage_is_a_bad_row_and_shown_short() {
    let long = "x".repeat(100_000);
    for (column, value) in [("device", &ROW.replace("phone", &long)), ("site", &ROW.replace("north", &"y".repeat(5_000)))] {
        let sheet = read(&format!("{HEADER}\n{value}\n{ROW}\n")).unwrap();
        assert_eq!(sheet.rows.len(), 1);
        assert!(bad(&sheet).join("").len() < 200, "{column}");
    }
    assert_eq!(with("make", &"x".repeat(2_001)).unwrap_err(), "make: is longer than 2000 characters");
}

#[test]
fn a_quote_that_is_never_closed_says_where_it_was_opened() {
    let text = format!("{HEADER},make\n{ROW},\"Apple\n{ROW},\n{ROW},\n");
    assert_eq!(
        bad(&read(&text).unwrap()),
        ["queue.csv:2: a quote is not closed: the row goes on for 3 lines; write a quote inside a field twice"]
    );
}

#[test]
fn a_file_of_nothing_but_mistakes_is_refused() {
    let mistakes = read(&format!("{HEADER}\n{}", "x\n".repeat(60_000))).unwrap_err();
    assert_eq!(mistakes.iter().count(), 21);
    assert!(mistakes.to_string().starts_with("queue.csv: has more than 50000 mistakes; nothing was read"));
}

#[test]
fn the_form_alone_takes_any_word_and_any_site_but_nothing_that_is_none() {
    let row = ROW.replace("rasso", "Arson").replace("phone", "dash cam").replace("north", "Elsewhere");
    let text = format!("{HEADER},risk,level\n{row},quake;flood,1\n{row},,one\n{},,\n", ROW.replace("victim", "vicar"));
    let sheet = submissions_form("queue.csv", text.as_bytes(), at("2026-11-23T09:00:00Z")).unwrap();
    let Request { facts, .. } = &sheet.rows[0].request;
    assert_eq!((facts.offence.as_str(), facts.device.as_str(), facts.site.as_str()), ("arson", "dash cam", "Elsewhere"));
    assert_eq!(facts.risk, ["quake".into(), "flood".into()]);
    assert_eq!(
        bad(&sheet),
        [
            "queue.csv:3: level: \"one\" is not a whole number; write a whole number, from 1 to 255",
            "queue.csv:4: owner: no owner \"vicar\"; known: victim, witness, suspect, other",
        ]
    );
}

#[test]
fn a_taking_in_the_future_is_told_beside_what_else_is_wrong_with_its_row() {
    let row = ROW.replace("2026-11-23T07:40:00Z", "2029-11-23T07:40:00Z");
    let text = format!("{HEADER},delivered_at,trip\n{row},2026-11-23T08:25:00Z,\n{row},,soon\n");
    let sheet = submissions_form("queue.csv", text.as_bytes(), at("2026-11-23T09:00:00Z")).unwrap();
    let future = "taken_at: 2029-11-23T07:40:00Z is in the future; it is 2026-11-23T09:00:00Z";
    assert_eq!(bad(&sheet)[0], format!("queue.csv:2: {future}"));
    assert!(bad(&sheet)[1].starts_with("queue.csv:2: delivered_at: "), "{:?}", bad(&sheet));
    assert_eq!(bad(&sheet)[2], format!("queue.csv:3: {future}"));
    // The daemon's clock judges a row with nothing else wrong.
    assert_eq!(
        submissions_form("queue.csv", format!("{HEADER}\n{row}\n").as_bytes(), at("2026-11-23T09:00:00Z")).unwrap().rows.len(),
        1
    );
}

#[test]
fn the_form_alone_refuses_a_pin_all_the_same() {
    let text = format!("{HEADER},scope\n{ROW},PIN 4821\n");
    let mistakes = bad(&submissions_form("queue.csv", text.as_bytes(), at("2026-11-23T09:00:00Z")).unwrap()).join("");
    assert!(mistakes.contains("looks like a PIN") && !mistakes.contains("4821"), "{mistakes}");
}

#[test]
fn a_row_of_another_encoding_is_bad_and_the_others_stay() {
    let second = ROW.replace("AB/1", "AB/2");
    let bytes = [HEADER.as_bytes(), b",make\n", ROW.as_bytes(), b",Caf\xe9\n", second.as_bytes(), b",Apple\n"].concat();
    let sheet = read_bytes(&bytes).unwrap();
    assert_eq!(bad(&sheet), ["queue.csv:2: make: is not UTF-8; save it as UTF-8"]);
    assert_eq!(sheet.rows.len(), 1);
}

#[test]
fn a_column_like_no_other_is_told_which_there_are() {
    let mistake = read(&format!("{HEADER},colour\n{ROW},black\n")).unwrap_err().to_string();
    assert!(mistake.starts_with("queue.csv:1: no column \"colour\"; the columns are force, crime_ref, "), "{mistake}");
}

#[test]
fn a_device_taken_in_another_century_is_a_slip() {
    let sheet = read(&format!("{HEADER}\n{}\n", ROW.replace("2026-11-23", "1800-11-23"))).unwrap();
    assert_eq!(
        bad(&sheet),
        ["queue.csv:2: taken_at: 1800-11-23T07:40:00Z is before 1990-01-01T00:00:00Z; give when the police took the device"]
    );
}

#[test]
fn a_part_of_a_part_is_told_before_anything_is_sent() {
    let row = |exhibit: &str, parent: &str| format!("{},{parent}\n", ROW.replace("AB/1", exhibit));
    let text = [format!("{HEADER},parent\n"), row("AB/1", ""), row("AB/1/SIM", "AB/1"), row("AB/1/SIM/CHIP", "AB/1/SIM")];
    let sheet = read(&text.concat()).unwrap();
    assert_eq!(bad(&sheet), ["queue.csv:4: parent: AB/1/SIM is itself a part of AB/1: name that one"]);
    let swapped = [text[0].clone(), text[3].clone(), text[2].clone()];
    let sheet = read(&swapped.concat()).unwrap();
    assert_eq!(bad(&sheet), ["queue.csv:3: parent: AB/1/SIM has parts of its own (AB/1/SIM/CHIP), and so is none"]);
    let elsewhere = text.concat().replace("NS/1,AB/1/SIM/CHIP", "NS/2,AB/1/SIM/CHIP");
    assert_eq!(bad(&read(&elsewhere).unwrap()), Vec::<String>::new(), "of another case");
}
