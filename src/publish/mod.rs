//! publish: (text, where to) -> a comment or an issue on a forge (HTTP). It decides nothing and reads no environment.

mod error;
mod github;
mod http;
mod viewer;

pub(crate) use error::PublishError;
pub(crate) use github::{GitHub, Posted, is_key};
