//! What is known of a provider's server before it is asked: the forms that it may take, and what it calls the limit of tokens.

use super::provider::Provider;
use super::providers::{Dialect, Form, TokenName};
use crate::model::settings::TokenField;
use crate::model::{ModelName, Request, Structured};

impl Provider {
    /// How a request is written before anything is known of the server.
    pub(super) fn first_dialect(&self, request: &Request) -> Dialect {
        Dialect {
            tokens: self.token_name(&request.model),
            form: self.first_form(request),
        }
    }

    /// How JSON is asked for first.
    pub(super) fn first_form(&self, request: &Request) -> Form {
        let first = self.forms(request).first();
        first.copied().unwrap_or(Form::Schema)
    }

    /// Ways in which an answer of a form may be asked for, the first one first; just one where the user decides it, or where the
    /// answer has no form.
    pub(super) fn forms(&self, request: &Request) -> &'static [Form] {
        let format = self.entry.format;
        let wanted = request.schema.as_ref();
        let Some(wanted) = wanted.filter(|_| !format.writes_form(&request.params)) else {
            return &[Form::Schema];
        };
        match wanted.structured {
            Structured::Auto => format.forms(),
            Structured::Schema => &[Form::Schema],
            Structured::JsonObject if format.forms().contains(&Form::JsonObject) => {
                &[Form::JsonObject]
            }
            Structured::JsonObject | Structured::Off => &[Form::Text],
        }
    }

    /// Whether it may be found out how the limit of the answer's tokens is called here.
    pub(super) fn may_rename(&self, request: &Request) -> bool {
        self.token_field == TokenField::Auto && self.has_token_names(request)
    }

    /// Whether a request has a limit that servers know under different names.
    pub(super) fn has_token_names(&self, request: &Request) -> bool {
        let is_set = |name: TokenName| {
            request
                .params
                .get(name.as_str())
                .is_some_and(|n| !n.is_null())
        };
        self.entry.format.has_token_names()
            && is_set(TokenName::MaxTokens)
            && !is_set(TokenName::MaxCompletionTokens)
    }

    /// The name under which the limit of the answer's tokens is sent before anything is known of the server.
    fn token_name(&self, model: &ModelName) -> TokenName {
        match self.token_field {
            TokenField::MaxTokens => TokenName::MaxTokens,
            TokenField::MaxCompletionTokens => TokenName::MaxCompletionTokens,
            TokenField::Auto if self.link.is_openai() => TokenName::MaxCompletionTokens,
            TokenField::Auto => TokenName::likely(&model.model),
        }
    }

    /// Whether the vendor itself answers, of whom is known what it takes.
    pub(super) fn is_vendor(&self) -> bool {
        self.base_url == self.entry.base_url
    }
}
