//! What servers take, found out once a run by what they refuse: the way in which JSON is asked for, and the name of the limit of an
//! answer's tokens.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::provider::Provider;
use super::providers::{Dialect, Form, TokenName};
use crate::model::{CallError, ErrorClass, ModelName, Request, Structured};

/// How long calls wait for the one that finds out what the server takes. A refusal comes before any answer is thought of, so that this
/// is long for a refusal, and short for an answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is known of the servers behind models.
#[derive(Debug, Default)]
pub(super) struct Learned {
    models: Mutex<HashMap<ModelName, Known>>,
    /// Wakes whoever waits for the call that finds out.
    found: Notify,
}

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    tokens: Option<TokenName>,
    /// The form that was answered.
    form: Option<Form>,
    /// Whether a call is out to find the form.
    is_sought: bool,
}

/// One call's way through what the server may take.
pub(super) struct Search<'l> {
    learned: &'l Learned,
    model: &'l ModelName,
    /// Whether others wait for this call.
    leads: bool,
    tokens: TokenName,
    may_rename: bool,
    forms: &'static [Form],
    form: Form,
}

impl Learned {
    /// The way of a call, as far as it is known. Where nobody has found out yet, one call does, and the others wait for it a while.
    pub(super) async fn begin<'l>(
        &'l self,
        provider: &Provider,
        request: &'l Request,
    ) -> Search<'l> {
        let first = provider.first_dialect(request);
        let forms = provider.forms(request);
        let is_open = forms.len() > 1;
        let leads = is_open && !provider.is_vendor() && self.leads(&request.model).await;
        let known = self.lock().get(&request.model).copied().unwrap_or_default();
        let may_rename = provider.may_rename(request);
        Search {
            learned: self,
            model: &request.model,
            leads,
            tokens: known.tokens.filter(|_| may_rename).unwrap_or(first.tokens),
            may_rename,
            forms,
            form: known.form.filter(|_| is_open).unwrap_or(first.form),
        }
    }

    /// Whether this call is the one that finds out which form the server takes; where another one does, waits for it for a while.
    async fn leads(&self, model: &ModelName) -> bool {
        let wait = async {
            loop {
                // Before the look, so that what is found between the two is not missed.
                let found = self.found.notified();
                {
                    let mut models = self.lock();
                    let known = models.entry(model.clone()).or_default();
                    if known.form.is_some() {
                        return false;
                    }
                    if !known.is_sought {
                        known.is_sought = true;
                        return true;
                    }
                }
                found.await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or(false)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ModelName, Known>> {
        self.models.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Search<'_> {
    /// How the request is written now.
    pub(super) fn dialect(&self) -> Dialect {
        Dialect {
            tokens: self.tokens,
            form: self.form,
        }
    }

    /// How JSON is asked for now.
    pub(super) fn form(&self) -> Form {
        self.form
    }

    /// Keeps what was answered.
    pub(super) fn found(&self) {
        if self.forms.len() == 1 && !self.may_rename {
            return;
        }
        let mut models = self.learned.lock();
        let known = models.entry(self.model.clone()).or_default();
        if self.may_rename {
            known.tokens = Some(self.tokens);
        }
        if self.forms.len() > 1 {
            known.form = Some(self.form);
        }
    }

    /// Takes the next way after a refusal, if it was one of this way and there is another.
    pub(super) fn goes_on(&mut self, error: &CallError) -> bool {
        let is_refusal =
            error.class == ErrorClass::BadRequest && matches!(error.status, Some(400 | 422 | 500));
        if !is_refusal {
            return false;
        }
        if self.may_rename && self.tokens.is_refused(&error.message) {
            // Either name once: a server that takes neither says so of both.
            self.may_rename = false;
            self.tokens = self.tokens.other();
            let mut models = self.learned.lock();
            models.entry(self.model.clone()).or_default().tokens = Some(self.tokens);
            return true;
        }
        let place = self.forms.iter().position(|form| *form == self.form);
        let next = place.and_then(|place| self.forms.get(place + 1));
        let Some(next) = next.filter(|_| Form::is_refused(&error.message)) else {
            return false;
        };
        self.form = self.after(*next);
        true
    }

    /// The form that another call has found meanwhile, where it comes later.
    fn after(&self, next: Form) -> Form {
        let known = self
            .learned
            .lock()
            .get(self.model)
            .and_then(|known| known.form);
        let place = |wanted: Form| self.forms.iter().position(|form| *form == wanted);
        known
            .filter(|known| place(*known) > place(next))
            .unwrap_or(next)
    }
}

impl Drop for Search<'_> {
    fn drop(&mut self) {
        if self.leads {
            let mut models = self.learned.lock();
            models.entry(self.model.clone()).or_default().is_sought = false;
            drop(models);
            self.learned.found.notify_waiters();
        }
    }
}

/// A refusal of a form that the user asked for by name says how to leave that to the server.
pub(super) fn with_hint(mut error: CallError, request: &Request) -> CallError {
    let structured = request.schema.as_ref().map(|form| form.structured);
    let is_named = matches!(
        structured,
        Some(Structured::Schema | Structured::JsonObject)
    );
    if is_named && error.class == ErrorClass::BadRequest && Form::is_refused(&error.message) {
        let message = &error.message;
        error.message =
            format!("{message} (`structured: auto` asks for the form that the server takes)");
    }
    error
}
