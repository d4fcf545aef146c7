//! Where an answer is kept: the key of a question does not depend on how a server wants to be asked for what it takes in any case.

use serde_json::value::RawValue;

use super::key::Keys;
use super::provider::Provider;
use super::providers::{Dialect, Form, TokenName};
use crate::model::{CallError, Request};

/// The places where an answer to a request may be kept. An answer to a weaker form of the question stands at a place of its own, so
/// that it is found again where no server is asked.
pub(super) struct Places<'a> {
    provider: &'a Provider,
    request: &'a Request,
    repeat: u32,
    first: Keys,
    /// The body that the first key is of.
    body: Box<RawValue>,
}

impl<'a> Places<'a> {
    /// The places of a request's answer.
    ///
    /// # Errors
    /// When a parameter is not the user's to set.
    pub(super) fn new(
        provider: &'a Provider,
        request: &'a Request,
        repeat: u32,
    ) -> Result<Self, CallError> {
        let form = provider.first_form(request);
        let (first, body) = written(provider, (request, repeat), (form, KEPT_TOKENS))?;
        Ok(Self {
            provider,
            request,
            repeat,
            first,
            body,
        })
    }

    /// The body of the request, where this dialect writes it as it enters the first key.
    pub(super) fn body(&self, dialect: Dialect) -> Option<&RawValue> {
        let is_form = dialect.form == self.provider.first_form(self.request);
        let is_named =
            dialect.tokens == KEPT_TOKENS || !self.provider.has_token_names(self.request);
        (is_form && is_named).then_some(&self.body)
    }

    /// That of the first form.
    pub(super) fn first(&self) -> Keys {
        self.first
    }

    /// That of an answer to this form.
    pub(super) fn of(&self, form: Form) -> Keys {
        if form == self.provider.first_form(self.request) {
            return self.first;
        }
        let asked = (self.request, self.repeat);
        keys(self.provider, asked, (form, KEPT_TOKENS)).unwrap_or(self.first)
    }

    /// Those after the first: weaker forms, and the key as it was when it depended on the name of the limit of tokens.
    pub(super) fn others(&self) -> Vec<Keys> {
        let tokens: &[TokenName] = if self.provider.has_token_names(self.request) {
            &[KEPT_TOKENS, KEPT_TOKENS.other()]
        } else {
            &[KEPT_TOKENS]
        };
        let forms = self.provider.forms(self.request).iter();
        let all = forms.flat_map(|form| tokens.iter().map(|tokens| (*form, *tokens)));
        let asked = (self.request, self.repeat);
        all.skip(1)
            .filter_map(|way| keys(self.provider, asked, way).ok())
            .collect()
    }
}

/// The name under which the limit of tokens enters keys, whatever it is sent as.
const KEPT_TOKENS: TokenName = TokenName::MaxCompletionTokens;

fn keys(
    provider: &Provider,
    asked: (&Request, u32),
    way: (Form, TokenName),
) -> Result<Keys, CallError> {
    Ok(written(provider, asked, way)?.0)
}

/// The keys of a body, and the body.
fn written(
    provider: &Provider,
    (request, repeat): (&Request, u32),
    (form, tokens): (Form, TokenName),
) -> Result<(Keys, Box<RawValue>), CallError> {
    let body = provider.write(request, Dialect { tokens, form })?;
    let (kind, base_url) = (provider.entry.kind, &provider.base_url);
    let keys = Keys::new(kind, base_url, repeat, body.get(), &provider.counted);
    Ok((keys, body))
}
