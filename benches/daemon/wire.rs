//! The lightest HTTP client there can be, so that what is measured is the server: a kept connection, written and read by
//! one thread.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use dfqueue::clock::monotonic;

/// One kept connection.
struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Wire {
    fn to(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, read: vec![0; 1 << 16] }
    }

    /// Sends a request and reads the whole answer; its status.
    fn ask(&mut self, request: &[u8]) -> u16 {
        self.stream.write_all(request).unwrap();
        let (mut have, mut whole) = (0, None);
        while whole.is_none_or(|whole| have < whole) {
            if have == self.read.len() {
                self.read.resize(2 * have, 0);
            }
            let more = self.stream.read(&mut self.read[have..]).unwrap();
            assert!(more > 0, "the server hung up: {}", String::from_utf8_lossy(&self.read[..have]));
            have += more;
            whole = whole.or_else(|| length(&self.read[..have]));
        }
        std::str::from_utf8(&self.read[9..12]).unwrap().parse().unwrap()
    }
}

/// Length of an answer, once its head is there.
fn length(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..head]).unwrap().to_lowercase();
    let body = text.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("an answer without its length");
    Some(head + body.parse::<usize>().unwrap())
}

/// A request as it goes over the wire.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: dfqueue\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        text += &format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    }
    (text + "\r\n" + body).into_bytes()
}

/// Answers a second over `connections` for `time`. `next` makes the request of a connection and its turn; every answer
/// must have `status`.
pub fn rate(
    server: SocketAddr,
    connections: usize,
    time: Duration,
    status: u16,
    next: &(dyn Fn(usize, usize) -> Vec<u8> + Sync),
) -> f64 {
    let (answers, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let begun = monotonic();
    std::thread::scope(|scope| {
        for connection in 0..connections {
            let (answers, over) = (&answers, &over);
            scope.spawn(move || {
                let mut wire = Wire::to(server);
                let mut turn = 0;
                while !over.load(Ordering::Relaxed) {
                    let found = wire.ask(&next(connection, turn));
                    assert_eq!(found, status, "{}", String::from_utf8_lossy(&wire.read));
                    answers.fetch_add(1, Ordering::Relaxed);
                    turn += 1;
                }
            });
        }
        std::thread::sleep(time);
        over.store(true, Ordering::Relaxed);
    });
    answers.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64()
}
