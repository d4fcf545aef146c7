//! Signals that ask the program to end. While a run holds what it would lose, the first one ends it in order and the second one at
//! once; at any other time the first one ends the program.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::watch;

use super::{Exit, ui};
use crate::model::Interrupt;

/// Listened to since the first run of this process.
static SIGNALS: OnceLock<Signals> = OnceLock::new();

struct Signals {
    state: Mutex<State>,
    /// Tells the run that is going on.
    asked: watch::Sender<Option<Interrupt>>,
}

#[derive(Default)]
struct State {
    /// Whether a run holds what it would lose.
    held: bool,
    asked: Option<Interrupt>,
}

/// What the first signal waits for.
pub(super) struct Hold {
    signals: &'static Signals,
}

impl Hold {
    /// From now on the first signal is only told of.
    pub(super) fn new() -> Self {
        let signals = SIGNALS.get_or_init(Signals::listen);
        signals.state().held = true;
        Self { signals }
    }

    /// Resolves when the process is asked to end.
    pub(super) async fn interrupted(&self) -> Interrupt {
        let mut asked = self.signals.asked.subscribe();
        let found = asked.wait_for(Option::is_some).await.map(|found| *found);
        match found {
            Ok(Some(interrupt)) => interrupt,
            _ => std::future::pending().await,
        }
    }

    /// Ends the hold; what was asked meanwhile.
    pub(super) fn end(self) -> Option<Interrupt> {
        let mut state = self.signals.state();
        state.held = false;
        state.asked
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.signals.state().held = false;
    }
}

/// What the process was asked so far, and has not ended for yet.
pub(super) fn asked() -> Option<Interrupt> {
    SIGNALS.get().and_then(|signals| signals.state().asked)
}

impl From<Interrupt> for Exit {
    fn from(interrupt: Interrupt) -> Self {
        match interrupt {
            Interrupt::Interrupt => Self::Signal(2),
            Interrupt::Terminate => Self::Signal(15),
        }
    }
}

impl Signals {
    /// Listens on a thread of its own, which no work of the program holds up. Where that is not possible, signals end the process
    /// as they always do.
    fn listen() -> Self {
        let (ready, is_ready) = channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime {
                runtime.block_on(listen(ready));
            }
        });
        // Nothing is sent: it ends once the thread listens, or cannot.
        let _ = is_ready.recv();
        Self {
            state: Mutex::default(),
            asked: watch::Sender::new(None),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn came(&self, interrupt: Interrupt) {
        let mut state = self.state();
        if !state.held || state.asked.is_some() {
            ui::clear_line();
            std::process::exit(i32::from(Exit::from(interrupt).code()));
        }
        state.asked = Some(interrupt);
        drop(state);
        self.asked.send_replace(Some(interrupt));
    }
}

#[cfg(unix)]
async fn listen(ready: Sender<()>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut int), Ok(mut term)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return;
    };
    // Whoever waits goes on when it is dropped.
    drop(ready);
    loop {
        let interrupt = tokio::select! {
            _ = int.recv() => Interrupt::Interrupt,
            _ = term.recv() => Interrupt::Terminate,
        };
        SIGNALS.wait().came(interrupt);
    }
}

#[cfg(not(unix))]
async fn listen(ready: Sender<()>) {
    drop(ready);
    while tokio::signal::ctrl_c().await.is_ok() {
        SIGNALS.wait().came(Interrupt::Interrupt);
    }
}
