//! Help texts, completions, the manual, and what a wrong command line is told.

use super::dfqueue;

#[test]
fn the_help_names_every_command_in_one_line() {
    let ran = dfqueue(&["-h"]);
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.out,
        "\
The queue of a police digital forensic unit: every victim's phone back within 24 hours

Usage: dfqueue <COMMAND>

Commands:
  demo         Show a synthetic unit at work, with simulated people
  serve        Run the daemon
  check        Check the daemon's, unit and policy files
  migrate      Bring the database's tables up to date, as the daemon does when it starts
  import       Send the rows of a queue file to a running daemon
  status       Print how a submission stands, or the daemon and its queue
  queue        Print the queue in plan order, and what each submission waits for
  breaches     Print the promises that are missed or will be, how late, and why
  actions      Print what people must do, and by when it still helps
  record       Record a decision, a move or a step of work
  why          Print why a submission is not further, and who can unblock it
  plan         Plan a queue from files, offline: no database, no daemon
  what-if      Print what would become of today's queue in a unit that is another
  simulate     Simulate a unit for days or years: what it would keep of its promises
  report       Print a report
  schedule     Print the schedule of an exhibit for court
  token        Make, list and take back the tokens with which people sign in
  ledger       Prove the ledger, the record of everything that happened
  openapi      Print the description of the HTTP API, as OpenAPI 3.1
  completions  Print the completions of a shell, to be put where it looks for them
  man          Print the manual page of dfqueue, or of one of its commands
  help         Print this message or the help of the given subcommand(s)

Options:
  -h, --help     Print help (see more with '--help')
  -V, --version  Print version

Exit codes: 0 done; 1 it could not be done; 2 the command line is wrong; 3 done, but some rows were
bad.
"
    );
}

#[test]
fn the_help_of_an_import_says_what_becomes_of_each_row() {
    let ran = dfqueue(&["import", "--help"]);
    assert_eq!(
        ran.out,
        "\
Send the rows of a queue file to a running daemon

A row that is there already is left as it is; a field that was empty there and has a value here is
filled in; a field with another value is told, and changed only with --correct --reason; an empty
field here says nothing. Bad rows are told by line and column, the good ones go in, and the exit
code is 3. An import that was cut off is simply run again.

Usage: dfqueue import [OPTIONS] <FILE>

Arguments:
  <FILE>
          The queue, one row an exhibit

Options:
      --server <URL>
          The daemon's address
          
          [env: DFQUEUE_SERVER]
          [default: http://127.0.0.1:8080]

      --token-file <FILE>
          File that holds the token, instead of the environment's DFQUEUE_TOKEN

      --person <PERSON>
          Who acts or asks, like \"DS 1180\"
          
          [env: DFQUEUE_PERSON]

      --dry-run
          Read and judge the file, send nothing

      --correct
          Change what differs: each changed field becomes a correction with the reason given

      --reason <TEXT>
          Why recorded values are changed

      --unit <FILE>
          Judge sites here already, by this unit file

      --policy <FILE>
          Judge words here already, by this policy file

      --json
          Print the outcome as JSON

  -h, --help
          Print help (see a summary with '-h')

  -V, --version
          Print version
"
    );
}

#[test]
fn a_wrong_command_line_has_its_own_exit_code() {
    for wrong in [&["frobnicate"][..], &[], &["plan"], &["import", "x.csv", "--correct"], &["plan", "--now", "yesterday"]] {
        assert_eq!(dfqueue(wrong).code, 2, "{wrong:?}");
    }
    let now = dfqueue(&["plan", "--now", "yesterday"]);
    assert_eq!(
        now.err.lines().next(),
        Some(
            "error: invalid value 'yesterday' for '--now <INSTANT>': \"yesterday\" is not an instant; write RFC 3339 with an \
             offset, like 2026-11-23T08:25:00Z"
        )
    );
}

#[test]
fn completions_and_manual_pages_are_printed_for_every_command() {
    let bash = dfqueue(&["completions", "bash"]);
    assert!(bash.code == 0 && bash.out.contains("_dfqueue()") && bash.out.contains("--token-file"));
    for page in [&["man"][..], &["man", "import"], &["man", "token", "create"]] {
        let ran = dfqueue(page);
        assert!(ran.code == 0 && ran.out.contains(".TH dfqueue") && ran.out.contains("Exit codes"), "{page:?}: {}", ran.out);
    }
    let unknown = dfqueue(&["man", "token", "forge"]);
    assert_eq!(
        (unknown.code, unknown.err.as_str()),
        (1, "dfqueue: token has no command \"forge\"; it has: create, list, revoke, help\n")
    );
}
