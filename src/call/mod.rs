//! `call: Request -> Completion or CallError`: the only place that uses the network.
//!
//! Every question, the prompt's and the judges' alike, goes the same way:
//!
//! ```text
//! Client::answer --- Store ------------- found: recordings (the suite's, then the others'), then the local cache
//!       |               (live never reads it; replay goes no further)
//!       v
//!   fallback ------- the next model, but only after an outage of the one before
//!       |
//!   form ----------- how the server wants to be asked, found out by what it refuses
//!       |
//!   limit ---------- a place in the lanes of model and provider, a slot of the run's concurrency
//!       |
//!   retry ---------- a pure policy; Stops ends providers and models that cannot answer at all
//!       |
//!   provider ------- WireFormat: request -> JSON, JSON -> Completion or WireFault (pure)
//!       |
//!   Http ----------- the exchange itself: timed, read whole, keys taken out of what comes back
//! ```
//!
//! A [`Transport`] is what runs share: providers, connections, lanes, prices and the cache. A [`Client`] is one run's asking: its mode,
//! budget, stops, counts and the calls that it has in flight.
//!
//! A live answer is written to the cache, and in `record` mode to the suite's recordings.
//! Keys are read from the environment once, in `provider`; nothing in this module logs.

mod ask;
mod attempt;
mod budget;
pub mod cache;
mod client;
mod connection;
mod cost;
mod counts;
mod dialects;
mod endpoints;
mod event;
mod exchange;
mod flight;
mod http;
mod kept;
mod key;
mod learned;
mod limit;
mod places;
pub mod prices;
mod provider;
pub mod providers;
mod recordings;
mod retry;
mod stop;
mod store;
mod transport;

pub use ask::{Ask, Encoded, Label, MissingKey};
pub use client::{Asking, Client};
pub use cost::Unbounded;
pub use event::{CallEvent, CallObserver, CallStep};
pub use key::ResponseKey;
pub use providers::PROVIDERS;
pub use recordings::{Recording, Recordings};
pub use transport::{Transport, TransportConfig};
