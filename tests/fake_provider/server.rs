//! The socket: a minimal HTTP/1.1 with keep-alive, and the faults that no HTTP library would produce.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::Shared;
use super::check::refusal;
use super::script::{Fault, Reply};
use super::wire::Seen;

/// Longer than any client's patience in a test.
const FOREVER: Duration = Duration::from_secs(600);

/// Accepts connections until it is dropped.
pub(super) async fn serve(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        shared.connections.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            // A client that goes away ends its connection; there is nothing to report.
            let _ = connection(stream, &shared).await;
        });
    }
}

async fn connection(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(4096);
    while let Some(seen) = read_request(&mut stream, &mut buffer, shared).await? {
        let now = shared.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        shared.peak.fetch_max(now, Ordering::SeqCst);
        let reply = decide(&seen, shared).await;
        shared.in_flight.fetch_sub(1, Ordering::SeqCst);
        if !write_reply(&mut stream, &seen, reply).await? {
            return Ok(());
        }
    }
    Ok(())
}

async fn decide(seen: &Seen, shared: &Shared) -> Reply {
    let script = &shared.script;
    let mut reply = refusal(seen, script)
        .or_else(|| script.judge.reply(seen.schema.as_ref()?))
        .unwrap_or_else(|| (script.answer)(seen));
    let mut wait = script.latency;
    while let Reply::After(more, inner) = reply {
        wait += more;
        reply = *inner;
    }
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    reply
}

/// The next request of a connection, or `None` where the client closed it.
async fn read_request(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    shared: &Shared,
) -> io::Result<Option<Seen>> {
    let head_end = loop {
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        // Whoever does not begin with a method speaks something else, TLS for one.
        let speaks_http = buffer.first().is_none_or(u8::is_ascii_uppercase);
        if !speaks_http || stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..head_end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let mut word = || words.next().unwrap_or_default().to_owned();
    let (method, path) = (word(), word());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.and_then(|(_, n)| n.parse().ok()).unwrap_or(0);
    let end = head_end + 4 + length;
    while buffer.len() < end {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let number = shared.count.fetch_add(1, Ordering::SeqCst) + 1;
    let seen = Seen::new(number, method, path, headers, &buffer[head_end + 4..end]);
    buffer.drain(..end);
    if shared.script.keep_requests {
        shared.seen.lock().unwrap().push(seen.clone());
    }
    Ok(Some(seen))
}

/// Writes a reply; says whether the connection can go on.
async fn write_reply(stream: &mut TcpStream, seen: &Seen, reply: Reply) -> io::Result<bool> {
    match reply {
        Reply::Completion(answer) => {
            let body = seen.kind.map(|kind| kind.encode(&answer, seen));
            let body = body.unwrap_or_default().to_string();
            write_whole(stream, 200, &[], "application/json", &body).await
        }
        Reply::Calls(calls) => {
            let body = seen.kind.map(|kind| kind.encode_calls(&calls, seen));
            let body = body.unwrap_or_default().to_string();
            write_whole(stream, 200, &[], "application/json", &body).await
        }
        Reply::Raw {
            status,
            headers,
            body,
        } => write_whole(stream, status, &headers, "application/json", &body).await,
        Reply::Fault(fault) => write_fault(stream, fault).await,
        // Waits are over by now.
        Reply::After(..) => Ok(false),
    }
}

async fn write_whole(
    stream: &mut TcpStream,
    status: u16,
    headers: &[(String, String)],
    content_type: &str,
    body: &str,
) -> io::Result<bool> {
    let mut out = format!(
        "HTTP/1.1 {status} Fake\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nx-request-id: req_fake\r\n",
        body.len()
    );
    for (name, value) in headers {
        out.extend([name, ": ", value, "\r\n"]);
    }
    out.push_str("\r\n");
    out.push_str(body);
    stream.write_all(out.as_bytes()).await?;
    Ok(true)
}

async fn write_fault(stream: &mut TcpStream, fault: Fault) -> io::Result<bool> {
    const HALF: &str = r#"{"id":"x","choices":[{"message":{"content":"half an ans"#;
    const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    match fault {
        Fault::Reset => stream.set_zero_linger()?,
        Fault::ShortBody => {
            let text = format!("{HEAD}content-length: 500\r\n\r\n{HALF}");
            stream.write_all(text.as_bytes()).await?;
        }
        Fault::CutChunk => {
            let text = format!("{HEAD}transfer-encoding: chunked\r\n\r\nff\r\n{HALF}");
            stream.write_all(text.as_bytes()).await?;
        }
        Fault::Stall => {
            let text = format!("{HEAD}content-length: 500\r\n\r\n");
            stream.write_all(text.as_bytes()).await?;
            tokio::time::sleep(FOREVER).await;
        }
        Fault::Html => {
            let page = "<html><head><title>Log in</title></head><body></body></html>";
            return write_whole(stream, 200, &[], "text/html", page).await;
        }
        Fault::NoJson => return write_whole(stream, 200, &[], "text/plain", "ok").await,
    }
    Ok(false)
}
