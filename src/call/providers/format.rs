//! What a wire format is: one HTTP API's codec, and the provider that speaks it.

use std::fmt;

use serde_json::Value;

use super::dialect::{Dialect, Form};
use super::wire_fault::WireFault;
use crate::model::{Completion, Params, Request, Usage};

/// A provider that is built in.
pub struct ProviderEntry {
    /// Name of the provider and of its wire format.
    pub kind: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// Address, as the vendor's own library takes it.
    pub base_url: &'static str,
    /// Environment variable of the key.
    pub key_env: &'static str,
    /// Environment variable of another address.
    pub base_url_env: &'static str,
    /// Provider whose list prices hold.
    pub prices: &'static str,
    /// The codec.
    pub format: &'static dyn WireFormat,
}

impl fmt::Debug for ProviderEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProviderEntry").field(&self.kind).finish()
    }
}

/// Which API of the vendor is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// OpenAI's Chat Completions.
    ChatCompletions,
    /// OpenAI's Responses.
    Responses,
    /// Anthropic's Messages.
    Messages,
}

impl Route {
    /// What follows the base address.
    pub fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/chat/completions",
            Self::Responses => "/responses",
            Self::Messages => "/v1/messages",
        }
    }
}

/// Codec of one HTTP API.
pub trait WireFormat: Sync {
    /// Which API is called.
    fn route(&self) -> Route;

    /// Name and value of the header that carries a key.
    fn key_header(&self, key: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {key}"))
    }

    /// Headers that every request needs.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// What bounds an answer, in tokens, where the user sets no limit.
    fn usual_max_tokens(&self) -> Option<u64> {
        None
    }

    /// Ways of asking for JSON of a schema, the strictest first.
    fn forms(&self) -> &'static [Form] {
        &[Form::Schema, Form::JsonObject, Form::Text]
    }

    /// Whether the user's own parameters say which form the answer has.
    fn writes_form(&self, params: &Params) -> bool {
        params.contains_key("response_format")
    }

    /// Whether servers of this format know the limit of an answer's tokens under different names.
    fn has_token_names(&self) -> bool {
        false
    }

    /// The request's body. A key whose value is null is not sent.
    ///
    /// # Errors
    /// When a parameter is not the user's to set.
    fn encode(&self, request: &Request, dialect: Dialect) -> Result<Value, WireFault>;

    /// The completion in a successful answer.
    ///
    /// # Errors
    /// When the answer holds none, or says that it failed.
    fn decode(&self, body: &Value) -> Result<Completion, WireFault>;

    /// The tokens that an answer says it took, be it a completion or not.
    fn usage(&self, body: &Value) -> Option<Usage>;
}
