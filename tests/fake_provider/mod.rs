//! A provider of LLMs for tests and benchmarks: real TCP, the wire formats of OpenAI (Chat Completions and Responses),
//! Anthropic and DeepSeek, and every fault a real one shows. It checks each request as the vendor would and keeps it.
//!
//! ```ignore
//! let fake = FakeProvider::start(Script::answering(|seen| Reply::text(format!("you said {}", seen.prompt))));
//! command.env("OPENAI_BASE_URL", fake.url(Kind::OpenAi)).env("OPENAI_API_KEY", "sk-test-0000");
//! assert_eq!(fake.requests().len(), 60);
//! ```
//!
//! It runs on a thread of its own, so that blocking tests can use it, and stops when it is dropped.

mod check;
mod script;
mod server;
mod tools;
mod wire;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

pub(crate) use script::{Answer, Fault, Judge, Reply, Script};
pub(crate) use wire::{Kind, Seen};

/// A running fake provider.
pub(crate) struct FakeProvider {
    addr: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the server's connections share with the test.
struct Shared {
    script: Script,
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    count: AtomicUsize,
    in_flight: AtomicUsize,
    peak: AtomicUsize,
}

impl FakeProvider {
    /// Starts a provider on a free port of 127.0.0.1.
    pub(crate) fn start(script: Script) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let addr = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let shared = Arc::new(Shared {
            script,
            seen: Mutex::default(),
            connections: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        });
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                tokio::select! {
                    () = server::serve(listener, serving) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            addr,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Where it listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base URL to configure for a kind of provider, as the vendor's own library takes it.
    pub(crate) fn url(&self, kind: Kind) -> String {
        let version = match kind {
            Kind::OpenAi | Kind::Responses => "/v1",
            Kind::Anthropic | Kind::DeepSeek => "",
        };
        format!("http://{}{version}", self.addr)
    }

    /// Every request so far, refused ones included, in the order of arrival.
    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How many requests arrived.
    pub(crate) fn count(&self) -> usize {
        self.shared.count.load(Ordering::SeqCst)
    }

    /// Most requests that were being answered at once.
    pub(crate) fn peak_concurrency(&self) -> usize {
        self.shared.peak.load(Ordering::SeqCst)
    }
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Fails only where the server ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
