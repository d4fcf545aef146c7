//! What a client says of the providers that it may ask, without asking them.

use super::ask::{Encoded, MissingKey};
use super::client::Client;
use super::prices;
use super::provider::Provider;
use crate::model::Responses;
use crate::model::{CallError, Request};
use crate::secrets::shown_address;

impl Client {
    /// The request as it would be sent first, secrets left out.
    ///
    /// # Errors
    /// When the provider is unknown or a parameter is not the user's to set.
    pub fn encode(&self, request: &Request) -> Result<Encoded, CallError> {
        let provider = self.transport.provider(&request.model)?;
        let path = provider.entry.format.route().path();
        Ok(Encoded {
            url: format!("{}{path}", self.address(provider)),
            headers: provider.shown.clone(),
            body: provider.encode(request, provider.first_dialect(request))?,
        })
    }

    /// The key that calls to a provider would need and that is not there.
    pub fn missing_key(&self, provider: &str) -> Option<MissingKey> {
        self.transport.providers.get(provider)?.missing_key()
    }

    /// Whether a provider may be called and has what it needs.
    pub fn can_call(&self, provider: &str) -> bool {
        let provider = self.transport.providers.get(provider);
        self.mode() != Responses::Replay && provider.is_some_and(|one| one.missing_key().is_none())
    }

    /// Date of the shipped price table.
    pub fn prices_date(&self) -> &'static str {
        prices::date()
    }

    /// Whether there is a provider of this name.
    pub fn knows(&self, provider: &str) -> bool {
        self.transport.providers.contains_key(provider)
    }

    /// Kind and address of a provider.
    pub fn endpoint(&self, provider: &str) -> Option<String> {
        let provider = self.transport.providers.get(provider)?;
        Some(format!(
            "{} {}",
            provider.entry.kind,
            self.address(provider)
        ))
    }

    /// A provider's address as it may be shown and stored: some gateways take a key in its path.
    fn address(&self, provider: &Provider) -> String {
        let address = shown_address(&provider.base_url);
        self.transport.redactor.redact(&address).into_owned()
    }

    /// The names of all providers, sorted.
    pub fn provider_names(&self) -> impl Iterator<Item = &str> {
        self.transport.providers.keys().map(String::as_str)
    }
}
